/** @file Pictures as networks see them: against Pillow (`pictures/make_pictures.py`), mutated, and as a data set. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { decodePicture, type PictureForm } from '../../src/data/decode/picture.ts';
import { Random } from '../../src/data/random.ts';

interface Case extends PictureForm {
  readonly file: string;
  /** The farthest that a byte may be off; a mean is off by a third of that. */
  readonly tolerance: number;
  readonly planes: string;
}

async function failure(result: Promise<unknown>): Promise<string> {
  return result.then(
    () => 'nothing was thrown',
    (error) => `${error.code} ${error.message}`,
  );
}

const place = (name: string) => fileURLToPath(new URL(`pictures/${name}`, import.meta.url));
const { cases }: { cases: readonly Case[] } = JSON.parse(readFileSync(place('expected.generated.json'), 'utf8'));

describe('pictures are what Pillow says', () => {
  const named = cases.map((item) => {
    const { file, shape, resize = '', background = '' } = item;
    return [[file, shape.join('×'), resize, background].filter(Boolean).join(' '), item] as const;
  });

  it.each(named)('%s', async (_, { file, shape, resize, background, tolerance, planes }) => {
    const expected = new Uint8Array(Buffer.from(planes, 'base64'));
    const found = await decodePicture(place(file), { shape, resize, background });
    expect(found.length).toBe(expected.length);
    const off = Array.from(found, (value, k) => Math.abs(value - expected[k]!));
    expect(Math.max(...off)).toBeLessThanOrEqual(tolerance);
    expect(off.reduce((sum, value) => sum + value, 0) / off.length).toBeLessThanOrEqual(tolerance / 3);
  });
});

describe('a picture that is broken', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-broken-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const broken = (name: string, bytes: Uint8Array | string) => {
    writeFileSync(join(folder, name), bytes);
    return failure(decodePicture(join(folder, name), { shape: [3, 16, 16] }));
  };

  it.each([
    ['empty.png', '', 'the file is empty'],
    ['text.jpg', 'no picture at all', 'it does not begin as PNG, JPEG, WebP or GIF do'],
    ['drawing.png', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', 'it does not begin as'],
    ['short.png', readFileSync(place('rgb8.png')).subarray(0, 500), /read|truncated|CRC|short|end/i],
    ['short.jpg', readFileSync(place('progressive.jpg')).subarray(0, 400), /premature end|truncated/i],
  ])('%s is named with the reason', async (name, bytes, reason) => {
    const said = await broken(name, bytes);
    expect(said).toContain(`CNN4152 \`${folder}/${name}\` is no picture that can be decoded: `);
    expect(said).toMatch(reason);
  });

  it('a header cannot promise more pixels than its file can hold', async () => {
    const bytes = readFileSync(place('rgb8.png'));
    bytes.writeUInt32BE(16_000, 16);
    bytes.writeUInt32BE(16_000, 20);
    bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
    expect(await broken('vast.png', bytes)).toMatch(/its header promises more than \d+ pixels, and it has \d+ bytes/);
  });

  it('a shape that no picture has is refused', async () => {
    for (const shape of [[784], [2, 28, 28]])
      expect(await failure(decodePicture(place('rgb8.png'), { shape }))).toMatch(/^CNN4145 .*\[1, 28, 28\].*grey/);
  });

  /** Bytes changed, cut off, repeated: a picture, or a mistake with a code, and no other error. `MUTATIONS=1000` for more. */
  it('mutated, is a picture or is named', async () => {
    const runs = Number(process.env.MUTATIONS ?? 100);
    const files = [
      'rgb8.png',
      'palette16.png',
      'orientation6.jpg',
      'progressive.jpg',
      'lossy.webp',
      'lossless.webp',
      'two.gif',
    ];
    const outcomes = { pictures: 0, named: 0 };
    const random = new Random(7, 'mutations');
    for (let run = 0; run < runs; run++) {
      const name = `${run}-${files[run % files.length]}`;
      const path = join(folder, name);
      writeFileSync(path, mutate(readFileSync(place(files[run % files.length]!)), random));
      const found = await decodePicture(path, { shape: [3, 8, 8] }).catch((error) => error);
      if (found instanceof Uint8Array) outcomes.pictures++;
      else outcomes.named += Number(found.code === 'CNN4152' && found.message.includes(name));
      rmSync(path);
    }
    expect(outcomes.pictures + outcomes.named).toBe(runs);
    expect(Math.min(outcomes.pictures, outcomes.named)).toBeGreaterThan(runs / 20);
  });
});

function mutate(bytes: Buffer, random: Random): Uint8Array {
  const kind = random.below(3);
  if (kind === 0) return bytes.subarray(0, random.below(bytes.length));
  if (kind === 1) {
    const at = random.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - random.below(40)))]);
  }
  for (let change = random.below(4); change >= 0; change--) bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
}
