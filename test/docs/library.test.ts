/** @file The library in a page: bundlers find nothing in `dist/index.js` that a browser lacks. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
// @ts-expect-error plain JavaScript shared with scripts/build.mjs
import { bundle } from '../../scripts/bundle.mjs';
import { root } from './imports.ts';

it('the library can be bundled for browsers, with nothing left out', async () => {
  const folder = mkdtempSync(join(root, 'node_modules', '.cache', 'cnnc-library-'));
  try {
    const library = join(folder, 'index.js');
    await bundle(join(root, 'src/index.ts'), library, { library: true });
    const options = { bundle: true, format: 'esm', platform: 'browser', write: false, metafile: true } as const;
    const { metafile, warnings } = await build({ ...options, entryPoints: [library], logLevel: 'silent' });
    expect(warnings).toEqual([]);
    expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([]);
    expect(Object.keys(metafile.inputs).length).toBe(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
