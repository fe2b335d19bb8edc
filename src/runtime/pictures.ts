/**
 * @file Pictures of a web page as images of the network: red, green, blue and opacity of each pixel, row by row, become
 * the planes of one input. Opacity is left out but where the input has four channels.
 */
import { showShape } from '../data/dataset.ts';
import type { Picture } from '../data/image-types.ts';
import { refuse } from '../data/trainer-error.ts';
import type { Port } from './feed.ts';
import { typeName } from './options.ts';

/** An `ImageData`. */
type PixelData = Extract<Picture, { readonly data: unknown }>;

interface Context {
  getImageData(x: number, y: number, width: number, height: number): PixelData;
}

export function isPicture(given: unknown): given is Picture {
  const { width, height, data, getContext } = Object(given) as Record<string, unknown>;
  return (
    typeof width === 'number' &&
    typeof height === 'number' &&
    (ArrayBuffer.isView(data) || typeof getContext === 'function')
  );
}

function dataOf(picture: Picture): PixelData {
  if ('data' in picture) return picture;
  return (picture.getContext('2d') as Context).getImageData(0, 0, picture.width, picture.height);
}

/** Bytes N×C×H×W of one picture or a list of them; `undefined` for anything else. CNN4101 for other sizes. */
export function pixelsOf({ name, shape, size }: Port, given: unknown): Uint8Array | undefined {
  const pictures = Array.isArray(given) ? given : [given];
  if (pictures.length === 0 || !pictures.every(isPicture)) return undefined;
  const bytes = new Uint8Array(pictures.length * size);
  for (const [n, picture] of pictures.entries()) convert(dataOf(picture), name, shape, bytes, n * size);
  return bytes;
}

/** Numbers of channels that a picture can have as an input. */
const CHANNELS = [1, 3, 4];

function convert(
  { width, height, data }: PixelData,
  name: string,
  shape: readonly number[],
  into: Uint8Array,
  at: number,
): void {
  const [channels = 0, rows, columns] = shape;
  if (!(data instanceof Uint8ClampedArray || data instanceof Uint8Array) || data.length !== 4 * width * height)
    refuse(
      'CNN4101',
      `a picture of ${height}×${width} has ${4 * width * height} bytes, found ${data.length} values, a ${typeName(data)}`,
      'pass an ImageData as it is',
    );
  if (!CHANNELS.includes(channels) || shape.length !== 3 || rows !== height || columns !== width)
    refuse(
      'CNN4101',
      `a picture is ${height}×${width}, but \`${name}\` is ${showShape(shape)}`,
      'draw it on a canvas of that size; inputs of 1, 3 or 4 channels take pictures',
    );
  // Grey as ITU-R BT.601 has it, so as in most libraries.
  const grey = (k: number) => Math.round(0.299 * data[k]! + 0.587 * data[k + 1]! + 0.114 * data[k + 2]!);
  for (let channel = 0; channel < channels; channel++)
    for (let k = 0; k < data.length; k += 4) into[at++] = channels > 1 ? data[k + channel]! : grey(k);
}
