/** @file Padding a map on its sides, in every mode, and cropping it. */
import type { Node } from '../ir/graph.ts';
import { choice, optional, type Sides, type Sizes, sides, sizes } from '../specs/attributes.ts';
import { type MapAxes, mapAxes } from './map-axes.ts';
import { defineOperator, type OperatorContext } from './operator.ts';

export const PAD_MODES = ['zeros', 'reflect', 'replicate', 'circular'] as const;
export type PadMode = (typeof PAD_MODES)[number];

export const MODE = choice(PAD_MODES, {
  default: 'zeros',
  doc: 'what stands beyond the border: `zeros`, the map mirrored at its border pixels (`reflect`), the border pixels (`replicate`), or the other end of the map (`circular`)',
});

const SIDES_DOC =
  'a number, a pair `2x1` (vertical, horizontal), `[top, left, bottom, right]`, or of a signal `[left, right]`';

export const pad = defineOperator({
  name: 'pad',
  summary: 'Makes a map larger on its sides.',
  formula: 'y[c, i, j] = x[c, i - top, j - left], and beyond the border 0, or what `mode` says',
  kind: 'layer',
  inputs: 1,
  attributes: { sides: sides({ doc: SIDES_DOC }), mode: MODE },
  example: 'image -> pad(2, mode: reflect) -> conv(16, 5x5)',
  build(context) {
    const map = mapAxes(context, 'pad');
    const { sides, mode } = context.attributes;
    return padded(context, map, { sides, mode, attribute: 'sides' });
  },
});

export interface Padding {
  readonly sides: Sides;
  readonly mode: PadMode;
  /** The attribute that is to blame when there is not enough to mirror or repeat. */
  readonly attribute: string;
  /** Suffix of the name of the result, unless it is the layer's own. */
  readonly name?: string;
}

/**
 * The input of the layer with its borders. Along each axis a border is a term of its own that `inside` confines to its
 * places, so that each part of the map is copied by loops of its own.
 */
export function padded(context: OperatorContext, map: MapAxes, padding: Padding): Node {
  const { sides, mode, name } = padding;
  const [before, after] = [map.before(sides), map.after(sides)];
  const extents = map.sizes.map((size, axis) => before[axis]! + size + after[axis]!);
  const x = `x[c, ${map.each('h')}]`;
  if (mode === 'zeros') {
    const options = {
      ...(name ? { name } : {}),
      constants: map.values({ before }),
      extents: map.values({ i: extents }),
    };
    const text = `op pad(${x}) -> y[c, ${map.each('i')}] = x[c, ${map.each('i - before')}]`;
    return context.apply(text, context.inputs, options);
  }
  requireEnough(context, map, padding);
  const axes = [...extents.keys()].filter((axis) => extents[axis] !== map.sizes[axis]);
  return axes.reduce((node, axis) => {
    const read = (index: string) => `x[c, ${map.along(axis, index, 'h')}]`;
    const text = `op pad(${x}) -> y[c, ${map.along(axis, 'i', 'h')}] = ${termsText(mode, read)}`;
    const suffix = name ? { name } : {};
    return context.apply(text, [node], {
      ...(axis === axes.at(-1) ? suffix : { name: 'tall' }),
      constants: { before: before[axis]!, after: after[axis]!, n: map.sizes[axis]! },
      extents: { i: extents[axis]! },
    });
  }, context.inputs[0]!);
}

/** Indices of what stands before and behind the map, whose own places are `before` to `before + n - 1`. */
const BORDERS: Record<Exclude<PadMode, 'zeros'>, readonly [first: string, last: string]> = {
  reflect: ['before - i', '2*n - 2 + before - i'],
  replicate: ['0', 'n - 1'],
  circular: ['i - before + n', 'i - before - n'],
};

function termsText(mode: Exclude<PadMode, 'zeros'>, read: (index: string) => string): string {
  const [first, last] = BORDERS[mode];
  return (
    `${read('i - before')} + inside(i, before) * ${read(first)} + ` + `inside(i - before - n, after) * ${read(last)}`
  );
}

/** Mirroring leaves the border pixel out, so it needs one more than it gives. */
function requireEnough(context: OperatorContext, map: MapAxes, { sides, mode, attribute }: Padding): void {
  if (mode !== 'reflect' && mode !== 'circular') return;
  const limit = map.sizes.map((size) => (mode === 'reflect' ? size - 1 : size));
  if (sides.every((side, k) => side <= limit[k % map.count]!)) return;
  const most = limit.map((size, axis) => `${size} ${map.kind.places[axis]}`).join(' and ');
  context.fail({
    code: 'CNN3030',
    message: `padding ${sides.join(', ')} in mode \`${mode}\` needs more than the ${map.sizes.join('x')} pixels of the map`,
    attribute,
    notes: [`at most ${most} can be had on each side`],
    help: 'pad by less, or with `mode: replicate`',
  });
}

export const crop = defineOperator({
  name: 'crop',
  summary:
    'Cuts the sides of a map off, or keeps the middle of a given size (an odd pixel goes at the bottom and right).',
  formula: 'y[c, i, j] = x[c, i + top, j + left]',
  kind: 'layer',
  inputs: 1,
  attributes: {
    sides: optional(sides({ doc: `what is cut off: ${SIDES_DOC}` })),
    size: optional(sizes({ minimum: 1, doc: 'in place of `sides`: the size of what is kept' })),
  },
  example: 'features -> crop(size: 24)',
  traits: { keeps: 'range' },
  build(context) {
    const map = mapAxes(context, 'crop');
    const cut = croppedSides(context, map);
    context.resolves({ sides: cut, size: undefined });
    const [before, after] = [map.before(cut), map.after(cut)];
    const kept = map.sizes.map((size, axis) => size - before[axis]! - after[axis]!);
    if (cut.every((side) => side === 0)) return context.inputs[0]!;
    if (Math.min(...cut) < 0 || Math.min(...kept) < 1)
      context.fail({
        code: 'CNN3031',
        message: context.attributes.size
          ? `a map of ${map.sizes.join('x')} cannot be cropped to ${kept.join('x')}`
          : `cropping ${cut.join(', ')} leaves nothing of a map of ${map.sizes.join('x')}`,
        attribute: context.attributes.size ? 'size' : 'sides',
        help: 'keep at least one pixel, and no more than there are',
      });
    return context.apply(
      `op crop(x[c, ${map.each('h')}]) -> y[c, ${map.each('i')}] = x[c, ${map.each('i + before')}]`,
      context.inputs,
      { constants: map.values({ before }), extents: { c: map.channels, ...map.values({ i: kept }) } },
    );
  },
});

function croppedSides(
  context: OperatorContext<{ sides: Sides | undefined; size: Sizes | undefined }>,
  map: MapAxes,
): Sides {
  const { sides, size } = context.attributes;
  if ((sides === undefined) === (size === undefined))
    return context.fail({
      code: 'CNN3032',
      message: `\`crop\` takes either \`sides\` or \`size\`, found ${sides ? 'both' : 'neither'}`,
      help: 'write `crop(2)` to cut off two pixels on each side, or `crop(size: 24)` to keep 24x24',
    });
  if (sides) return sides;
  const cut = map.sizes.map((extent, axis) => extent - size![axis]!);
  const before = cut.map((total) => Math.floor(total / 2));
  return [...before, ...cut.map((total, axis) => total - before[axis]!)];
}
