/** @file What `summary --cell` tells of one place of a map: the box that it sees, and where its gradient falls. */
import type { CellField } from '../analysis/cell-field.ts';
import { elementCount, type Shape } from '../ir/graph.ts';

export interface EffectiveField {
  /** Of the map that the input is. */
  readonly axes: Shape;
  /** Share of each pixel in the sum of squares, row-major; all of it is 1. Empty where no gradient arrives. */
  readonly shares: Float64Array;
}

/** Shares of the gradient of which the box is told. */
const PARTS = [0.5, 0.95] as const;

const AXIS_NAMES = ['rows', 'columns'] as const;

const sizeText = (shape: readonly number[]) => shape.join('x');

/** The lines of `summary --cell`. `effective`: measured too. */
export function cellText(cell: CellField, effective: EffectiveField | undefined, width = 80): string {
  const lines = [`${cell.layer}${placeText(cell)} of ${sizeText(cell.output)}`, `  sees ${boxText(cell)}`];
  if (effective) lines.push(...effectiveLines(effective, width));
  return `${lines.join('\n')}\n`;
}

function placeText({ place }: CellField): string {
  return place.length > 0 ? ` at ${place.join(',')}` : '';
}

function boxText({ box, input }: CellField): string {
  const name = `${input.name} ${sizeText(input.shape)}`;
  if (!box) return `all of ${name}`;
  if (box.length === 0) return `no pixel of ${name}`;
  const ranges = box.map(({ seen: [first, last] }, axis) => `${axisName(axis, box.length)} ${first} to ${last}`);
  const beyond = box.some(({ seen: [first, last], extent }) => first < 0 || last >= extent);
  const size = sizeText(box.map(({ seen: [first, last] }) => last - first + 1));
  return `${ranges.join(', ')} of ${name}: ${size}${beyond ? ', padding included' : ''}`;
}

function axisName(axis: number, axes: number): string {
  return axes === 1 ? 'places' : AXIS_NAMES[axis]!;
}

function effectiveLines(effective: EffectiveField, width: number): string[] {
  if (effective.shares.length === 0) return ['  no gradient arrives at the input'];
  const boxes = PARTS.map((part) => `${100 * part} % within ${sizeText(boxHolding(effective, part))}`);
  return [`  its gradient falls ${boxes.join(', ')}`, '', ...heatMap(effective, width - 2).map((line) => `  ${line}`)];
}

/** `--json`. */
export function cellRecord(cell: CellField, effective: EffectiveField | undefined) {
  const { layer, place, output, input, box } = cell;
  return {
    layer,
    place,
    output,
    input: { name: input.name, shape: input.shape },
    box: box?.map(({ seen }) => seen) ?? null,
    ...(effective && {
      effective: Object.fromEntries(PARTS.map((part) => [`${100 * part}%`, boxHolding(effective, part)])),
    }),
  };
}

const LEVELS = [' ', '░', '▒', '▓', '█'] as const;

/** Shares of squares of `step` x `step` pixels, row-major. */
function coarse({ axes, shares }: EffectiveField, step: number) {
  const [rows, columns] = axes.length === 1 ? [1, axes[0]!] : [axes[0]!, axes[1]!];
  const [down, across] = [Math.ceil(rows / step), Math.ceil(columns / step)];
  const sums = new Float64Array(down * across);
  shares.forEach((share, k) => {
    sums[Math.floor(Math.floor(k / columns) / step) * across + Math.floor((k % columns) / step)]! += share;
  });
  const most = Math.max(...sums);
  // Magnitudes are shown, not squares: the borders would not be seen.
  return { rows, columns, across, strengths: sums.map((share) => Math.sqrt(share / most)) };
}

/** A pixel, or a square of them, is two characters wide. */
function heatMap(field: EffectiveField, width: number): string[] {
  const step = Math.max(1, Math.ceil((2 * field.axes.at(-1)!) / Math.min(width, 64)));
  const { across, strengths } = coarse(field, step);
  const level = (strength: number) => LEVELS[Math.ceil(strength * (LEVELS.length - 1) - 0.05)]!.repeat(2);
  return Array.from({ length: strengths.length / across }, (_, row) =>
    Array.from(strengths.subarray(row * across, (row + 1) * across), level)
      .join('')
      .trimEnd(),
  );
}

/** Squares drawn along an axis, at most: finer ones would not be seen. */
const FINEST = 64;
const SIDE = 512;

/** As SVG: the darker, the more of the gradient falls there; a frame around what the place can see. */
export function fieldPicture({ box }: CellField, field: EffectiveField): string {
  const longest = Math.max(...field.axes);
  const step = Math.ceil(longest / FINEST);
  const pixel = SIDE / longest;
  const { rows, columns, across, strengths } = coarse(field, step);
  const place = (pixels: number) => Number((pixels * pixel).toFixed(2));
  const squares = Array.from(strengths, (strength, k) => {
    const [x, y] = [place((k % across) * step), place(Math.floor(k / across) * step)];
    return `<rect x="${x}" y="${y}" width="${place(step)}" height="${place(step)}" fill-opacity="${strength.toFixed(3)}"/>`;
  });
  const [width, height] = [place(columns), place(rows)];
  // The border of the input, around its pixels.
  const border = `<rect x="-0.5" y="-0.5" width="${width + 1}" height="${height + 1}" fill="#fff" stroke="#8a94a3"/>`;
  const size = `viewBox="-1 -1 ${width + 2} ${height + 2}" width="${width + 2}" height="${height + 2}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>
${border}
<g fill="#123f73">${squares.filter((_, k) => strengths[k]! >= 0.01).join('')}</g>
${box && box.length > 0 ? frame(box, place) : ''}</svg>
`;
}

function frame(box: NonNullable<CellField['box']>, place: (pixels: number) => number): string {
  const edges = box.map(({ seen: [first, last], extent }) => [Math.max(0, first), Math.min(extent, last + 1)] as const);
  const [[top, bottom], [left, right]] = edges.length === 1 ? [[0, 1], edges[0]!] : [edges[0]!, edges[1]!];
  const sides = `x="${place(left)}" y="${place(top)}" width="${place(right - left)}" height="${place(bottom - top)}"`;
  return `<rect ${sides} fill="none" stroke="#c8382c" stroke-width="2"/>`;
}

/** Pixels along each axis of the smallest box around the middle of the shares that holds `part` of them. */
export function boxHolding({ axes, shares }: EffectiveField, part: number): number[] {
  return axes.map((extent, axis) => {
    const behind = elementCount(axes.slice(axis + 1));
    const along = new Float64Array(extent);
    shares.forEach((share, k) => {
      along[Math.floor(k / behind) % extent]! += share;
    });
    return shortestRun(along, part);
  });
}

/** Length of the shortest run of neighbours whose sum is at least `part`. */
function shortestRun(values: Float64Array, part: number): number {
  let [shortest, sum, first] = [values.length, 0, 0];
  values.forEach((value, last) => {
    sum += value;
    while (sum - values[first]! >= part && first < last) sum -= values[first++]!;
    if (sum >= part) shortest = Math.min(shortest, last - first + 1);
  });
  return shortest;
}
