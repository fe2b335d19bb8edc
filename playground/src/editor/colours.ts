/** @file Colours of the text: what a line alone tells, so that nothing waits for the worker. */
import {
  Decoration,
  type DecorationSet,
  type EditorView,
  MatchDecorator,
  ViewPlugin,
  type ViewUpdate,
} from '@codemirror/view';

const KEYWORDS =
  'network|block|train|import|from|fn|op|input|target|loss|metric|output|return|for|in|if|else|repeat|assert|freeze|allow|and|or|not|true|false';

/** By the number of the group that matched. */
const PARTS = [
  ['comment', '//.*'],
  ['string', '"(?:[^"\\\\]|\\\\.)*"?'],
  ['number', '\\b\\d[\\w.]*%?'],
  ['keyword', `\\b(?:${KEYWORDS})\\b(?!\\s*[:(])|\\brepeat(?=\\()`],
  ['call', '\\b[A-Za-z_]\\w*(?=\\()'],
  ['label', '\\b[A-Za-z_]\\w*(?=\\s*:)'],
  ['arrow', '->'],
] as const;

const marks = PARTS.map(([name]) => Decoration.mark({ class: `cnn-${name}` }));

const decorator = new MatchDecorator({
  regexp: new RegExp(PARTS.map(([, pattern]) => `(${pattern})`).join('|'), 'g'),
  decoration: (match) => marks[match.slice(1).findIndex((group) => group !== undefined)]!,
});

export const colours = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = decorator.createDeco(view);
    }

    update(update: ViewUpdate): void {
      this.decorations = decorator.updateDeco(update, this.decorations);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);
