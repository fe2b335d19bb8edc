/** @file The tab that shows what a place of a layer sees, on a digit. */
import { sizeOf } from '../../src/data/dataset.ts';
import { drawDigits } from '../../src/data/digits.ts';
import { button, element } from '../../src/pages/report/dom.ts';
import { FieldView } from '../../src/pages/report/field-view.ts';
import type { NetworkReport } from '../../src/report/network-report.ts';

const EDGE = 28;
const DIGITS = 10;

/** Grey pictures as addresses. */
function pictures(): string[] {
  const images = drawDigits(DIGITS, 0, 5).train.images as Uint8Array;
  const size = sizeOf([EDGE, EDGE]);
  return Array.from({ length: DIGITS }, (_, n) => {
    const canvas = element('canvas', { width: EDGE, height: EDGE });
    const context = canvas.getContext('2d')!;
    const pixels = context.createImageData(EDGE, EDGE);
    for (let at = 0; at < size; at++) {
      const ink = 255 - images[n * size + at]!;
      pixels.data.set([ink, ink, ink, 255], 4 * at);
    }
    context.putImageData(pixels, 0, 0);
    return canvas.toDataURL();
  });
}

export class FieldsView {
  readonly element = element('div');
  readonly #digits = pictures();
  #at = 0;
  #view: FieldView | undefined;
  #report: NetworkReport | undefined;

  constructor() {
    const another = button('Another digit', () => {
      this.#at = (this.#at + 1) % DIGITS;
      if (this.#report) this.show(this.#report);
    });
    const told = 'Each place of a map sees a part of the input: the field grows from layer to layer.';
    this.element.append(element('p', { class: 'faint-text' }, told), element('div', { class: 'tools' }, another));
  }

  show(report: NetworkReport): void {
    const layer = this.#view?.shown;
    this.#report = report;
    document.getElementById('fields')?.remove();
    this.element.append(element('div', { id: 'fields' }));
    this.#view = new FieldView(report, this.#digits[this.#at]);
    if (layer !== undefined) this.#view.show(layer);
  }
}
