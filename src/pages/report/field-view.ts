/**
 * @file What a place of a layer sees, on a picture of the input's size: a slider for the layer, the pointer for the place. A
 * signal is drawn as a band, in which each place is as high as the band.
 */
import type { NetworkReport, ReportLayer } from '../../report/network-report.ts';
import { byId, element, slider, svgElement } from './dom.ts';

type Pair = readonly [number, number];

/** One layer at a time; nothing where no input is a map. */
export class FieldView {
  readonly #layers: readonly ReportLayer[];
  /** Of the picture. */
  readonly #map: Pair | undefined;
  /** Axes of the input: 2 of a map, 1 of a signal. */
  readonly #axes: number;
  readonly #said = element('p', { 'aria-live': 'polite' });
  readonly #drawing = svgElement('svg', { class: 'field', role: 'img' });
  /** Where the place lies among those of its map, 0 to 1. */
  #at: Pair = [0.5, 0.5];
  #chosen = 0;
  #input: HTMLInputElement | undefined;

  /** `picture`: the address of one that the input may be, to lie under what is seen. */
  constructor(
    { layers, summary }: NetworkReport,
    readonly picture?: string,
  ) {
    const shape = Object.values(summary.inputs).find(({ length }) => length === 2 || length === 3);
    this.#layers = layers.filter(({ output }) => output.length === shape?.length);
    this.#axes = (shape?.length ?? 0) - 1;
    this.#map = shape && [shape.length === 2 ? shape[1]! * BAND : shape[1]!, shape.at(-1)!];
    const section = byId('fields');
    if (!this.#map || this.#layers.length === 0) {
      section.append(element('p', {}, 'No layer of this network has places that see a part of an input.'));
      return;
    }
    const { label, input } = slider('Layer', this.#layers.length - 1, (value) => this.#draw(value));
    this.#input = input;
    this.#drawing.addEventListener('pointermove', (event) => this.#point(event));
    const hint = `Move over the ${this.#axes === 1 ? 'signal' : 'picture'} for other places. What is dashed lies beyond the border; the inner frame is what the place that sees least sees.`;
    section.append(label, this.#said, this.#drawing, element('p', { class: 'faint-text' }, hint));
    this.#draw(0);
  }

  /** The layer that is shown. */
  get shown(): string | undefined {
    return this.#layers[this.#chosen]?.name;
  }

  /** Follows what was chosen elsewhere. */
  show(name: string): void {
    const at = this.#layers.findIndex((layer) => layer.name === name);
    if (at < 0 || !this.#input) return;
    this.#input.value = `${at}`;
    this.#draw(at);
  }

  #point({ clientX, clientY }: PointerEvent): void {
    const { left, top, width, height } = this.#drawing.getBoundingClientRect();
    const within = (value: number) => Math.min(0.999, Math.max(0, (value - BORDER) / (1 - 2 * BORDER)));
    this.#at = [within((clientY - top) / height), within((clientX - left) / width)];
    this.#draw(this.#chosen);
  }

  #draw(index: number): void {
    this.#chosen = index;
    const layer = this.#layers[index]!;
    const { receptiveField: field, output, name, operation } = layer;
    const [height, width] = this.#map!;
    const [marginY, marginX] = [height, width].map((extent) => (extent * BORDER) / (1 - 2 * BORDER)) as [
      number,
      number,
    ];
    const sizes = output.slice(1);
    const cell = this.#at.slice(-this.#axes).map((part, axis) => Math.floor(part * sizes[axis]!));
    this.#drawing.setAttribute('viewBox', `${-marginX} ${-marginY} ${width + 2 * marginX} ${height + 2 * marginY}`);
    const parts: SVGElement[] = [
      svgElement('rect', { class: 'map', x: 0, y: 0, width, height }),
      ...(this.picture ? [pictureOf(this.picture, height, width)] : gridOf(height, width)),
    ];
    const place = `place ${cell.join(', ')} of ${sizes.join('x')}`;
    let seen = 'the whole input';
    if (field.size) {
      const start = onPicture(
        cell.map((at, axis) => at * field.stride[axis]! - field.padding[axis]!),
        0,
      );
      const places = this.#axes === 1 ? 'places' : 'pixels';
      seen = `${field.size.join('x')} ${places} of ${[height, width].slice(-this.#axes).join('x')}`;
      const [size, smallest] = [onPicture(field.size, height), onPicture(field.smallest, height)];
      parts.push(...fieldBoxes(start, size, [height, width]), leastBox(start, size, smallest));
    } else parts.push(svgElement('rect', { class: 'seen', x: 0, y: 0, width, height }));
    this.#drawing.replaceChildren(...parts);
    this.#drawing.setAttribute('aria-label', `${name} sees ${seen}`);
    this.#input!.setAttribute('aria-valuetext', name);
    this.#said.replaceChildren(element('code', {}, name), ` ${operation}: ${place} sees ${seen}`);
  }
}

function pictureOf(href: string, height: number, width: number): SVGElement {
  return svgElement('image', { class: 'input', href, x: 0, y: 0, width, height, preserveAspectRatio: 'none' });
}

/** Of the picture, on each side of the map. */
const BORDER = 0.15;
/** Height of the band of a signal, as a share of its length. */
const BAND = 1 / 8;

/** Numbers along each axis, vertically first; a signal has none of its own there. */
function onPicture(along: readonly number[], vertical: number): Pair {
  return along.length === 1 ? [vertical, along[0]!] : [along[0]!, along[1]!];
}

function gridOf(height: number, width: number): SVGElement[] {
  const eighths = [1, 2, 3, 4, 5, 6, 7].map((k) => k / 8);
  return eighths.flatMap((part) => [
    svgElement('line', { class: 'grid', x1: 0, x2: width, y1: part * height, y2: part * height }),
    svgElement('line', { class: 'grid', y1: 0, y2: height, x1: part * width, x2: part * width }),
  ]);
}

function fieldBoxes([top, left]: Pair, [tall, wide]: Pair, [height, width]: Pair): SVGElement[] {
  const [y, x] = [Math.max(0, top), Math.max(0, left)];
  const bottom = Math.min(height, top + tall);
  const right = Math.min(width, left + wide);
  const inside = { class: 'seen', x, y, width: Math.max(0, right - x), height: Math.max(0, bottom - y) };
  const whole = { class: 'beyond', x: left, y: top, width: wide, height: tall };
  return [svgElement('rect', whole), svgElement('rect', inside)];
}

/** In the middle of what the place that sees most sees. */
function leastBox([top, left]: Pair, [height, width]: Pair, [tall, wide]: Pair): SVGElement {
  const [y, x] = [top + (height - tall) / 2, left + (width - wide) / 2];
  return svgElement('rect', { class: 'least', x, y, width: wide, height: tall });
}
