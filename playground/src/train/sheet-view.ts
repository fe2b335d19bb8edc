/** @file Pictures that the worker painted, on canvases. */
import { element } from '../../../src/pages/report/dom.ts';
import type { Sheet } from '../training/sheets.ts';

/** Pixels that an edge of a map has on the screen, about. */
const WANTED = 44;

function figure(value: number): string {
  return Number.isFinite(value) ? `${Number(value.toPrecision(3))}` : '–';
}

export class SheetView {
  readonly canvas = element('canvas', { class: 'sheet', role: 'img' });
  readonly #title = element('span', { class: 'mono' });
  readonly #range = element('span', { class: 'faint-text' });
  readonly element = element(
    'figure',
    { class: 'response' },
    element('figcaption', {}, this.#title, ' ', this.#range),
    this.canvas,
  );

  show({ name, what, least, most, tile, width, height, pixels }: Sheet): void {
    const { canvas } = this;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const scale = Math.max(1, Math.round(WANTED / tile));
    canvas.style.width = `${width * scale}px`;
    canvas.getContext('2d')!.putImageData(new ImageData(pixels, width, height), 0, 0);
    canvas.setAttribute('aria-label', `${name}: ${what}`);
    this.#title.textContent = name;
    this.#range.textContent = `${what}, ${figure(least)} to ${figure(most)}`;
  }
}

/** Several, one below the other; those that stay are painted again. */
export class SheetList {
  readonly element = element('div', { class: 'sheets' });
  #views: SheetView[] = [];

  show(sheets: readonly Sheet[]): void {
    if (this.#views.length !== sheets.length) {
      this.#views = sheets.map(() => new SheetView());
      this.element.replaceChildren(...this.#views.map((view) => view.element));
    }
    for (const [k, sheet] of sheets.entries()) this.#views[k]!.show(sheet);
  }
}
