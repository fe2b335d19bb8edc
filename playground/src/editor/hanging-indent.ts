/** @file Lines that are too long go on below their own beginning, a little further in. */
import { RangeSetBuilder } from '@codemirror/state';
import { Decoration, type DecorationSet, type EditorView, ViewPlugin, type ViewUpdate } from '@codemirror/view';

/** Letters further in than the line itself; no more than `MOST` in all, as windows may be narrow. */
const [FURTHER, MOST] = [4, 16];
/** Pixels before a line, as CodeMirror has them. */
const PADDING = 6;

function hanging(indent: number): Decoration {
  const style = `padding-left: calc(${indent}ch + ${PADDING}px); text-indent: -${indent}ch`;
  return Decoration.line({ attributes: { style } });
}

function decorationsOf({ state, visibleRanges }: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const { from, to } of visibleRanges)
    for (let at = from; at <= to; ) {
      const line = state.doc.lineAt(at);
      const own = /^ */.exec(line.text)![0].length;
      builder.add(line.from, line.from, hanging(Math.min(own + FURTHER, MOST)));
      at = line.to + 1;
    }
  return builder.finish();
}

export const hangingIndent = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = decorationsOf(view);
    }

    update({ docChanged, viewportChanged, view }: ViewUpdate): void {
      if (docChanged || viewportChanged) this.decorations = decorationsOf(view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);
