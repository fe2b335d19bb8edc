/** @file Modules that Node cannot import as they are: TypeScript, and packages that were written for bundlers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { esbuildRuntime } from '../scripts/runtime-plugin.mjs';

const resolveDir = fileURLToPath(new URL('.', import.meta.url));

/** Packages of the project are found from here, also when the bundle asks for one later. */
const packages = fileURLToPath(new URL('../node_modules/', import.meta.url));

/** Runs the text of a module as if it lay in this folder, and gives its exports. */
export async function importBundled(contents) {
  const folder = mkdtempSync(join(packages, '.cnnc-bench-'));
  try {
    const outfile = join(folder, 'bundle.cjs');
    const common = { bundle: true, platform: 'node', format: 'cjs', mainFields: ['module', 'main'], logLevel: 'error' };
    await build({ stdin: { contents, resolveDir }, outfile, plugins: [esbuildRuntime], ...common });
    return (await import(pathToFileURL(outfile).href)).default;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
