/** @file Pictures of a set as images of a network: each decoded when it is wanted, or all of them at once. */

import { product } from '../../common/shape.ts';
import type { LoadOptions } from '../format.ts';
import type { ImageSource } from '../image-source.ts';
import { type Decoder, loadDecoder } from './decoder.ts';
import { decodeWith, PictureError, type PictureForm } from './picture.ts';
import type { PictureFile } from './picture-folder.ts';

/** Pictures that are decoded at once, where all of a set are. */
const TOGETHER = 64;

export class PictureSource implements ImageSource {
  readonly #size: number;
  /** Those that were found broken: each is told once. */
  readonly #broken = new Set<string>();

  constructor(
    readonly files: readonly PictureFile[],
    readonly form: PictureForm,
    readonly options: Pick<LoadOptions, 'skipBad' | 'onSkip' | 'onRead'>,
  ) {
    this.#size = product(form.shape);
  }

  /** Throws CNN4152 and CNN4155. */
  async read(indices: Int32Array, into: Uint8Array): Promise<number[]> {
    const decoder = await loadDecoder();
    const bad: number[] = [];
    const one = async (index: number, place: number) => {
      const read = await this.#decode(decoder, this.files[index]!);
      if (read) into.set(read, place * this.#size);
      else bad.push(place);
    };
    await Promise.all(Array.from(indices, one));
    return bad.sort((a, b) => a - b);
  }

  /** Nothing of a picture that is left out. */
  async #decode(decoder: Decoder, { path, bytes }: PictureFile): Promise<Uint8Array | undefined> {
    const { skipBad, onSkip } = this.options;
    try {
      return await decodeWith(decoder, path, this.form, bytes);
    } catch (error) {
      if (!(error instanceof PictureError) || !skipBad) throw error;
      if (!this.#broken.has(path)) onSkip?.(error);
      this.#broken.add(path);
      return undefined;
    }
  }

  /** All of them in memory, and the numbers of those that could be read. */
  async readAll(before: number, all: number): Promise<{ images: Uint8Array; kept: number[] }> {
    const images = new Uint8Array(this.files.length * this.#size);
    const kept: number[] = [];
    for (let first = 0; first < this.files.length; first += TOGETHER) {
      const count = Math.min(TOGETHER, this.files.length - first);
      const part = new Uint8Array(count * this.#size);
      const bad = await this.read(
        Int32Array.from({ length: count }, (_, k) => first + k),
        part,
      );
      for (let k = 0; k < count; k++) {
        if (bad.includes(k)) continue;
        images.set(part.subarray(k * this.#size, (k + 1) * this.#size), kept.length * this.#size);
        kept.push(first + k);
      }
      this.options.onRead?.(before + first + count, all);
    }
    return { images: images.subarray(0, kept.length * this.#size), kept };
  }
}
