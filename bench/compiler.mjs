/** @file The compiler as `npm run build` leaves it in `dist/`; the benchmarks measure what users get. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const library = fileURLToPath(new URL('../dist/index.js', import.meta.url));
export const command = fileURLToPath(new URL('../dist/cnnc.js', import.meta.url));

export function assertBuilt() {
  if (existsSync(library) && existsSync(command)) return;
  console.error('bench: the compiler is not in dist/: run `npm run build` first');
  process.exit(2);
}

/** Models of a text that is known to be right. */
export async function compiled(text, file) {
  const { compileSource, emitModule } = await import('../dist/index.js');
  const { diagnostics, elaboration } = compileSource(text, file);
  if (elaboration) return { elaboration, emitModule };
  throw new Error(`${file}: ${diagnostics.map(({ code, message }) => `${code} ${message}`).join('; ')}`);
}
