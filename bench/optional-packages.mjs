/** @file Packages of `bench/package.json`, which are installed on demand: they are large. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { withFolder } from './task.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const manifestOf = (name) => join(here, 'node_modules', name, 'package.json');

/** `undefined` where all are installed, or why the contender sits out, with the command that installs them. */
export function missing(...names) {
  const absent = names.filter((name) => !existsSync(manifestOf(name)));
  if (absent.length === 0) return undefined;
  return { skip: `${absent.join(' and ')} not installed: npm install --prefix bench` };
}

export function versionOf(name) {
  return JSON.parse(readFileSync(manifestOf(name), 'utf8')).version;
}

/** Runs the text of a module that imports some of them by names that Node alone does not find. */
export function importBundled(text) {
  return withFolder(async (folder) => {
    const outfile = join(folder, 'bundle.cjs');
    const common = { bundle: true, platform: 'node', format: 'cjs', mainFields: ['module', 'main'], logLevel: 'error' };
    await build({ stdin: { contents: text, resolveDir: here }, outfile, ...common });
    return (await import(pathToFileURL(outfile).href)).default;
  });
}
