/** @file What of a file of weights fits a network. */
import { product } from '../../common/shape.ts';
import { type Column, table } from '../../common/table.ts';

export interface Described {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface Fit {
  /** Of the network, in its order. */
  readonly taken: readonly Described[];
  readonly misshapen: readonly (Described & { readonly found: readonly number[] })[];
  readonly missing: readonly Described[];
  /** Of the file, in its order. */
  readonly unused: readonly Described[];
}

/** Counters and moments of optimisers, and copies that checkpoints of ours keep. */
const NO_WEIGHT = /\.num_batches_tracked$|^optimizer\.|^best:|^last:/;

export function fitOf(wanted: readonly Described[], given: readonly Described[]): Fit {
  const found = new Map(given.map((one) => [one.name, one]));
  const shapeOf = ({ name }: Described) => found.get(name)?.shape.join();
  const names = new Set(wanted.map(({ name }) => name));
  return {
    taken: wanted.filter((one) => shapeOf(one) === one.shape.join()),
    misshapen: wanted.flatMap((one) => {
      const other = found.get(one.name);
      return other && shapeOf(one) !== one.shape.join() ? [{ ...one, found: other.shape }] : [];
    }),
    missing: wanted.filter(({ name }) => !found.has(name)),
    unused: given.filter(({ name }) => !names.has(name) && !NO_WEIGHT.test(name)),
  };
}

/** Rows of one kind; of more a line says how many. */
const MOST_ROWS = 12;

const COLUMNS: readonly Column[] = [
  { title: '' },
  { title: 'weight', shrinksTo: 20 },
  { title: 'here', shrinksTo: 10 },
  { title: 'in the file', shrinksTo: 10 },
];

const text = (shape: readonly number[]) => `[${shape.join(', ')}]`;

/** Lines of 80 columns: one for all that fits, one for each tensor that does not. */
export function fitTable({ taken, misshapen, missing, unused }: Fit, width = 80): string[] {
  const numbers = taken.reduce((sum, { shape }) => sum + product(shape), 0);
  const whole = `${taken.length} tensor${taken.length === 1 ? '' : 's'}`;
  const rows = [
    ['fits', whole, `${numbers.toLocaleString('en')} numbers`, ''],
    ...some(misshapen, ({ name, shape, found }) => ['shape', name, text(shape), text(found)]),
    ...some(missing, ({ name, shape }) => ['missing', name, text(shape), '']),
    ...some(unused, ({ name, shape }) => ['not used', name, '', text(shape)]),
  ];
  return table(COLUMNS, rows, { indent: '  ', width });
}

function some<One>(list: readonly One[], row: (one: One) => string[]): string[][] {
  const rows = list.slice(0, MOST_ROWS).map(row);
  const more = list.length - rows.length;
  return more > 0 ? [...rows, [rows[0]![0]!, `and ${more} more`, '', '']] : rows;
}
