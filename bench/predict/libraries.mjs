/** @file Where the libraries of other parties lie, for Node and for pages, and how many bytes they are. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const ORT = dirname(fileURLToPath(import.meta.resolve('onnxruntime-web/wasm')));
const ORT_FILES = ['ort.wasm.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'];

const zipped = (path) => gzipSync(readFileSync(path)).length;
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** TensorFlow.js, as a page would have it: core and one backend in a file. */
async function bundleTensorFlow(packages, backend, folder) {
  const core = '@tensorflow/tfjs-core';
  const contents = `
    import * as tf from '${core}';
    import * as library from '@tensorflow/tfjs-backend-${backend}';
    export { tf, library };`;
  const common = { stdin: { contents, resolveDir: packages }, bundle: true, minify: true, logLevel: 'error' };
  const node = join(folder, `tfjs-${backend}.cjs`);
  const page = join(folder, `tfjs-${backend}.mjs`);
  const fields = { mainFields: ['module', 'main'] };
  await build({ ...common, ...fields, outfile: node, platform: 'node', format: 'cjs' });
  await build({ ...common, outfile: page, platform: 'browser', format: 'esm' });
  const entry = createRequire(join(packages, 'package.json')).resolve(`@tensorflow/tfjs-backend-${backend}`);
  return { node, page, binaries: `${dirname(entry)}/` };
}

function packageVersion(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
}

/** `place`: the folder in which TensorFlow.js is installed. Only what the parties need. */
export async function findLibraries(place, folder, parties) {
  const packages = resolve(place);
  const libraries = {
    'onnxruntime-web': {
      version: `onnxruntime-web ${packageVersion(dirname(ORT))}`,
      // The entry for Node has threads there; that for pages fetches its binary.
      node: { file: fileURLToPath(import.meta.resolve('onnxruntime-web')) },
      page: { file: '/onnxruntime-web/ort.wasm.min.mjs', binaries: '/onnxruntime-web/' },
      served: { '/onnxruntime-web/': ORT },
      zipped: sum(ORT_FILES.map((name) => zipped(join(ORT, name)))),
    },
  };
  const skipped = {};
  for (const backend of ['wasm', 'cpu'].filter((name) => parties.includes(`tfjs-${name}`))) {
    const manifest = join(packages, 'node_modules/@tensorflow', `tfjs-backend-${backend}`);
    if (!existsSync(manifest)) {
      skipped[`tfjs-${backend}`] = 'TensorFlow.js is not installed: npm install --prefix bench, or --packages';
      continue;
    }
    const { node, page, binaries } = await bundleTensorFlow(packages, backend, folder);
    const parts = backend === 'wasm' ? readdirSync(binaries).filter((name) => name.endsWith('simd.wasm')) : [];
    libraries[`tfjs-${backend}`] = {
      version: `TensorFlow.js ${packageVersion(manifest)}, ${backend}`,
      node: { file: node, binaries },
      page: { file: `/tfjs/tfjs-${backend}.mjs`, binaries: '/tfjs-binaries/' },
      served: { '/tfjs/': folder, ...(backend === 'wasm' && { '/tfjs-binaries/': binaries }) },
      zipped: zipped(page) + (parts.length ? zipped(join(binaries, 'tfjs-backend-wasm-simd.wasm')) : 0),
    };
  }
  return { libraries, skipped };
}
