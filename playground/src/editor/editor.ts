/** @file The editor: CodeMirror with the parts that a small language needs. */
import { closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, indentUnit } from '@codemirror/language';
import { lintKeymap, setDiagnostics } from '@codemirror/lint';
import { Compartment, EditorState } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers, placeholder } from '@codemirror/view';
import type { Diagnostic, Edit } from '../../../src/diagnostics/diagnostic.ts';
import type { InlayHint } from '../../../src/lsp/inlay-hints.ts';
import { colours } from './colours.ts';
import { hints, setHints } from './hints.ts';
import { changesOf, type Language, languageSupport, underlineOf } from './language-support.ts';

const EMPTY = 'Press Control and Space for what may stand here.';

export interface EditorEvents {
  /** The text is another. */
  changed(): void;
  /** The cursor is elsewhere. */
  moved(): void;
  /** Control and Enter. */
  run(): void;
}

export class Editor {
  readonly #view: EditorView;
  readonly #hinted = new Compartment();

  constructor(parent: HTMLElement, language: Language, events: EditorEvents) {
    const run = () => {
      events.run();
      return true;
    };
    const state = EditorState.create({
      extensions: [
        keymap.of([{ key: 'Mod-Enter', run }]),
        lineNumbers(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        EditorView.lineWrapping,
        bracketMatching(),
        closeBrackets(),
        indentUnit.of('  '),
        placeholder(EMPTY),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap]),
        EditorState.languageData.of(() => [{ commentTokens: { line: '//' } }]),
        EditorView.contentAttributes.of({ 'aria-label': 'the program', spellcheck: 'false' }),
        colours,
        this.#hinted.of(hints),
        languageSupport(language),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) events.changed();
          if (update.docChanged || update.selectionSet) events.moved();
        }),
      ],
    });
    this.#view = new EditorView({ state, parent });
    // It scrolls, so keys must be able to reach it.
    this.#view.scrollDOM.tabIndex = 0;
  }

  get text(): string {
    return this.#view.state.doc.toString();
  }

  set text(text: string) {
    this.#view.dispatch({
      changes: { from: 0, to: this.#view.state.doc.length, insert: text },
      selection: { anchor: 0 },
      scrollIntoView: true,
    });
  }

  get selection(): { readonly start: number; readonly end: number } {
    const { from, to } = this.#view.state.selection.main;
    return { start: from, end: to };
  }

  /** The line of a place, from 1. */
  lineOf(offset: number): number {
    const { doc } = this.#view.state;
    return doc.lineAt(Math.min(offset, doc.length)).number;
  }

  select(start: number, end = start): void {
    const { length } = this.#view.state.doc;
    this.#view.dispatch({
      selection: { anchor: Math.min(start, length), head: Math.min(end, length) },
      scrollIntoView: true,
    });
    this.#view.focus();
  }

  /** `of`: the text that the edits are for. Nothing happens where it is another by now. */
  apply(edits: readonly Edit[], of: string): void {
    if (this.text !== of) return;
    this.#view.dispatch({ changes: changesOf(edits) });
    this.#view.focus();
  }

  showHints(found: readonly InlayHint[]): void {
    this.#view.dispatch({ effects: setHints.of(found) });
  }

  /** Switches the shapes beside the text on or off. */
  set hinted(isOn: boolean) {
    this.#view.dispatch({ effects: this.#hinted.reconfigure(isOn ? hints : []) });
  }

  underline(found: readonly Diagnostic[]): void {
    const { state } = this.#view;
    this.#view.dispatch(
      setDiagnostics(
        state,
        found.filter(({ span }) => span).map((one) => underlineOf(one, state.doc)),
      ),
    );
  }
}
