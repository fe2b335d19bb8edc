/** @file The tab that shows what a place of a layer sees, on a digit or a signal. */
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

const [LENGTH, HEIGHT] = [240, 30];

/** Waves of several forms, as addresses of lines as long as the band of a signal. */
function signals(): string[] {
  const forms: readonly ((t: number) => number)[] = [
    (t) => Math.sin(8 * Math.PI * t) * Math.exp(-2 * t),
    (t) => Math.sin(2 * Math.PI * (2 * t + 10 * t * t)),
    (t) => 0.6 * Math.sin(6 * Math.PI * t) + 0.4 * Math.sin(34 * Math.PI * t),
    (t) => 2 * ((5 * t) % 1) - 1,
  ];
  return forms.map((form) => {
    const points = Array.from({ length: LENGTH + 1 }, (_, x) => {
      const y = HEIGHT * (0.5 - 0.4 * form(x / LENGTH));
      return `${x},${y.toFixed(2)}`;
    });
    const line = `<polyline points="${points.join(' ')}" fill="none" stroke="#333" vector-effect="non-scaling-stroke"/>`;
    const size = `viewBox="0 0 ${LENGTH} ${HEIGHT}" preserveAspectRatio="none"`;
    const paper = `<rect width="${LENGTH}" height="${HEIGHT}" fill="#fff"/>`;
    return `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" ${size}>${paper}${line}</svg>`)}`;
  });
}

export class FieldsView {
  readonly element = element('div');
  readonly #digits = pictures();
  readonly #signals = signals();
  readonly #another = button('', () => {
    this.#at++;
    if (this.#report) this.show(this.#report);
  });
  #at = 0;
  #view: FieldView | undefined;
  #report: NetworkReport | undefined;

  constructor() {
    const told = 'Each place of a map sees a part of the input: the field grows from layer to layer.';
    this.element.append(element('p', { class: 'faint-text' }, told), element('div', { class: 'tools' }, this.#another));
  }

  show(report: NetworkReport): void {
    const layer = this.#view?.shown;
    this.#report = report;
    document.getElementById('fields')?.remove();
    this.element.append(element('div', { id: 'fields' }));
    const shown = this.#shownAs(report);
    this.#another.hidden = !shown;
    if (shown) this.#another.textContent = `Another ${shown.what}`;
    this.#view = new FieldView(report, shown?.pictures[this.#at % shown.pictures.length]);
    if (layer !== undefined) this.#view.show(layer);
  }

  /** What an input of the network may be; nothing where none is a map or a signal. */
  #shownAs({ summary }: NetworkReport) {
    const shape = Object.values(summary.inputs).find(({ length }) => length === 2 || length === 3);
    if (!shape) return undefined;
    return shape.length === 2 ? { what: 'signal', pictures: this.#signals } : { what: 'digit', pictures: this.#digits };
  }
}
