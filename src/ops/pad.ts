/** @file Padding a map on its four sides, in every mode, and cropping it. */
import type { Node } from '../ir/graph.ts';
import { choice, optional, type Pair, pair, type Sides, sides } from '../specs/attributes.ts';
import { defineOperator, type OperatorContext } from './operator.ts';
import { mapShape } from './window.ts';

export const PAD_MODES = ['zeros', 'reflect', 'replicate', 'circular'] as const;
export type PadMode = (typeof PAD_MODES)[number];

export const MODE = choice(PAD_MODES, {
  default: 'zeros',
  doc: 'what stands beyond the border: `zeros`, the map mirrored at its border pixels (`reflect`), the border pixels (`replicate`), or the other end of the map (`circular`)',
});

const SIDES_DOC = 'a number, a pair `2x1` (vertical, horizontal), or `[top, left, bottom, right]`';

export const pad = defineOperator({
  name: 'pad',
  summary: 'Makes a map larger on its four sides.',
  formula: 'y[c, i, j] = x[c, i - top, j - left], and beyond the border 0, or what `mode` says',
  kind: 'layer',
  inputs: 1,
  attributes: { sides: sides({ doc: SIDES_DOC }), mode: MODE },
  example: 'image -> pad(2, mode: reflect) -> conv(16, 5x5)',
  build(context) {
    mapShape(context, 'pad');
    const { sides, mode } = context.attributes;
    return padded(context, { sides, mode, attribute: 'sides' });
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
export function padded(context: OperatorContext, { sides, mode, attribute, name }: Padding): Node {
  const input = context.inputs[0]!;
  const [, height, width] = input.shape as readonly [number, number, number];
  const [top, left, bottom, right] = sides;
  if (mode === 'zeros') {
    const extents = { i: height + top + bottom, j: width + left + right };
    const options = { ...(name ? { name } : {}), constants: { top, left }, extents };
    return context.apply('op pad(x[c, h, w]) -> y[c, i, j] = x[c, i - top, j - left]', [input], options);
  }
  requireEnough(context, { sides, mode, attribute });
  const suffix = name ? { name } : {};
  const isHorizontal = left + right > 0;
  const tall =
    top + bottom > 0
      ? context.apply(
          `op pad(x[c, h, w]) -> y[c, i, w] = ${termsText(mode, (index) => `x[c, ${index}, w]`)}`,
          [input],
          {
            ...(isHorizontal ? { name: 'tall' } : suffix),
            constants: { before: top, after: bottom, n: height },
            extents: { i: height + top + bottom },
          },
        )
      : input;
  if (!isHorizontal) return tall;
  return context.apply(
    `op pad(x[c, h, w]) -> y[c, h, i] = ${termsText(mode, (index) => `x[c, h, ${index}]`)}`,
    [tall],
    {
      ...suffix,
      constants: { before: left, after: right, n: width },
      extents: { i: width + left + right },
    },
  );
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
function requireEnough(context: OperatorContext, { sides, mode, attribute }: Padding): void {
  const [, height, width] = context.inputs[0]!.shape as readonly [number, number, number];
  const limits = {
    reflect: [height - 1, width - 1],
    circular: [height, width],
    replicate: undefined,
    zeros: undefined,
  };
  const limit = limits[mode];
  if (!limit || sides.every((side, k) => side <= limit[k % 2]!)) return;
  context.fail({
    code: 'CNN3030',
    message: `padding ${sides.join(', ')} in mode \`${mode}\` needs more than the ${height}x${width} pixels of the map`,
    attribute,
    notes: [`at most ${limit[0]} rows and ${limit[1]} columns can be had on each side`],
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
    size: optional(pair({ minimum: 1, doc: 'in place of `sides`: the size of what is kept' })),
  },
  example: 'features -> crop(size: 24)',
  traits: { keeps: 'range' },
  build(context) {
    const [channels, height, width] = mapShape(context, 'crop');
    const [top, left, bottom, right] = croppedSides(context, height, width);
    context.resolves({ sides: [top, left, bottom, right], size: undefined });
    const kept: Pair = [height - top - bottom, width - left - right];
    if (top + left + bottom + right === 0) return context.inputs[0]!;
    if (Math.min(top, left, bottom, right, kept[0] - 1, kept[1] - 1) < 0)
      context.fail({
        code: 'CNN3031',
        message: context.attributes.size
          ? `a map of ${height}x${width} cannot be cropped to ${kept.join('x')}`
          : `cropping ${[top, left, bottom, right].join(', ')} leaves nothing of a map of ${height}x${width}`,
        attribute: context.attributes.size ? 'size' : 'sides',
        help: 'keep at least one pixel, and no more than there are',
      });
    return context.apply(`op crop(x[c, h, w]) -> y[c, i, j] = x[c, i + top, j + left]`, context.inputs, {
      constants: { top, left },
      extents: { c: channels, i: kept[0], j: kept[1] },
    });
  },
});

function croppedSides(
  context: OperatorContext<{ sides: Sides | undefined; size: Pair | undefined }>,
  height: number,
  width: number,
): Sides {
  const { sides, size } = context.attributes;
  if ((sides === undefined) === (size === undefined))
    return context.fail({
      code: 'CNN3032',
      message: `\`crop\` takes either \`sides\` or \`size\`, found ${sides ? 'both' : 'neither'}`,
      help: 'write `crop(2)` to cut off two pixels on each side, or `crop(size: 24)` to keep 24x24',
    });
  if (sides) return sides;
  const cut = [height - size![0], width - size![1]] as const;
  const before = cut.map((total) => Math.floor(total / 2));
  return [before[0]!, before[1]!, cut[0] - before[0]!, cut[1] - before[1]!];
}
