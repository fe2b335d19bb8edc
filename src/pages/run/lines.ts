/** @file Signals as lines: each channel in a strip of its own, all of them on one scale. */
import type { DrawnPlanes } from '../../report/bytes.ts';
import { svgElement } from '../report/dom.ts';

interface Strips {
  /** Pixels of a strip. */
  readonly width: number;
  readonly height: number;
  /** Strips beside each other, at most. */
  readonly across: number;
}

const GAP = 4;

export function linesDrawing({ planes, width: places, bytes }: DrawnPlanes, strips: Strips, label: string): SVGElement {
  const { width, height, across } = strips;
  const columns = Math.min(across, planes);
  const rows = Math.ceil(planes / columns);
  const values = atob(bytes);
  const size = { width: columns * (width + GAP) - GAP, height: rows * (height + GAP) - GAP };
  const drawing = svgElement('svg', {
    class: 'lines',
    role: 'img',
    'aria-label': label,
    viewBox: `0 0 ${size.width} ${size.height}`,
    ...size,
  });
  for (let plane = 0; plane < planes; plane++) {
    const [x, y] = [(plane % columns) * (width + GAP), Math.floor(plane / columns) * (height + GAP)];
    const points = Array.from({ length: places }, (_, k) => {
      const byte = values.charCodeAt(plane * places + k);
      const at = [x + (width * (k + 0.5)) / places, y + 1 + (height - 2) * (1 - byte / 255)];
      return at.map((part) => part.toFixed(1)).join();
    });
    drawing.append(svgElement('rect', { x, y, width, height }), svgElement('polyline', { points: points.join(' ') }));
  }
  return drawing;
}
