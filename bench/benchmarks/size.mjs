/**
 * @file `size`: bytes of the module that each example and each network of the benchmarks becomes, as printed, minified,
 * and gzipped; and the memory that it takes to train with the batch of the benchmarks, on one thread.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { compiled } from '../compiler.mjs';
import { networks } from '../networks.mjs';
import { kilobytes, megabytes, table } from '../table.mjs';
import { BATCH } from '../task.mjs';

const folder = new URL('../../examples/', import.meta.url);

/** `lenet` is an example too, and comes once. */
function subjects() {
  const files = readdirSync(folder).filter((file) => file.endsWith('.cnn'));
  const examples = files.sort().map((file) => ({ name: file, text: readFileSync(new URL(file, folder), 'utf8') }));
  const known = new Set(examples.map(({ text }) => text));
  const others = networks.map(({ name, text }) => ({ name, text: text() })).filter(({ text }) => !known.has(text));
  return [...examples, ...others];
}

async function sizesOf({ name, text }, target) {
  const { elaboration, emitModule } = await compiled(text, name);
  const { code, plan } = await emitModule(elaboration, { target, maxBatch: BATCH });
  const minified = (await emitModule(elaboration, { target, maxBatch: BATCH, minify: true })).code;
  const gzipped = gzipSync(minified, { level: 9 }).length;
  const memory = plan.memoryLength * Float32Array.BYTES_PER_ELEMENT;
  return { name, target, plain: Buffer.byteLength(code), minified: Buffer.byteLength(minified), gzipped, memory };
}

export async function sizeBenchmark() {
  const rows = [];
  for (const target of ['js', 'wasm']) {
    for (const subject of subjects()) rows.push(await sizesOf(subject, target));
  }
  return { rows };
}

export function showSize({ rows }) {
  const body = rows.map(({ name, target, memory, ...sizes }) => [
    ...[name, target, ...Object.values(sizes).map(kilobytes), megabytes(memory)],
  ]);
  const header = ['network', 'target', 'plain', 'minified', 'minified and gzipped', 'memory'];
  const title = 'size: of the trainer module, kB (1,000 bytes); of the memory that it trains in, MB';
  return [`${title} at batch ${BATCH}`, '', table(header, body)].join('\n');
}
