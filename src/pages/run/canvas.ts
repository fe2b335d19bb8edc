/** @file Bytes as pictures: one of one or three planes, or several beside each other; those of signals as lines. */

import type { DrawnPlanes } from '../../report/bytes.ts';
import type { DrawnFilters, PictureInside } from '../../report/run-report.ts';
import { element } from '../report/dom.ts';
import { linesDrawing } from './lines.ts';

type Planes = Pick<PictureInside['layers'][number], 'planes' | 'height' | 'width' | 'bytes'>;

/** Red, green and blue of a byte. */
type Colours = (value: number) => readonly [number, number, number];

const GREY: Colours = (value) => [value, value, value];
/** From black over orange to white. */
const HEAT: Colours = (value) => [Math.min(255, value * 2), Math.min(255, value * 1.1), Math.max(0, value * 2 - 255)];

const GAP = 1;
const SIGNAL_HEIGHT = 48;

/** `tiles`: each of `each` planes; as many beside each other as `across`. */
function draw(form: Planes, each: number, across: number, colours: Colours, label: string): HTMLCanvasElement {
  const { planes, height, width, bytes } = form;
  const values = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
  const tiles = planes / each;
  const columns = Math.min(across, tiles);
  const made = element('canvas', {
    role: 'img',
    'aria-label': label,
    width: columns * (width + GAP) - GAP,
    height: Math.ceil(tiles / columns) * (height + GAP) - GAP,
  });
  const context = made.getContext('2d')!;
  for (let tile = 0; tile < tiles; tile++) {
    const image = context.createImageData(width, height);
    for (let at = 0; at < width * height; at++) {
      const value = (plane: number) => values[(tile * each + plane) * width * height + at]!;
      const colour = each === 3 ? [value(0), value(1), value(2)] : colours(value(0));
      image.data.set([...colour, 255], at * 4);
    }
    context.putImageData(image, (tile % columns) * (width + GAP), Math.floor(tile / columns) * (height + GAP));
  }
  return made;
}

/** As wide as it is drawn on the page. */
function sized(canvas: HTMLCanvasElement, width: number): HTMLCanvasElement {
  canvas.style.width = `${width}px`;
  return canvas;
}

function pictureCanvas(form: Planes, width: number, label: string): HTMLCanvasElement {
  return sized(draw(form, form.planes === 3 ? 3 : 1, 1, GREY, label), width);
}

/** A picture, or a signal as lines. */
export function exampleDrawing(form: DrawnPlanes, width: number, label: string): Element {
  if (form.lines) return linesDrawing(form, { width, height: SIGNAL_HEIGHT, across: 1 }, label);
  return pictureCanvas(form, width, label);
}

export function heatCanvas(form: Planes, width: number, label: string): HTMLCanvasElement {
  return sized(draw(form, 1, 1, HEAT, label), width);
}

/** Maps of a layer; those of a signal are lines, and a vector is drawn as one strip. */
export function mapsDrawing(form: DrawnPlanes, label: string): Element {
  if (form.lines) return linesDrawing(form, { width: 84, height: 36, across: 8 }, label);
  if (form.height === 1) {
    const strip = sized(draw(form, 1, 1, GREY, label), Math.min(704, form.width * 8));
    strip.style.height = '20px';
    return strip;
  }
  const across = Math.min(8, form.planes);
  const canvas = draw(form, 1, across, GREY, label);
  return sized(canvas, across * Math.max(form.width, Math.min(72, Math.max(40, form.width * 4))));
}

export function filterDrawing(filters: DrawnFilters, label: string): Element {
  if (filters.lines) return linesDrawing(filters, { width: 60, height: 40, across: 16 }, label);
  const across = Math.min(16, filters.filters);
  return sized(
    draw(filters, filters.each, across, GREY, label),
    across * Math.max(44, Math.min(64, filters.width * 8)),
  );
}
