/** @file `size`: bytes of the module that each example becomes, as printed, minified, and gzipped. */
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { compiled } from '../compiler.mjs';
import { kilobytes, table } from '../table.mjs';

const folder = new URL('../../examples/', import.meta.url);

async function sizesOf(file, target) {
  const { elaboration, emitModule } = await compiled(readFileSync(new URL(file, folder), 'utf8'), file);
  const plain = (await emitModule(elaboration, { target })).code;
  const minified = (await emitModule(elaboration, { target, minify: true })).code;
  const gzipped = gzipSync(minified, { level: 9 }).length;
  return { name: file, target, plain: Buffer.byteLength(plain), minified: Buffer.byteLength(minified), gzipped };
}

export async function sizeBenchmark() {
  const rows = [];
  const examples = readdirSync(folder).filter((file) => file.endsWith('.cnn'));
  for (const target of ['js', 'wasm']) {
    for (const file of examples.sort()) rows.push(await sizesOf(file, target));
  }
  return { rows };
}

export function showSize({ rows }) {
  const body = rows.map(({ name, target, ...sizes }) => [name, target, ...Object.values(sizes).map(kilobytes)]);
  const header = ['example', 'target', 'plain', 'minified', 'minified and gzipped'];
  return ['size: of the trainer module, kB (1,000 bytes)', '', table(header, body)].join('\n');
}
