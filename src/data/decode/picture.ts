/**
 * @file One picture as an image of a network: decoded, turned as its camera says, resized, in grey or colour. Bytes, channel
 * after channel. What is transparent, and the borders of a picture that is contained, have the colour of the background.
 */
import { because } from '../files.ts';
import { nodeModule } from '../node-module.ts';
import { TrainerError } from '../trainer-error.ts';
import { type Decoder, loadDecoder } from './decoder.ts';

/** `cover`: the middle of it, as large as it can be. `contain`: all of it, with borders. `stretch`: all of it, distorted. */
export type Resize = 'cover' | 'contain' | 'stretch';

export interface PictureForm {
  /** `[C, H, W]` with 1 (grey), 3 or 4 channels (the fourth is opacity). */
  readonly shape: readonly number[];
  /** `cover` unless given. */
  readonly resize?: Resize;
  /** `black` unless given. */
  readonly background?: 'black' | 'white';
}

/** A picture that cannot be decoded, and why. */
export class PictureError extends TrainerError {
  constructor(
    readonly file: string,
    readonly reason: string,
  ) {
    super(
      'CNN4152',
      `\`${file}\` is no picture that can be decoded: ${reason}`,
      'replace it, or leave pictures out with `--skip-bad`',
    );
  }
}

const FITS = { cover: 'cover', contain: 'contain', stretch: 'fill' } as const;

/** No picture has more pixels, and none more for a byte of its file: what promises more cannot be held to it. */
const MOST_PIXELS = 2 ** 28;
const MOST_PIXELS_PER_BYTE = 4096;

export function pixelLimit(fileBytes: number): number {
  return Math.min(MOST_PIXELS, MOST_PIXELS_PER_BYTE * (fileBytes + 256));
}

export function takesPictures(shape: readonly number[]): boolean {
  return shape.length === 3 && [1, 3, 4].includes(shape[0]!);
}

/** CNN4145 unless pictures can be made to fit the input. */
export function checkInput(shape: readonly number[], where: string): void {
  if (takesPictures(shape)) return;
  const hint = 'declare it as channels, height and width: `[1, 28, 28]` for grey, `[3, 64, 64]` for colour';
  throw new TrainerError('CNN4145', `${where} holds pictures, but the network's input is ${shape.join('×')}`, hint);
}

/**
 * Bytes C×H×W of a picture in a file. Throws CNN4152, a `PictureError`, where it cannot be decoded, CNN4155 without decoder,
 * CNN4145 for a shape that no picture has.
 */
export async function decodePicture(file: string, form: PictureForm): Promise<Uint8Array> {
  checkInput(form.shape, `\`${file}\``);
  return decodeWith(await loadDecoder(), file, form, await sizeOfFile(file));
}

async function sizeOfFile(file: string): Promise<number> {
  const { stat } = await nodeModule('fs/promises');
  const { size } = await stat(file).catch((error) => {
    throw new PictureError(file, `it ${because(error)}`);
  });
  return size;
}

/** `bytes`: of the file. Throws a `PictureError`. */
export async function decodeWith(
  sharp: Decoder,
  file: string,
  { shape, resize = 'cover', background = 'black' }: PictureForm,
  bytes: number,
): Promise<Uint8Array> {
  const [channels, height, width] = shape as [number, number, number];
  const limit = pixelLimit(bytes);
  const picture = sharp(file, { failOn: 'error', limitInputPixels: limit, autoOrient: true }).resize({
    ...{ width, height, fit: FITS[resize], background },
  });
  const colours = channels === 4 ? picture.ensureAlpha() : picture.flatten({ background });
  const { data, info } = await colours
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => {
      throw new PictureError(file, reasonOf(error, bytes, limit));
    });
  return toPlanes(data, info.channels, channels);
}

/** What the decoder says, in the words of a sentence. */
function reasonOf(error: unknown, bytes: number, limit: number): string {
  const said = error instanceof Error ? error.message : String(error);
  if (bytes === 0) return 'the file is empty';
  if (/pixel limit/.test(said)) return `its header promises more than ${limit} pixels, and it has ${bytes} bytes`;
  if (/unsupported image format/.test(said)) return 'it does not begin as PNG, JPEG, WebP or GIF do';
  if (/missing|No such file/.test(said)) return 'it does not exist';
  // The lines name the part of the decoder, then what it found: the last is the most particular.
  const lines = said
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  return (lines.at(-1) ?? said).replace(/^\w+: /, '');
}

/** Grey as ITU-R BT.601 has it, so as pictures of a canvas are converted. */
const [RED, GREEN, BLUE] = [0.299, 0.587, 0.114];

/** From pixel after pixel to channel after channel. */
function toPlanes(pixels: Uint8Array, given: number, wanted: number): Uint8Array {
  const size = pixels.length / given;
  const planes = new Uint8Array(wanted * size);
  if (wanted === 1)
    for (let i = 0, at = 0; i < size; i++, at += given)
      planes[i] = Math.round(RED * pixels[at]! + GREEN * pixels[at + 1]! + BLUE * pixels[at + 2]!);
  else
    for (let channel = 0; channel < wanted; channel++)
      for (let i = channel * size, at = channel; at < pixels.length; i++, at += given) planes[i] = pixels[at]!;
  return planes;
}
