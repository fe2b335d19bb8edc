/** @file `npm run onnx-suite -- DIR`: how many node tests of ONNX come in and agree, and why the rest does not. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { esbuildRuntime } from '../../scripts/runtime-plugin.mjs';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: npm run onnx-suite -- DIR, a folder of test_NAME/model.onnx with test_data_set_0');
  process.exit(2);
}

const place = mkdtempSync(join(tmpdir(), 'cnnc-onnx-suite-'));
const outfile = join(place, 'report.mjs');
try {
  // Packages that are CommonJS ask for `require`.
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
  await build({
    entryPoints: [fileURLToPath(new URL('report.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['esbuild'],
    logLevel: 'error',
    plugins: [esbuildRuntime],
    banner,
  });
  const { report } = await import(pathToFileURL(outfile));
  process.exitCode = report(folder);
} finally {
  rmSync(place, { recursive: true });
}
