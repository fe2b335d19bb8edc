/** @file Shapes behind the stages of pipelines: beside the text, not part of it. */
import { StateEffect, StateField } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, WidgetType } from '@codemirror/view';
import type { InlayHint } from '../../../src/lsp/inlay-hints.ts';

class ShapeWidget extends WidgetType {
  constructor(
    readonly label: string,
    readonly tooltip: string | undefined,
  ) {
    super();
  }

  override eq(other: ShapeWidget): boolean {
    return other.label === this.label && other.tooltip === this.tooltip;
  }

  /** A click on it puts the cursor there. */
  override ignoreEvent(): boolean {
    return false;
  }

  toDOM(): HTMLElement {
    const span = document.createElement('span');
    span.className = 'shape-hint';
    span.textContent = this.label;
    if (this.tooltip !== undefined) span.title = this.tooltip;
    return span;
  }
}

export const setHints = StateEffect.define<readonly InlayHint[]>();

export const hints = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(shown, transaction) {
    for (const effect of transaction.effects)
      if (effect.is(setHints)) {
        const { length } = transaction.newDoc;
        const inside = effect.value.filter(({ offset }) => offset <= length);
        const widgets = inside.map(({ label, tooltip, offset }) =>
          Decoration.widget({ widget: new ShapeWidget(label, tooltip), side: 1 }).range(offset),
        );
        return Decoration.set(widgets, true);
      }
    return shown.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});
