/** @file How well each class is recognised, and what is taken for what: lines within 80 columns. */
import { shortened } from '../common/printable.ts';
import type { ClassFigures } from '../report/class-figures.ts';
import { aligned } from './metrics-table.ts';

/** Of more classes those are told that are recognised worst. */
const MOST_CLASSES = 20;
const WORST = 10;
const NAME = 30;
const SHORT_NAME = 22;
const WIDTH = 80;

/** Empty for no classes. */
export function classTable({ classes, confusions }: ClassFigures): string {
  if (classes.length === 0) return '';
  const many = classes.length > MOST_CLASSES;
  const shown = many ? [...classes].sort((a, b) => (a.f1 ?? 2) - (b.f1 ?? 2)).slice(0, WORST) : classes;
  const rows = shown.map((figure) => [
    shortened(`${figure.class}`, NAME),
    `${figure.images}`,
    ...[figure.precision, figure.recall, figure.f1].map(percent),
  ]);
  const title = many ? `the ${WORST} of ${classes.length} classes with the lowest F1\n` : '';
  return `${title}${aligned([['class', 'images', 'precision', 'recall', 'F1'], ...rows])}${confused(confusions)}\n`;
}

function percent(share: number | undefined): string {
  return share === undefined ? '-' : `${(100 * share).toFixed(2)} %`;
}

/** As many of the largest as fit a line. */
function confused(confusions: ClassFigures['confusions']): string {
  if (confusions.length === 0) return 'no image is taken for another class';
  const name = (text: string | number) => shortened(`${text}`, SHORT_NAME);
  const pairs = confusions.map((pair) => `${name(pair.true)} taken for ${name(pair.predicted)} (${pair.images})`);
  const line = (count: number) => `most confused: ${pairs.slice(0, count).join(', ')}`;
  let count = 1;
  while (count < pairs.length && line(count + 1).length <= WIDTH) count++;
  return line(count);
}
