/**
 * @file The package that decodes pictures. It has compiled code and is left out of what is bundled: it is imported when the
 * first picture is read, and an installation without it does all else.
 */
import type sharp from 'sharp';
import { TrainerError } from '../trainer-error.ts';

export type Decoder = typeof sharp;

let decoder: Promise<Decoder> | undefined;

/** CNN4155 where the package is not installed, or not for this platform. */
export function loadDecoder(): Promise<Decoder> {
  decoder ??= prepare(import('sharp'));
  return decoder;
}

/** The package, once it is imported. CNN4155 where it cannot be. */
export async function prepare(importing: Promise<{ readonly default: Decoder }>): Promise<Decoder> {
  const found = await importing.catch(() => {
    const hint = 'install it beside cnnc: `npm install sharp`';
    throw new TrainerError('CNN4155', 'pictures are decoded by the package `sharp`, which is not here', hint);
  });
  return restricted(found.default);
}

/**
 * Only the formats that are documented, whatever a file is called: no pictures that are programs (SVG) or documents. Nothing
 * is kept between two pictures, each of which has one thread: the work is shared out by pictures.
 */
function restricted(sharp: Decoder): Decoder {
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: ['Png', 'Jpeg', 'Webp', 'Nsgif'].map((format) => `VipsForeignLoad${format}`) });
  sharp.cache(false);
  sharp.concurrency(1);
  return sharp;
}
