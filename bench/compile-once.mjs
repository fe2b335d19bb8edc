/**
 * @file `node compile-once.mjs FILE.cnn TARGET N`: one fresh process of the `compile` benchmark. Prints milliseconds to import
 * the compiler, of the first call, and the median of N further calls.
 */
import { readFileSync } from 'node:fs';
import { library } from './compiler.mjs';
import { median } from './harness.mjs';
import { peakMemory } from './machine.mjs';

const [file, target, calls] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');

async function timed(work) {
  const before = performance.now();
  const result = await work();
  return [performance.now() - before, result];
}

const [imported, cnnc] = await timed(() => import(library));

async function compile() {
  const { network, diagnostics } = cnnc.check(text, { file });
  if (!network) throw new Error(diagnostics.map(({ code, message }) => `${code} ${message}`).join('\n'));
  return cnnc.compile(network, { target });
}

const [first] = await timed(compile);
const further = [];
for (let call = 0; call < Number(calls); call++) further.push((await timed(compile))[0]);
console.log(JSON.stringify({ imported, first, further: median(further), peak: peakMemory() }));
