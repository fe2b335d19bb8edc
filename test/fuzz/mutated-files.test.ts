/**
 * @file Files of other tools with some bytes changed: a code, or a network and weights like any other; never another failure, never a
 * lot of memory. `MUTATIONS=1000 npx vitest run test/fuzz/mutated-files.test.ts` changes each kind of file so many times.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/data/random.ts';
import { TrainerError } from '../../src/data/trainer-error.ts';
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts';
import { readForeignWeights } from '../../src/exchange/weights/read-weights.ts';
import { importCaffe } from '../../src/import/caffe/import.ts';
import { importDarknet } from '../../src/import/darknet/import.ts';
import { importKeras } from '../../src/import/keras/import.ts';

const COUNT = Number(process.env.MUTATIONS ?? 12);
const MOST_MEGABYTES = 400;

const at = (name: string) => new URL(name, import.meta.url);
const texts = '../import/texts/';
const json = (name: string) => JSON.parse(readFileSync(at(`${texts}${name}`), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'mutated-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** One to four bytes changed, a part left out or doubled, or the end cut off. */
function mutated(bytes: Uint8Array, random: Random): Uint8Array {
  const place = random.below(bytes.length);
  const length = random.below(40);
  const kind = random.below(5);
  if (kind === 0) return bytes.slice(0, place);
  if (kind === 1) return new Uint8Array([...bytes.slice(0, place), ...bytes.slice(place + length)]);
  if (kind === 2) return new Uint8Array([...bytes.slice(0, place + length), ...bytes.slice(place)]);
  const changed = bytes.slice();
  for (let left = 1 + random.below(4); left > 0; left--) {
    const near = Math.min(bytes.length - 1, place + random.below(12));
    changed[near] = kind === 3 ? random.below(256) : changed[near]! ^ (1 << random.below(8));
  }
  return changed;
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const darknet = json('darknet.json') as { cfg: string; weights: string };
const cfg = new TextEncoder().encode(darknet.cfg);
const weights = new Uint8Array(Buffer.from(darknet.weights, 'base64'));
const place = { path: 'net', name: 'net' };

const FILES: readonly (readonly [name: string, bytes: Uint8Array, read: (bytes: Uint8Array, k: number) => unknown])[] =
  [
    ...['run.pth', 'views.pt', 'types-p4.pt'].map(
      (name) =>
        [
          name,
          new Uint8Array(readFileSync(at(`../exchange/weights/${name}`))),
          (bytes: Uint8Array, k: number) => {
            const path = join(folder, `${k}.pt`);
            writeFileSync(path, bytes);
            return readForeignWeights(path);
          },
        ] as const,
    ),
    ['.cfg', cfg, (bytes) => importDarknet(text(bytes), place)],
    ['.weights', weights, (bytes) => importDarknet(darknet.cfg, { ...place, weights: { bytes, path: 'net.weights' } })],
    ['.prototxt', new TextEncoder().encode(json('caffe.json').text), (bytes) => importCaffe(text(bytes), place)],
    [
      '.json',
      new TextEncoder().encode(JSON.stringify(json('keras.json').model)),
      (bytes) => importKeras(text(bytes), place),
    ],
  ];

describe('changed files', () => {
  it.each(FILES)(
    '%s',
    async (name, bytes, read) => {
      const random = new Random(29, name);
      let refused = 0;
      for (let k = 0; k < COUNT; k++) {
        const changed = mutated(bytes, random);
        const before = process.memoryUsage();
        try {
          await read(changed, k);
        } catch (error) {
          if (!(error instanceof DiagnosticError || error instanceof TrainerError)) {
            writeFileSync(join(tmpdir(), `mutated-${name.replace('.', '')}-${k}`), changed);
            throw new Error(`change ${k} of ${name}: ${(error as Error).stack}`);
          }
          refused++;
        }
        const { rss, arrayBuffers } = process.memoryUsage();
        expect((arrayBuffers - before.arrayBuffers) / 2 ** 20, `change ${k} of ${name}`).toBeLessThan(MOST_MEGABYTES);
        expect((rss - before.rss) / 2 ** 20, `change ${k} of ${name}`).toBeLessThan(2 * MOST_MEGABYTES);
      }
      if (process.env.MUTATIONS) console.log(`${name}: ${COUNT} changes, ${refused} refused with a code`);
      expect(refused).toBeGreaterThan(0);
    },
    3_600_000,
  );
});
