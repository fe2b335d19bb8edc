/** @file `cnnc data`: what a set holds, in numbers that are counted here again, and the sheet with its images. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { decodePicture } from '../../src/data/decode/picture.ts';
import { layoutOf } from '../../src/data/layout.ts';
import { loadData } from '../../src/data/load-data.ts';
import { folderOf } from '../data/files.ts';
import { run } from './recorder.ts';

const folder = mkdtempSync(join(tmpdir(), 'cnnc-sheet-'));
const picture = (name: string) => readFileSync(fileURLToPath(new URL(`../data/pictures/${name}`, import.meta.url)));
const photos = folderOf({
  ...Object.fromEntries(Array.from({ length: 8 }, (_, k) => [`cat/${k}.png`, picture('rgb8.png')])),
  'dog/1.jpg': picture('orientation6.jpg'),
  'dog/2.png': picture('rgba8.png'),
  'dog/3.jpg': picture('orientation6.jpg').subarray(0, -60),
});
afterAll(() => {
  for (const made of [folder, photos]) rmSync(made, { recursive: true });
});

const network = (setting: string) => `network N {
  input image: [1, 28, 28]
  target label: class(10)
  logits = image -> dense(10)
  loss crossentropy(logits, label)
}
train N {
  data digits(train: 60, test: 20)
  ${setting}
}`;

describe('cnnc data', () => {
  it('counts, and measures the values of each channel', async () => {
    const { out, status } = await run(['data', 'digits:train=60,test=20', '--json']);
    expect(status).toBe(0);
    const told = JSON.parse(out);
    const { train } = await loadData('digits:train=60,test=20');
    const values = Array.from(train.images, (value) => value / 255);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(told.inputs.image.mean[0]).toBeCloseTo(mean, 10);
    expect(told.inputs.image.std[0]).toBeCloseTo(Math.sqrt(variance), 10);
    expect(told).toMatchObject({ schema: 1, train: 60, test: 20, shape: [1, 28, 28], broken: [] });
    const count = (label: number) => [...train.labels].filter((value) => value === label).length;
    expect(told.classes.map(({ train }: { train: number }) => train)).toEqual(
      told.classes.map((_: unknown, k: number) => count(k)),
    );
  });

  it('says what to write into a file, and that can be written', async () => {
    const { out } = await run(['data', 'digits:train=60,test=20']);
    const [line] = /normalize mean: .*/.exec(out)!;
    expect(out).toMatch(/^ {2}input image: \[1, 28, 28\]\n {2}target label: class\(10\)\n {2}normalize/m);
    expect((await run(['check', '-'], network(line))).err).not.toContain('error');
  });

  it('tells of pictures: classes that are uneven, sizes, colours, those that are broken, in status 1', async () => {
    const { out, status } = await run(['data', `images:${photos},split=30%`]);
    expect(status).toBe(1);
    expect(out).toMatch(/^ {2}cat +\d +\d +#+\n {2}dog +\d +\d +#+$/m);
    expect(out).toContain('sizes, height×width: 16×24 (9), 24×16 (2)\n');
    expect(out).toContain('formats: png (9), jpeg (2); 11 of 11 in colour, 1 with opacity, 2 turned by their camera\n');
    expect(out).toMatch(
      /classes are uneven: \d of cat, [\d.]+ times as many as dog; guessing cat every time is right for [\d.]+ %/,
    );
    expect(out).toMatch(/1 pictures cannot be decoded.*:\n {2}.*dog\/3\.jpg: .+\n/);
    const json = JSON.parse((await run(['data', `images:${photos},split=30%,cache=0`, '--json'])).out);
    expect(json.broken).toEqual([{ file: `${photos}/dog/3.jpg`, reason: expect.any(String) }]);
    expect(json.pictures).toMatchObject({ sizes: { '16×24': 9, '24×16': 2 }, withOpacity: 1, turned: 2 });
  });

  it('calls what a network takes as that does, and signals so', async () => {
    const lines = Array.from({ length: 20 }, (_, n) => `${n % 2},${n},${n + 0.5},${-n},0.25`);
    const file = folderOf({ 'waves.csv': `label,a,b,c,d\n${lines.join('\n')}\n`, 'none/x': '' });
    const waves = `network W {
  input wave: [1, 4]
  target kind: class(2)
  scores = wave -> conv(2, 4, pad: same) -> globalavgpool
  loss crossentropy(scores, kind)
  output probs = softmax(scores)
}`;
    const spec = `csv:${join(file, 'waves.csv')},header,scale=1`;
    const { out, err } = await run(['data', spec, '-'], waves);
    expect(out).toMatch(/: 16 signals to learn, 4 to test\n/);
    expect(out).toMatch(/^ {2}input wave: \[1, 4\]\n {2}target kind: class\(2\)\n {2}normalize/m);
    expect(err.replace(/\s+/g, ' ')).toContain('shifts its map by half a place');
    expect(err).not.toMatch(/pixel|image/);
    const longer = await run(['data', spec, '-'], waves.replace('[1, 4]', '[1, 6]'));
    expect(longer.err.replace(/\s+/g, ' ')).toContain('or declare the input as [1, 4]');
    expect(layoutOf([2, 100], [2, 128], '', undefined)).toEqual({ shape: [2, 100], channelsLast: false });
    const masks = network('batch 4')
      .replace('label: class(10)', 'mask: class(10, [28, 28])')
      .replace('(logits, label)', '(image -> conv(10, 1), mask)');
    expect((await run(['data', 'mnist:none', '-'], masks)).err.replace(/\s+/g, ' ')).toMatch(
      /`none` does not exist = help: MNIST is at https:\S+, .*`--data mnist:DIR`/,
    );
    expect((await run(['data', `mnist:${file}`])).err).not.toContain('https');
  });

  it('refuses images that the network does not take', async () => {
    const { err, status } = await run(['data', 'digits', '-'], network('batch 4').replaceAll('28, 28', '32, 32'));
    expect([status, err]).toEqual([1, expect.stringContaining('CNN4145')]);
  });
});

describe('the contact sheet', () => {
  /** What is drawn at the place of the first image of the first class, as pixels of the image. */
  async function firstImages(setting: string): Promise<Uint8Array[]> {
    const sheet = join(folder, 'sheet.png');
    const file = join(folder, 'net.cnn');
    writeFileSync(file, network(setting));
    expect((await run(['data', 'digits:train=60,test=20', file, '--contact-sheet', sheet])).status).toBe(0);
    const [width, height] = [16, 20].map((at) => readFileSync(sheet).readUInt32BE(at)) as [number, number];
    expect(height).toBe(10 * (84 + 6) + 6);
    const pixels = await decodePicture(sheet, { shape: [1, height, width] });
    return Array.from({ length: 3 }, (_, column) => {
      const left = width - 8 * (84 + 6) + column * (84 + 6);
      return Uint8Array.from({ length: 784 }, (_, i) => {
        const [y, x] = [6 + 3 * Math.floor(i / 28) + 1, left + 3 * (i % 28) + 1];
        return pixels[y * width + x]!;
      });
    });
  }

  const zeros = async () => {
    const { train } = await loadData('digits:train=60,test=20');
    const found = [...train.labels.keys()].filter((n) => train.labels[n] === 0);
    return found.map((n) => train.images.slice(n * 784, (n + 1) * 784) as Uint8Array);
  };
  const mirrored = (image: Uint8Array) => image.map((_, i) => image[i + 27 - 2 * (i % 28)]!);

  it('shows images as they are, also where they are normalised', async () => {
    const known = (await zeros()).map((image) => image.join());
    for (const setting of ['batch 4', 'normalize mean: 0.3, std: 0.25'])
      for (const image of await firstImages(setting)) expect(known).toContain(image.join());
  });

  it('shows them augmented', async () => {
    const known = (await zeros()).flatMap((image) => [image.join(), mirrored(image).join()]);
    const drawn = (await firstImages('augment flip(horizontal)')).map((image) => image.join());
    for (const image of drawn) expect(known).toContain(image);
    expect(drawn).not.toEqual((await firstImages('batch 4')).map((image) => image.join()));
  });

  it('is written nowhere else, and of pictures alone', async () => {
    const { err } = await run(['data', 'digits', '--contact-sheet', join(folder, 'none', 'sheet.png', 'x', '\0')]);
    expect(err).toContain('CNN4207');
  });
});
