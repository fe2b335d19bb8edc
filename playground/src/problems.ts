/** @file What is wrong with the program, as a list: with its place, what it means, and a button that mends it. */
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { button, byId, element } from '../../src/pages/report/dom.ts';
import type { Editor } from './editor/editor.ts';
import type { Language } from './editor/language-support.ts';
import { inline, markdownElements } from './markdown.ts';

const CLASSES = { error: 'error', warning: 'warning', advice: 'advice' } as const;

export class Problems {
  readonly #list = byId('problems');
  /** What is shown, so that what is open stays open while nothing changes. */
  #shown = '';
  #of = '';

  constructor(
    readonly editor: Editor,
    readonly language: Language,
  ) {}

  /** `of`: the text in which they were found. */
  show(found: readonly Diagnostic[], of: string): void {
    this.#of = of;
    const key = JSON.stringify(found);
    if (key === this.#shown) return;
    this.#shown = key;
    this.#list.replaceChildren(...found.map((one) => this.#item(one)));
  }

  #item(diagnostic: Diagnostic): HTMLElement {
    const { code, severity, message, span, notes, fix } = diagnostic;
    const place = span ? this.#place(span.start, span.end) : '';
    const title = element('p', {}, element('strong', {}, severity), ' ', place, ': ', ...inline(message), codeOf(code));
    const help = fix ? [element('p', {}, ...inline(fix.message))] : [];
    const mend = fix?.edits?.length ? [this.#mend(fix.message, fix.edits)] : [];
    const told = notes.map((note) => element('p', { class: 'faint-text' }, ...inline(note.message)));
    const item = element('li', { class: CLASSES[severity] }, title, ...told, ...help, ...mend, this.#meaning(code));
    return item;
  }

  #place(start: number, end: number): HTMLElement {
    const made = button(`line ${this.editor.lineOf(start)}`, () => this.editor.select(start, end));
    made.className = 'place';
    return made;
  }

  #mend(what: string, edits: NonNullable<NonNullable<Diagnostic['fix']>['edits']>): HTMLElement {
    const made = button('Mend it', () => this.editor.apply(edits, this.#of));
    made.setAttribute('aria-label', `Mend it: ${what}`);
    return made;
  }

  #meaning(code: string): HTMLElement {
    const details = element('details', {}, element('summary', {}, 'What this means'));
    details.addEventListener('toggle', async () => {
      if (!details.open || details.children.length > 1) return;
      const entry = await this.language.ask('explain', code);
      if (!entry) return;
      const examples = [
        element('p', {}, 'For example'),
        element('pre', { tabindex: 0 }, entry.wrong),
        element('p', {}, 'becomes'),
        element('pre', { tabindex: 0 }, entry.right),
      ];
      details.append(...markdownElements(entry.explanation), ...(entry.wrong ? examples : []));
    });
    return details;
  }
}

function codeOf(code: string): HTMLElement {
  return element('span', { class: 'code' }, code);
}
