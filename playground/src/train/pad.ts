/** @file A pad to draw a digit on, with a pointer. What is drawn is moved and sized as the digits of the data are. */
import { button, element } from '../../../src/pages/report/dom.ts';

export const EDGE = 28;
const SCALE = 8;
/** Pixels of a digit in the data, of 28. */
const DIGIT = 20;

export class Pad {
  readonly #canvas: HTMLCanvasElement;
  readonly element = element('div', { class: 'pad-box' });
  #at: readonly [number, number] | undefined;

  /** `drawn` is told the pixels, or nothing where the pad is empty. */
  constructor(
    label: string,
    readonly drawn: (pixels: Uint8Array | undefined) => void,
  ) {
    const size = { width: EDGE * SCALE, height: EDGE * SCALE };
    const canvas = element('canvas', { class: 'pad', ...size, role: 'img', 'aria-label': label });
    this.#canvas = canvas;
    canvas.addEventListener('pointerdown', (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.#at = this.#place(event);
      this.#line(this.#at, this.#at);
    });
    canvas.addEventListener('pointermove', (event) => {
      if (!this.#at) return;
      const to = this.#place(event);
      this.#line(this.#at, to);
      this.#at = to;
    });
    for (const end of ['pointerup', 'pointercancel'] as const)
      canvas.addEventListener(end, () => {
        this.#at = undefined;
      });
    this.element.append(
      canvas,
      button('Clear the pad', () => this.clear()),
    );
  }

  clear(): void {
    this.#context.clearRect(0, 0, EDGE * SCALE, EDGE * SCALE);
    this.drawn(undefined);
  }

  get #context(): CanvasRenderingContext2D {
    return this.#canvas.getContext('2d', { willReadFrequently: true })!;
  }

  #place({ clientX, clientY }: PointerEvent): readonly [number, number] {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    return [((clientX - left) / width) * EDGE * SCALE, ((clientY - top) / height) * EDGE * SCALE];
  }

  #line(from: readonly [number, number], to: readonly [number, number]): void {
    const context = this.#context;
    Object.assign(context, { lineWidth: 2.4 * SCALE, lineCap: 'round', strokeStyle: '#e27018' });
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(...to);
    context.stroke();
    this.drawn(this.#pixels());
  }

  /** 28×28 bytes, what is drawn in the middle. */
  #pixels(): Uint8Array | undefined {
    const edge = EDGE * SCALE;
    const { data } = this.#context.getImageData(0, 0, edge, edge);
    let [left, top, right, bottom] = [edge, edge, -1, -1];
    for (let y = 0; y < edge; y++)
      for (let x = 0; x < edge; x++) {
        if (data[4 * (y * edge + x) + 3] === 0) continue;
        [left, top] = [Math.min(left, x), Math.min(top, y)];
        [right, bottom] = [Math.max(right, x), Math.max(bottom, y)];
      }
    if (right < 0) return undefined;
    const [width, height] = [right - left + 1, bottom - top + 1];
    const scale = DIGIT / Math.max(width, height);
    const small = new OffscreenCanvas(EDGE, EDGE).getContext('2d')!;
    const [w, h] = [Math.max(2, width * scale), Math.max(2, height * scale)];
    small.imageSmoothingQuality = 'high';
    small.drawImage(this.#canvas, left, top, width, height, (EDGE - w) / 2, (EDGE - h) / 2, w, h);
    const pixels = small.getImageData(0, 0, EDGE, EDGE).data;
    return Uint8Array.from({ length: EDGE * EDGE }, (_, k) => pixels[4 * k + 3]!);
  }
}
