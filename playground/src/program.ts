/** @file The program and what is known of it: the editor, its mistakes, and a report for the views. */
import { button, byId, element } from '../../src/pages/report/dom.ts';
import type { NetworkReport } from '../../src/report/network-report.ts';
import { Editor } from './editor/editor.ts';
import type { Language } from './editor/language-support.ts';
import type { LanguageAnswers, Trainable } from './language/answers.ts';
import type { CompilerAnswers } from './language/compiler.ts';
import { Latest } from './latest.ts';
import { inline } from './markdown.ts';
import { Problems } from './problems.ts';
import { Client, messageOf, startWorker } from './workers.ts';

export interface ProgramEvents {
  /** The text is another. */
  changed(): void;
  /** Nothing where there is no layer yet. */
  reported(report: NetworkReport | undefined): void;
  run(): void;
}

export class Program {
  readonly editor: Editor;
  /** Answers while one types. */
  readonly language: Language = new Client<LanguageAnswers>(startWorker('language'));
  /** The same for what takes longer, so that nobody waits for it while typing. */
  #reports: Language | undefined;
  #compiler: Client<CompilerAnswers> | undefined;
  readonly #problems: Problems;
  readonly #networks = element('select', { 'aria-label': 'network of the program' });
  readonly #check = new Latest(() => this.#tell(), 40);
  readonly #study = new Latest(() => this.#report(), 250);
  readonly #offer = new Latest(() => this.#actions(), 150);
  #mistakes = 0;
  #found = 0;
  #trainable: Trainable | undefined;

  constructor(readonly events: ProgramEvents) {
    this.editor = new Editor(byId('editor'), this.language, {
      changed: () => this.changed(),
      moved: () => this.#offer.call(),
      run: () => events.run(),
    });
    this.#problems = new Problems(this.editor, this.language);
    this.#networks.addEventListener('change', () => this.#study.call());
    this.#addTools();
  }

  get #reporter(): Language {
    this.#reports ??= new Client<LanguageAnswers>(startWorker('language'));
    return this.#reports;
  }

  get compiler(): Client<CompilerAnswers> {
    this.#compiler ??= new Client<CompilerAnswers>(startWorker('compiler'));
    return this.#compiler;
  }

  /** The network that is looked at, where there are several. */
  get network(): string | undefined {
    return this.#networks.value || undefined;
  }

  /** Of the program as it was when it had no mistakes. */
  get trainable(): Trainable | undefined {
    return this.#trainable;
  }

  get text(): string {
    return this.editor.text;
  }

  /** Of any program. */
  reportOf(text: string, network: string | undefined): Promise<NetworkReport | undefined> {
    return this.#reporter.ask('report', text, network);
  }

  changed(): void {
    this.events.changed();
    byId('here').replaceChildren();
    this.#check.call();
    this.#study.call();
    this.#offer.call();
  }

  #addTools(): void {
    const shapes = element('input', { type: 'checkbox', checked: true });
    shapes.addEventListener('change', () => {
      this.editor.hinted = shapes.checked;
      this.#check.call();
    });
    const format = button('Format', async () => {
      const { text } = this;
      this.editor.apply(await this.language.ask('format', text), text);
    });
    this.#networks.hidden = true;
    byId('program-tools').append(format, element('label', {}, shapes, 'shapes beside the layers'), this.#networks);
  }

  /** What `check` found is of the text if that is still the same. */
  async #tell(): Promise<void> {
    const { text } = this;
    const { diagnostics, hints, networks } = await this.language.ask('check', text);
    if (this.text !== text) return;
    this.editor.showHints(hints);
    this.editor.underline(diagnostics);
    this.#problems.show(diagnostics, text);
    this.#mistakes = diagnostics.filter(({ severity }) => severity === 'error').length;
    this.#found = networks.length;
    this.#showState();
    this.#choices(networks);
  }

  #showState(): void {
    byId('state').textContent = stateOf(this.#mistakes, this.#found, this.#trainable);
  }

  #choices(networks: readonly string[]): void {
    const chosen = this.#networks.value;
    this.#networks.hidden = networks.length < 2;
    if ([...this.#networks.options].map(({ value }) => value).join() === networks.join()) return;
    this.#networks.replaceChildren(...networks.map((name) => element('option', { value: name }, name)));
    if (networks.includes(chosen)) this.#networks.value = chosen;
  }

  async #report(): Promise<void> {
    const { text, network } = this;
    try {
      const advice = this.#reporter.ask('advise', text);
      const report = this.#reporter.ask('report', text, network);
      const found = await advice;
      if (this.text === text && this.#mistakes === 0) {
        this.#problems.show(found, text);
        this.editor.underline(found);
      }
      const trainable = await this.#reporter.ask('trainable', text, network);
      const made = await report;
      if (this.text !== text) return;
      this.#trainable = trainable;
      this.#showState();
      this.events.reported(made);
    } catch (error) {
      byId('state').textContent = messageOf(error);
    }
  }

  /** What can be done where the cursor is. */
  async #actions(): Promise<void> {
    const { text } = this;
    const { start, end } = this.editor.selection;
    const actions = await this.language.ask('actions', text, start, end);
    if (this.text !== text) return;
    const buttons = actions.map(({ title, edits }) => {
      const made = button('', () => this.editor.apply(edits, text));
      made.append(...inline(title));
      return made;
    });
    const title = element('span', { class: 'faint-text' }, 'At the cursor:');
    byId('here').replaceChildren(...(buttons.length > 0 ? [title, ...buttons] : []));
  }
}

function stateOf(mistakes: number, networks: number, trainable: Trainable | undefined): string {
  if (mistakes > 0) return `${mistakes} ${mistakes === 1 ? 'mistake' : 'mistakes'} below.`;
  if (networks === 0) return 'No network yet.';
  if (!trainable) return 'No mistakes.';
  return `No mistakes. ${trainable.fits ? 'Control and Enter trains it.' : 'The page shows it, and cannot train it: its inputs or targets are others than the page has data for.'}`;
}
