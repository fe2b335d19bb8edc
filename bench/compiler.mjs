/** @file The compiler as `npm run build` leaves it in `dist/`; the benchmarks measure what users get. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { importBundled } from './bundle.mjs';

export const library = fileURLToPath(new URL('../dist/index.js', import.meta.url));
export const command = fileURLToPath(new URL('../dist/cnnc.js', import.meta.url));

export function assertBuilt() {
  if (existsSync(library) && existsSync(command)) return;
  console.error('bench: the compiler is not in dist/: run `npm run build` first');
  process.exit(2);
}

let inner;

/** Models of a text that is known to be right. The library does not show them, so they come from the source. */
export async function compiled(text, file, set = {}) {
  inner ??= importBundled("export { compileSource, emitModule, emitPredictor } from '../src/compile.ts';");
  const { compileSource, emitModule, emitPredictor } = await inner;
  const { diagnostics, elaboration } = compileSource(text, file, { set });
  if (elaboration) return { elaboration, emitModule, emitPredictor };
  throw new Error(`${file}: ${diagnostics.map(({ code, message }) => `${code} ${message}`).join('; ')}`);
}
