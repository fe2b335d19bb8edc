/**
 * @file Readers of data in trainer modules. They are longer than the rest of the runtime is for, and of use where there are
 * files alone, so a module carries them compressed, as a text that is unpacked when a specification is to be read.
 */

import type { Dataset } from './dataset.ts';
import { nodeModule } from './files.ts';
import type { LoadOptions } from './load-with.ts';

/** `runtime`: what the readers share with the runtime, by the names that `runtime/entry.ts` exports. */
export async function loadPacked(
  runtime: object,
  packed: string,
  spec: string,
  options: LoadOptions,
): Promise<Dataset> {
  const { brotliDecompressSync } = await nodeModule('zlib');
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const define = new Function('cnncRuntime', new TextDecoder().decode(brotliDecompressSync(bytes)));
  return define(runtime)(spec, options);
}
