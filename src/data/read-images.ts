/**
 * @file Images of single files, for prediction: arrays of NumPy, IDX files as MNIST has them, and pictures, known by their
 * first bytes. A file may hold one image or many.
 */
import { malformed } from './archive.ts';
import { checkShape, type Pixels, sizeOf } from './dataset.ts';
import { readIdx } from './idx.ts';
import { arrange, layoutOf } from './layout.ts';
import { readElements, readHeader, stridesOf } from './npy.ts';
import { openFile, readUpTo } from './read-files.ts';
import { divideBy, scaleOf } from './scale.ts';

/** Makes the pixels of a picture, such as a PNG, of the shape that the network takes. */
export type DecodePicture = (file: string, shape: readonly number[]) => Promise<Pixels>;

export interface Images {
  /** Image after image, each of the network's shape. */
  readonly values: Pixels;
  readonly count: number;
  /** What was decided about the numbers, for people. */
  readonly said?: string;
}

async function readNpy(path: string, shape: readonly number[]): Promise<Images> {
  const file = await openFile(path);
  try {
    const { size, read } = file;
    const member = { size, head: (length: number) => read(0, length), all: () => read(0, size) };
    const header = await readHeader(member, path, path);
    const { values, kind } = await readElements(header);
    const isSingle = sizeOf(header.shape) === sizeOf(shape);
    const [, ...extents] = isSingle ? [1, ...header.shape] : header.shape;
    if (!sizeOf(header.shape)) throw malformed(path, 'it holds no image');
    // Of a single image, an axis of length 1 may say so.
    const own = isSingle && extents.length > shape.length && extents[0] === 1 ? extents.slice(1) : extents;
    const count = sizeOf(header.shape) / sizeOf(own);
    const layout = layoutOf(own, shape, `\`${path}\``, undefined);
    checkShape(layout.shape, shape, `\`${path}\``);
    const strides = stridesOf(header);
    const steps = [isSingle ? sizeOf(own) : strides[0]!, ...strides.slice(strides.length - own.length)];
    const inOrder = arrange(values, [count, ...own], steps, layout);
    const scale = scaleOf([{ values: inOrder, kind }], `values of \`${path}\``, undefined);
    return { values: divideBy(inOrder, scale.divisor), count, said: scale.said };
  } finally {
    await file.close();
  }
}

async function readIdxImages(path: string, rank: number, shape: readonly number[]): Promise<Images> {
  const { shape: found, data } = await readIdx(path, rank);
  const extents = rank === 3 ? found : [1, ...found];
  checkShape([1, ...extents.slice(1)], shape, `\`${path}\``);
  return { values: data, count: extents[0]! };
}

const NUMPY = 0x93;

/** Images for an input of this shape. Throws CNN4141 to CNN4143, CNN4145, CNN4149 to CNN4155. */
export async function readImages(path: string, shape: readonly number[], decode: DecodePicture): Promise<Images> {
  const head = (await readUpTo(path, 0, () => 3)).subarray(0, 4);
  if (head[0] === NUMPY) return readNpy(path, shape);
  const isIdx = head[0] === 0 && head[1] === 0 && head[2] === 8;
  if (isIdx) return readIdxImages(path, head[3] === 2 ? 2 : 3, shape);
  return { values: await decode(path, shape), count: 1 };
}
