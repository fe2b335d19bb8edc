/** @file `size`: bytes of the module that each example becomes, as printed, minified, and gzipped. */
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { compiled } from '../compiler.mjs';
import { kilobytes, table } from '../table.mjs';

const folder = new URL('../../examples/', import.meta.url);

async function sizesOf(file) {
  const { elaboration, emitModule } = await compiled(readFileSync(new URL(file, folder), 'utf8'), file);
  const plain = (await emitModule(elaboration)).code;
  const minified = (await emitModule(elaboration, { minify: true })).code;
  const gzipped = gzipSync(minified, { level: 9 }).length;
  return { name: file, plain: Buffer.byteLength(plain), minified: Buffer.byteLength(minified), gzipped };
}

export async function sizeBenchmark() {
  const rows = [];
  for (const file of readdirSync(folder).sort()) if (file.endsWith('.cnn')) rows.push(await sizesOf(file));
  return { rows };
}

export function showSize({ rows }) {
  const body = rows.map(({ name, ...sizes }) => [name, ...Object.values(sizes).map(kilobytes)]);
  const header = ['example', 'plain', 'minified', 'minified and gzipped'];
  return ['size: of the JavaScript module, kB (1,000 bytes)', '', table(header, body)].join('\n');
}
