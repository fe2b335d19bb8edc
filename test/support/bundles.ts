/** @file Bundles of the present sources, made by the first test that wants one and used by all others of the run. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';
// @ts-expect-error plain JavaScript shared with scripts/build.mjs
import { bundle, bundleProgram as bundleProgramInto } from '../../scripts/bundle.mjs';

const source = fileURLToPath(new URL('../../src', import.meta.url));

/** Made by `bundles-of-run.mjs`. */
const placeOf = (name: string) => join(process.env.CNNC_BUNDLES!, name);

/** The command line. */
export const programPath = placeOf('command/cnnc.js');
export const bundleProgram = () => bundleOnce(programPath, bundleProgramInto);

/** The library. */
export const libraryPath = placeOf('library/index.js');
export const bundleLibrary = () =>
  bundleOnce(libraryPath, (folder) => bundle(join(source, 'index.ts'), join(folder, 'index.js'), { library: true }));

/** Returns esbuild's account of what is in the files. Two processes may make the same at the same time. */
async function bundleOnce(path: string, make: (folder: string) => Promise<Metafile>): Promise<Metafile> {
  const folder = dirname(path);
  const account = (place: string) => join(place, 'account.json');
  if (!existsSync(folder)) {
    const temporary = `${folder}.${process.pid}`;
    mkdirSync(temporary, { recursive: true });
    writeFileSync(account(temporary), JSON.stringify(await make(temporary)));
    try {
      renameSync(temporary, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error;
      rmSync(temporary, { recursive: true });
    }
  }
  return JSON.parse(readFileSync(account(folder), 'utf8'));
}
