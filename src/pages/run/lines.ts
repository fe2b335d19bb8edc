/** @file Signals as lines: each channel in a strip of its own, all of them on one scale. */
import type { DrawnPlanes } from '../../report/bytes.ts';
import { element, svgElement } from '../report/dom.ts';

interface Strips {
  /** Pixels of a strip. */
  readonly width: number;
  readonly height: number;
  /** Strips beside each other, at most; fewer where the page is narrow. */
  readonly across: number;
}

const GAP = 4;

export function linesDrawing(
  { planes, width: places, bytes }: DrawnPlanes,
  strips: Strips,
  label: string,
): HTMLElement {
  const { width, height, across } = strips;
  const values = atob(bytes);
  const drawn = Array.from({ length: planes }, (_, plane) => {
    const points = Array.from({ length: places }, (_, k) => {
      const byte = values.charCodeAt(plane * places + k);
      return [(width * (k + 0.5)) / places, 1 + (height - 2) * (1 - byte / 255)].map((part) => part.toFixed(1)).join();
    });
    return svgElement(
      'svg',
      { viewBox: `0 0 ${width} ${height}`, width, height },
      svgElement('polyline', { points: points.join(' ') }),
    );
  });
  const drawing = element('div', { class: 'lines', role: 'img', 'aria-label': label }, ...drawn);
  drawing.style.maxWidth = `${Math.min(across, planes) * (width + GAP)}px`;
  return drawing;
}
