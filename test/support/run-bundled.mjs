/** @file Scripts of `npm run` that are written in TypeScript: bundled with the compiler, then imported. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { esbuildRuntime } from '../../scripts/runtime-plugin.mjs';

/** Gives what the module exports to `use`. */
export async function runBundled(entry, use) {
  // Below `node_modules`, so that packages are found that are left outside.
  const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));
  mkdirSync(cache, { recursive: true });
  const place = mkdtempSync(join(cache, 'cnnc-script-'));
  const outfile = join(place, 'script.mjs');
  try {
    // Packages that are CommonJS ask for `require`.
    const banner = {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    };
    await build({
      entryPoints: [fileURLToPath(entry)],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['esbuild', 'onnxruntime-web'],
      logLevel: 'error',
      plugins: [esbuildRuntime],
      banner,
    });
    return await use(await import(pathToFileURL(outfile)));
  } finally {
    rmSync(place, { recursive: true });
  }
}
