/**
 * @file Where the channels of an array of images are: before the pixels, as networks take them (`layout=nchw`), or behind
 * them, as pictures are stored (`layout=nhwc`).
 */

import { type Pixels, sizeOf } from './dataset.ts';
import { reorder, stridesOf } from './npy.ts';
import { TrainerError } from './trainer-error.ts';

export interface Layout {
  /** Of one image as the network takes it. */
  readonly shape: readonly number[];
  readonly channelsLast: boolean;
  readonly said?: string;
}

/** The network's shape where the number of pixels agrees with it, else a square image, grey or in colour. */
export function shapeOfFlat(pixels: number, shape: readonly number[] | undefined): readonly number[] {
  if (shape && sizeOf(shape) === pixels) return shape;
  if (shape?.length === 2) return [1, pixels];
  for (const channels of [1, 3]) {
    const edge = Math.sqrt(pixels / channels);
    if (Number.isInteger(edge)) return [channels, edge, edge];
  }
  return [1, 1, pixels];
}

/** How images of these extents become images of the shape that is wanted. CNN4150 where both orders fit. */
export function layoutOf(
  extents: readonly number[],
  wanted: readonly number[] | undefined,
  where: string,
  option: string | undefined,
): Layout {
  if (option !== undefined && option !== 'nhwc' && option !== 'nchw')
    throw new TrainerError('CNN4140', `\`layout=${option}\` is no layout`, 'write `layout=nhwc` or `layout=nchw`');
  const said = `${where} has its channels last (layout=nhwc)`;
  if (extents.length === 2 && wanted?.length === 2 && `${[extents[1], extents[0]]}` === `${wanted}`) {
    // A signal, channels behind its places; a square is taken as it is.
    const channelsLast = option ? option === 'nhwc' : `${extents}` !== `${wanted}`;
    return { shape: wanted, channelsLast, ...(channelsLast && { said }) };
  }
  if (extents.length === 2 && wanted?.length === 2 && `${extents}` !== `${wanted}`)
    return { shape: extents, channelsLast: false };
  if (extents.length !== 3) {
    const grey = extents.length === 2 && wanted?.join() !== extents.join() && wanted?.length !== 1;
    const shape = grey ? [1, ...extents] : shapeOfFlat(sizeOf(extents), wanted);
    const channelsLast = option === 'nhwc' && shape.length > 1 && !grey;
    return { shape, channelsLast, ...(channelsLast && { said }) };
  }
  const turned = [extents[2]!, extents[0]!, extents[1]!];
  const [first, last] = [extents, turned].map((shape) => shape.join() === wanted?.join()) as [boolean, boolean];
  if (!option && first && last && sizeOf(extents) > 1) {
    const problem = `${where} has ${extents.join('×')} values for an image: channels first or last?`;
    throw new TrainerError('CNN4150', problem, 'add `layout=nchw` or `layout=nhwc`');
  }
  const guess = extents[2]! <= 4 && extents[0]! > 4 && !first;
  const channelsLast = option ? option === 'nhwc' : last || guess;
  return channelsLast ? { shape: turned, channelsLast, said } : { shape: extents, channelsLast };
}

/** The elements of all images, image after image, channels first. `shape` and `strides`: of the whole array. */
export function arrange(
  values: Pixels,
  shape: readonly number[],
  strides: readonly number[],
  { channelsLast, shape: [channels = 1, ...rest] }: Layout,
): Pixels {
  const pixels = channelsLast && shape.length < 4 ? [shape[0]!, ...rest, channels] : shape;
  // Pixels in one row are cut up once they are in order.
  const inOrder = pixels === shape || !channelsLast ? values : reorder(values, shape, strides);
  const steps = pixels === shape ? strides : stridesOf({ shape: pixels, fortran: false });
  const order = pixels.map((_, axis) => axis);
  if (channelsLast) order.splice(1, 0, order.pop()!);
  return reorder(
    inOrder,
    order.map((axis) => pixels[axis]!),
    order.map((axis) => steps[axis]!),
  );
}
