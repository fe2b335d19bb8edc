/** @file Bundles of the present sources, made by the first test that wants one and used by all others of the run. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';
// @ts-expect-error plain JavaScript shared with scripts/build.mjs
import { bundle } from '../../scripts/bundle.mjs';

const source = fileURLToPath(new URL('../../src', import.meta.url));

/** Made by `bundles-of-run.mjs`. */
const placeOf = (name: string) => join(process.env.CNNC_BUNDLES!, name);

/** The command line. */
export const programPath = placeOf('cnnc.js');
export const bundleProgram = () => bundleOnce('cli/main.ts', programPath, false);

/** The library. */
export const libraryPath = placeOf('index.js');
export const bundleLibrary = () => bundleOnce('index.ts', libraryPath, true);

/** Returns esbuild's account of what is in the file. Two processes may make the same at the same time. */
async function bundleOnce(entry: string, path: string, library: boolean): Promise<Metafile> {
  const account = `${path}.json`;
  if (existsSync(path)) return JSON.parse(readFileSync(account, 'utf8'));
  const temporary = `${path}.${process.pid}`;
  const metafile = await bundle(join(source, entry), temporary, { library });
  writeFileSync(`${temporary}.json`, JSON.stringify(metafile));
  renameSync(`${temporary}.json`, account);
  renameSync(temporary, path);
  return metafile;
}
