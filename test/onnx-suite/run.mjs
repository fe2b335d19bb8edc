/** @file `npm run onnx-suite -- DIR`: how many node tests of ONNX come in and agree, and why the rest does not. */
import { runBundled } from '../support/run-bundled.mjs';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: npm run onnx-suite -- DIR, a folder of test_NAME/model.onnx with test_data_set_0');
  process.exit(2);
}

process.exitCode = await runBundled(new URL('report.ts', import.meta.url), ({ report }) => report(folder));
