/**
 * @file The axes of a map, and formulas over them. A map is `[channels, height, width]`, a signal `[channels, length]`. What an
 * operator does is written once, for one axis, `s*i + d*p - before`, and repeated for each axis with names of its own: over
 * a map `sv*i + dv*p - top, sh*j + dh*q - left`, over a signal as it stands.
 */
import { sourceOf } from '../ir/graph.ts';
import type { Sides, Sizes } from '../specs/attributes.ts';
import type { OperatorContext } from './operator.ts';

/** The names that texts for one axis use: a place of the operand, one of the result, a tap; numbers; weights of the place. */
type Name = 'h' | 'i' | 'p' | 'a' | 's' | 'd' | 'm' | 'n' | 'before' | 'after' | 'counts';

type Names = Readonly<Record<Name, string>>;

const ROWS: Names = {
  ...{ h: 'h', i: 'i', p: 'p', a: 'a', counts: 'rows' },
  ...{ s: 'sv', d: 'dv', m: 'mh', n: 'nh', before: 'top', after: 'bottom' },
};
const COLUMNS: Names = {
  ...{ h: 'w', i: 'j', p: 'q', a: 'b', counts: 'columns' },
  ...{ s: 'sh', d: 'dh', m: 'mw', n: 'nw', before: 'left', after: 'right' },
};
const PLACES: Names = {
  ...{ h: 'l', i: 'i', p: 'p', a: 'a', counts: 'places' },
  ...{ s: 's', d: 'd', m: 'm', n: 'n', before: 'left', after: 'right' },
};

/** By the number of axes. */
const KINDS: Readonly<Record<number, MapKind>> = {
  1: { name: 'signal', names: [PLACES], dimensions: ['length'], places: ['places'], sides: ['left', 'right'] },
  2: {
    name: 'map',
    names: [ROWS, COLUMNS],
    dimensions: ['height', 'width'],
    places: ['rows', 'columns'],
    sides: ['top', 'left', 'bottom', 'right'],
  },
};

interface MapKind {
  /** What messages call it. */
  readonly name: 'map' | 'signal';
  readonly names: readonly Names[];
  /** What its axes are called, what lies along each, and its sides: those before along each axis, then those behind. */
  readonly dimensions: readonly string[];
  readonly places: readonly string[];
  readonly sides: readonly string[];
}

/** How many axes a map of this shape has; a tensor that is none counts as one of two. */
export function mapAxisCount({ length }: readonly number[]): number {
  return length === 2 ? 1 : 2;
}

export function mapKind(axes: number): MapKind {
  return KINDS[axes]!;
}

export class MapAxes {
  readonly kind: MapKind;

  constructor(
    readonly channels: number,
    readonly sizes: Sizes,
  ) {
    this.kind = mapKind(sizes.length);
  }

  get count(): number {
    return this.sizes.length;
  }

  /** The text once for each axis, in the names of that axis. */
  each(text: string, separator = ', '): string {
    return this.kind.names.map((names) => named(text, names)).join(separator);
  }

  /** The text for the axis of this number alone. */
  text(axis: number, text: string): string {
    return named(text, this.kind.names[axis]!);
  }

  /** `others` for each axis, and in the place of this one the text as it is. */
  along(axis: number, text: string, others: string): string {
    return this.kind.names.map((names, k) => (k === axis ? text : named(others, names))).join(', ');
  }

  /** Numbers by the name that they have in formulas. */
  values(numbers: Partial<Readonly<Record<Name, Sizes>>>): Record<string, number> {
    const found: Record<string, number> = {};
    for (const [name, sizes] of Object.entries(numbers))
      this.kind.names.forEach((names, axis) => {
        found[names[name as Name]] = sizes[axis]!;
      });
    return found;
  }

  before(sides: Sides): Sizes {
    return sides.slice(0, this.count);
  }

  after(sides: Sides): Sizes {
    return sides.slice(this.count);
  }

  /** `[top, left, bottom, right]` */
  get sideNames(): string {
    return this.kind.sides.join(', ');
  }
}

function named(text: string, names: Names): string {
  return text.replace(/[a-z]+/gi, (word) => (word in names ? names[word as Name] : word));
}

/** Channels and sizes of the only input, or a diagnostic. */
export function mapAxes(context: OperatorContext, operator: string): MapAxes {
  const { shape } = context.inputs[0]!;
  if (shape.length === 2 || shape.length === 3) return new MapAxes(shape[0]!, shape.slice(1));
  return context.fail({
    code: 'CNN3001',
    message: `\`${operator}\` needs a map [channels, height, width] or a signal [channels, length], found [${shape.join(', ')}]`,
    help: mapHelp(context, operator),
  });
}

function mapHelp({ inputs }: OperatorContext, operator: string): string {
  const { shape } = inputs[0]!;
  const source = sourceOf(inputs[0]!);
  if (source?.role === 'image' && shape.length === 1)
    return `declare \`input ${source.name}: [1, ${shape[0]}]\`: one channel, and its length`;
  if (shape.length !== 1) return 'give it three dimensions: `-> reshape([channels, height, width])`';
  return `put \`${operator}\` before the layer that flattens`;
}
