/** @file The curve of a range test as text, for terminals. */
import { figure } from '../common/figure.ts';
import type { RateProposal, SmoothPoint } from './propose-rate.ts';

const HEIGHT = 14;
/** Of a figure at the left, with the axis. */
const MARGIN = 10;

/** Eighths of a cell from below. */
const EIGHTHS = ' ▁▂▃▄▅▆▇█';

/** The part of a column above the axis as a character for each row, from above; `share` of the height. */
function bar(share: number): string[] {
  const eighths = Math.max(1, Math.round(share * HEIGHT * 8));
  return Array.from({ length: HEIGHT }, (_, row) => {
    const left = eighths - 8 * (HEIGHT - 1 - row);
    return EIGHTHS[Math.max(0, Math.min(8, left))]!;
  });
}

/**
 * Bars as high as the smooth loss, over the logarithm of the rate; below them the powers of ten, and where the proposal is.
 * What is above the loss at the beginning by more than half is cut off.
 */
export function rateChart(points: readonly SmoothPoint[], proposal: RateProposal | undefined, width = 80): string {
  const columns = width - MARGIN - 1;
  const losses = points.map(({ smooth }) => smooth);
  const low = Math.min(...losses);
  const [first, last] = [points[0]!.rate, points.at(-1)!.rate];
  const high = Math.min(Math.max(...losses), losses[0]! + 0.5 * Math.max(losses[0]! - low, Math.abs(losses[0]!) / 4));
  const span = high - low || 1;
  const columnOf = (rate: number) =>
    Math.round(((columns - 1) * Math.log(rate / first)) / (Math.log(last / first) || 1));
  const bars = Array.from({ length: columns }, (_, column) => {
    const at = Math.round((column * (points.length - 1)) / Math.max(1, columns - 1));
    return bar(Math.min(1, (losses[at]! - low) / span));
  });
  const label = (row: number) => {
    if (row % 4 !== 1 && row !== HEIGHT - 1) return ''.padStart(MARGIN - 2);
    return figure(low + (span * (HEIGHT - 1 - row)) / (HEIGHT - 1)).padStart(MARGIN - 2);
  };
  const rows = Array.from({ length: HEIGHT }, (_, row) => `${label(row)} │${bars.map((cells) => cells[row]).join('')}`);
  const axis = Array<string>(columns).fill('─');
  const names = Array<string>(columns + 8).fill(' ');
  for (let power = Math.ceil(Math.log10(first) - 1e-9); power <= Math.log10(last) + 1e-9; power++) {
    const column = columnOf(10 ** power);
    axis[column] = '┴';
    const name = `1e${power}`;
    // The last stands at the end of the line.
    const at = Math.min(column, columns - name.length);
    for (const [k, letter] of [...name].entries()) names[at + k] = letter;
  }
  if (proposal) axis[columnOf(proposal.rate)] = '▲';
  const indent = ' '.repeat(MARGIN - 1);
  return [...rows, `${indent}└${axis.join('')}`, `${indent} ${names.join('')}`]
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}
