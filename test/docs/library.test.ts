/** @file The library in a page: bundlers find nothing in `dist/index.js` that a browser lacks. */
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { bundleLibrary, libraryPath } from '../support/bundles.ts';

it('the library can be bundled for browsers, with nothing left out', async () => {
  await bundleLibrary();
  const options = { bundle: true, format: 'esm', platform: 'browser', write: false, metafile: true } as const;
  const { metafile, warnings } = await build({ ...options, entryPoints: [libraryPath], logLevel: 'silent' });
  expect(warnings).toEqual([]);
  expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([]);
  expect(Object.keys(metafile.inputs).length).toBe(1);
});
