/** @file Modules that Node cannot import as they are: TypeScript, and packages that were written for bundlers. */
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { esbuildRuntime } from '../scripts/runtime-plugin.mjs';
import { withFolder } from './task.mjs';

const resolveDir = fileURLToPath(new URL('.', import.meta.url));

/** Runs the text of a module as if it lay in this folder, and gives its exports. */
export function importBundled(contents) {
  return withFolder(async (folder) => {
    const outfile = join(folder, 'bundle.cjs');
    const common = { bundle: true, platform: 'node', format: 'cjs', mainFields: ['module', 'main'], logLevel: 'error' };
    await build({ stdin: { contents, resolveDir }, outfile, plugins: [esbuildRuntime], ...common });
    return (await import(pathToFileURL(outfile).href)).default;
  });
}
