/**
 * @file The browser as the decoder of pictures: it knows their formats and how their camera was held. It takes the place of
 * `src/data/decode/decoder.ts`, and does what the readers ask of that package.
 */

import { fileAt } from './file-system.ts';

interface Room {
  readonly width: number;
  readonly height: number;
  readonly fit: 'cover' | 'contain' | 'fill';
  readonly background: string;
}

/** How large a picture is drawn: to fill the room and be cut, to lie within it, or to be stretched to it. */
function drawnSize({ width, height, fit }: Room, picture: ImageBitmap): readonly [number, number] {
  if (fit === 'fill') return [width, height];
  const scales = [width / picture.width, height / picture.height];
  const scale = fit === 'cover' ? Math.max(...scales) : Math.min(...scales);
  return [picture.width * scale, picture.height * scale];
}

function paper(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
  context.imageSmoothingQuality = 'high';
  return context;
}

/** Pixels of a small copy are enough to say whether a picture has colours, or holes. */
const SAMPLE = 64;

class Picture {
  #room: Room | undefined;
  #filled: string | undefined;

  constructor(
    readonly path: string,
    readonly limit: number,
  ) {}

  resize(room: Room): this {
    this.#room = room;
    return this;
  }

  ensureAlpha(): this {
    return this;
  }

  flatten({ background }: { readonly background: string }): this {
    this.#filled = background;
    return this;
  }

  raw(): this {
    return this;
  }

  async toBuffer(): Promise<{ data: Uint8Array; info: { channels: number } }> {
    const room = this.#room!;
    const picture = await this.#decoded();
    const context = paper(room.width, room.height);
    const filled = this.#filled ?? (room.fit === 'contain' ? room.background : undefined);
    if (filled !== undefined) {
      context.fillStyle = filled;
      context.fillRect(0, 0, room.width, room.height);
    }
    const [width, height] = drawnSize(room, picture);
    context.drawImage(picture, (room.width - width) / 2, (room.height - height) / 2, width, height);
    picture.close();
    const { data } = context.getImageData(0, 0, room.width, room.height);
    return { data: new Uint8Array(data.buffer), info: { channels: 4 } };
  }

  async metadata() {
    const picture = await this.#decoded();
    const { width, height } = picture;
    const context = paper(SAMPLE, SAMPLE);
    context.drawImage(picture, 0, 0, SAMPLE, SAMPLE);
    picture.close();
    const { data } = context.getImageData(0, 0, SAMPLE, SAMPLE);
    let [isColoured, hasAlpha] = [false, false];
    for (let at = 0; at < data.length; at += 4) {
      isColoured ||= data[at] !== data[at + 1] || data[at] !== data[at + 2];
      hasAlpha ||= data[at + 3] !== 255;
    }
    const format = /\.(\w+)$/.exec(this.path)?.[1]?.toLowerCase() ?? 'unknown';
    return { autoOrient: { width, height }, format, space: isColoured ? 'srgb' : 'b-w', hasAlpha };
  }

  async #decoded(): Promise<ImageBitmap> {
    const picture = await createImageBitmap(fileAt(this.path), { imageOrientation: 'from-image' });
    if (picture.width * picture.height <= this.limit) return picture;
    picture.close();
    throw new Error('Input image exceeds pixel limit');
  }
}

export type Decoder = (path: string, options?: { readonly limitInputPixels?: number }) => Picture;

export async function loadDecoder(): Promise<Decoder> {
  return (path, { limitInputPixels = Number.POSITIVE_INFINITY } = {}) => new Picture(path, limitInputPixels);
}
