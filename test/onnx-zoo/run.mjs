/**
 * @file `npm run onnx-zoo -- [NAME ...] [--own-size]`: every network of the zoo, or those that are named, as an ONNX model and back:
 * what it keeps, and how far outputs are from those in f64.
 */
import { runBundled } from '../support/run-bundled.mjs';

const given = process.argv.slice(2);
const ownSize = given.includes('--own-size');
const names = given.filter((word) => !word.startsWith('--'));
process.exitCode = await runBundled(new URL('report.ts', import.meta.url), ({ report }) => report(names, { ownSize }));
