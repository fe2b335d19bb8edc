/** @file After training: `eval`, `predict` and `export` of a run's folder, or of a file with its weights. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openArchive } from '../../src/data/archive.ts';
import { readElements, readHeader } from '../../src/data/npy.ts';
import { parseSafetensors } from '../../src/runtime/safetensors.ts';
import { folderOf, idx, npy } from '../data/files.ts';
import { tiny } from './networks.ts';
import { run } from './recorder.ts';

const network = `import { Hidden } from "./parts.cnn"\n${tiny.replace('hidden: dense(units)', 'hidden: Hidden(units)')}`;
const parts = 'block Hidden(units) { return in -> dense(units) }\n';

const sharp = await import('sharp').catch(() => undefined);

let folder: string;
let trained: string;
const at = (name: string) => join(folder, name);

/** Trained without the files that the run is made of: all that is needed lies in its folder. */
beforeAll(async () => {
  folder = folderOf({ 'tiny.cnn': network, 'parts.cnn': parts });
  trained = (await run(['train', at('tiny.cnn'), '--out', at('run'), '--epochs', '6', '--set', 'units=6'])).out;
  renameSync(at('tiny.cnn'), at('kept.cnn'));
});

describe('eval', () => {
  it('gives what training ended with', async () => {
    const { status, out, err } = await run(['eval', at('run')]);
    expect([status, out]).toEqual([0, trained.slice(trained.indexOf('test loss'))]);
    expect(err).toBe(`4 weights from ${at('run/best.safetensors')}\n`);
  });

  it('prints JSON, of other data and other images', async () => {
    const { out } = await run(['eval', at('run'), '--json', '--data', 'digits:train=30,test=70']);
    const found = JSON.parse(out);
    expect(found).toMatchObject({ loss: expect.any(Number), accuracy: expect.any(Number), count: 70, metrics: {} });
    const { classes, confusions } = found as Record<string, { images: number; recall: number }[]>;
    const total = (rows: { images: number }[]) => rows.reduce((sum, { images }) => sum + images, 0);
    expect(total(classes!)).toBe(70);
    expect(total(confusions!)).toBe(Math.round(70 * (1 - found.accuracy)));
    const train = JSON.parse((await run(['eval', at('run'), '--json', '--part', 'train'])).out);
    expect(train.count).toBe(200);
    expect(train.loss).toBeLessThan(found.loss);
  });

  it('takes a file with weights, and says what is missing', async () => {
    const args = ['eval', at('kept.cnn'), '--set', 'units=6'];
    const { out } = await run([...args, '--weights', at('run'), '--target', 'js']);
    expect(out.slice(0, 14)).toBe(trained.slice(trained.indexOf('test loss')).slice(0, 14));
    expect((await run(args)).err).toContain('error[CNN4129]: a `.cnn` file has no weights');
    expect((await run(['eval', folder])).err).toContain('error[CNN4129]');
  });

  it('says that a module that trained does not know its source', async () => {
    const record = JSON.parse(readFileSync(at('run/run.json'), 'utf8'));
    const { sources: _, ...rest } = record;
    const other = folderOf({ 'run.json': JSON.stringify(rest) });
    const { status, err } = await run(['eval', other]);
    expect([status, err.replace(/\s+/g, ' ')]).toEqual([1, expect.stringContaining('it was trained by a module')]);
  });
});

describe('predict', () => {
  const lines = (text: string) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('gives the classes of a data set’s test images as often right as the test says', async () => {
    const { out } = await run(['predict', at('run'), '--json', '--top', '10', '--data', 'digits:train=200,test=50']);
    const found = lines(out);
    expect(found.map(({ image }) => image)).toEqual([...Array(50).keys()]);
    const right = found.filter(({ label, top }) => label === top[0].class).length;
    expect(trained).toContain(`accuracy ${(2 * right).toFixed(2)} %`);
    for (const { top } of found) {
      const chances = top.map(({ probability }: { probability: number }) => probability);
      expect(chances).toEqual([...chances].sort((a, b) => b - a));
      expect(chances.reduce((sum: number, chance: number) => sum + chance)).toBeCloseTo(1, 5);
    }
  });

  const image = Uint8Array.from({ length: 784 }, (_, k) => (k * 37) % 256);
  const floats = Float32Array.from(image, (byte) => byte / 255);
  const turned = Uint8Array.from({ length: 784 }, (_, k) => image[28 * (k % 28) + Math.floor(k / 28)]!);
  const two = Uint8Array.from([...image, ...image.toReversed()]);

  it('reads arrays and IDX files, one image or several, in whatever order', async () => {
    const files = folderOf({
      'a.npy': npy('|u1', [28, 28], image),
      'b.npy': npy('<f4', [1, 28, 28], new Uint8Array(floats.buffer)),
      'c.npy': npy('|u1', [28, 28, 1], image),
      'd.npy': npy('|u1', [28, 28], turned, true),
      'e.npy': npy('|u1', [2, 28, 28], two),
      'f-idx3-ubyte': idx([2, 28, 28], two),
      'g-idx2-ubyte': idx([28, 28], image),
    });
    const names = ['a.npy', 'b.npy', 'c.npy', 'd.npy', 'e.npy', 'f-idx3-ubyte', 'g-idx2-ubyte'];
    const { status, out } = await run(['predict', at('run'), '--json', ...names.map((name) => join(files, name))]);
    expect(status).toBe(0);
    const found = lines(out);
    expect(found.length).toBe(9);
    const [first] = found;
    expect(first).toMatchObject({
      file: join(files, 'a.npy'),
      top: [{ class: expect.any(String), probability: expect.any(Number) }, {}, {}],
    });
    for (const n of [1, 2, 3, 4, 6, 8]) expect(found[n].top).toEqual(first.top);
    expect(found[5].top).toEqual(found[7].top);
    expect(found[5].top).not.toEqual(first.top);
    expect(found.map(({ image }) => image)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      0,
      1,
      0,
      1,
      undefined,
    ]);
    const table = (await run(['predict', at('run'), files])).out.trimEnd().split('\n');
    expect(table.slice(0, 2)).toEqual([
      'file,image,class,probability',
      `${join(files, 'a.npy')},,${first.top[0].class},${first.top[0].probability}`,
    ]);
    expect(table.length).toBe(10);
    const several = (await run(['predict', at('run'), files, '--top', '2'])).out.trimEnd().split('\n');
    const [likeliest, next] = first.top.map((entry: object) => Object.values(entry).join());
    expect(several.slice(0, 2)).toEqual([
      'file,image,class,probability,class2,probability2',
      `${join(files, 'a.npy')},,${likeliest},${next}`,
    ]);
  });

  it('tells of many numbers that are no choice how many there are, and where to get them', async () => {
    const maps = `network Maps {
  input image: [1, 8, 8]
  target mask: class(2, [8, 8])
  scores = image -> conv(2, 1x1)
  loss crossentropy(scores, mask)
  output probs = softmax(scores)
}
`;
    const cwd = folderOf({ 'maps.cnn': maps, 'a.npy': npy('|u1', [8, 8], new Uint8Array(64)) });
    await run(['export', join(cwd, 'maps.cnn'), '--to', 'onnx', '-o', join(cwd, 'maps.onnx')]);
    const args = ['predict', join(cwd, 'maps.cnn'), '--weights', join(cwd, 'maps.onnx'), join(cwd, 'a.npy')];
    const { out, err } = await run(args);
    expect(out).toMatch(/a\.npy\n {2}\[2, 8, 8\]: 128 numbers from 0\.\d{4} to 0\.\d{4}\n$/);
    expect(err).toContain('`--json` and `--csv` print the numbers\n');
    expect(JSON.parse((await run([...args, '--json'])).out).output).toHaveLength(128);
    const refused = await run([...args, '--top', '3']);
    expect([refused.status, refused.err]).toEqual([1, expect.stringContaining('error[CNN4108]')]);
  });

  it('of a network that takes signals refuses what is no array by its name', async () => {
    const signals = `network W {
  input wave: [1, 8]
  target kind: class(2)
  scores = wave -> dense(2)
  loss crossentropy(scores, kind)
  output probs = softmax(scores)
}
`;
    const cwd = folderOf({ 'w.cnn': signals, 'w.csv': '1,2,3,4,5,6,7,8\n' });
    await run(['export', join(cwd, 'w.cnn'), '--to', 'onnx', '-o', join(cwd, 'w.onnx')]);
    const { err } = await run(['predict', join(cwd, 'w.cnn'), '--weights', join(cwd, 'w.onnx'), join(cwd, 'w.csv')]);
    expect(err.replace(/\s+/g, ' ')).toMatch(/`\S+w\.csv` is neither a `\.npy` nor an IDX file.* `--data csv:FILE`/);
  });

  it('gives no advice on the text that a run has kept', async () => {
    const cwd = folderOf({ 'tiny.cnn': tiny.replace(/ +allow CNN5046.*\n/, '') });
    const advised = await run(['train', join(cwd, 'tiny.cnn'), '--out', join(cwd, 'run'), '--epochs', '1']);
    expect(advised.err).toContain('CNN5046');
    for (const args of [['eval'], ['predict', '--data', 'digits:test=1'], ['export', '-o', join(cwd, 'a.npz')]]) {
      const { status, err } = await run([args[0]!, join(cwd, 'run'), ...args.slice(1)]);
      expect([status, err]).toEqual([0, expect.not.stringMatching(/CNN5|advice/)]);
    }
  });

  it.skipIf(!sharp)('decodes pictures', async () => {
    const { data } = await sharp!
      .default(image, { raw: { width: 28, height: 28, channels: 1 } })
      .png()
      .toBuffer({ resolveWithObject: true });
    const files = folderOf({ 'a.npy': npy('|u1', [28, 28], image), 'b.png': data });
    const { out } = await run(['predict', at('run'), '--json', join(files, 'a.npy'), join(files, 'b.png')]);
    const [array, picture] = lines(out);
    expect(picture.top).toEqual(array.top);
  });

  it('shows bars to people, and says what is no distribution', async () => {
    const file = join(folderOf({ 'a.npy': npy('|u1', [28, 28], image) }), 'a.npy');
    const { out } = await run(['predict', at('run'), file, '--top', '1']);
    expect(out).toMatch(/a\.npy\n {2}\d +\d+\.\d %( {2}#+)?\n$/);
    const scores = network.replace('softmax(logits)', 'logits');
    writeFileSync(at('scores.cnn'), scores);
    const raw = await run([
      'predict',
      at('scores.cnn'),
      '--set',
      'units=6',
      '--weights',
      at('run'),
      file,
      '--top',
      '1',
    ]);
    expect(raw.out).toBe(out);
    expect(raw.err).toContain('the output is no distribution: its softmax is shown\n');
  });

  it('needs no loss', async () => {
    const file = join(folderOf({ 'a.npy': npy('|u1', [2, 28, 28], new Uint8Array([...image, ...image])) }), 'a.npy');
    const plain = network.replace(/train Tiny \{[^}]*\}/, '').replace(/ {2}(target|loss|metric).*\n/g, '');
    writeFileSync(at('plain.cnn'), plain);
    const args = ['--set', 'units=6', '--json', '--top', '10', file];
    const known = lines((await run(['predict', at('kept.cnn'), '--weights', at('run'), ...args])).out);
    const plainly = args.filter((word) => word !== '--top' && word !== '10');
    const { out, err } = await run(['predict', at('plain.cnn'), '--weights', at('run'), ...plainly]);
    const found = lines(out);
    expect(err).toContain(`4 weights from ${at('run/best.safetensors')}\n`);
    expect(found.map((one) => [one.file, one.image])).toEqual([0, 1].map((n) => [file, n]));
    const highest = known[0].top.map(({ probability }: { probability: number }) => probability);
    for (const { output } of found) {
      const sorted = output.toSorted((a: number, b: number) => b - a);
      sorted.forEach((value: number, k: number) => void expect(value).toBeCloseTo(highest[k], 6));
    }
    expect((await run(['predict', at('plain.cnn'), file])).err).toContain('error[CNN4129]');
    expect((await run(['eval', at('plain.cnn'), '--weights', at('run')])).err).toContain('error[CNN2008]');
  });

  it.each([
    ['text', 'CNN415'], // CNN4155 where there is no decoder
    [npy('|u1', [27, 28], image.subarray(28)), 'CNN4145'],
    [idx([2, 28, 28], image), 'CNN4143'],
    [npy('|u1', [0, 28, 28], new Uint8Array(0)), 'CNN4149'],
  ])('refuses other files: %#', async (content, code) => {
    const file = join(folderOf({ 'a.npy': content }), 'a.npy');
    const { status, err } = await run(['predict', at('run'), file]);
    expect([status, err]).toEqual([1, expect.stringContaining(`error[${code}`)]);
  });

  it('needs images', async () => {
    expect((await run(['predict', at('run')])).status).toBe(2);
    expect((await run(['predict', at('run'), 'none.npy'])).err).toContain('error[CNN4141]');
  });
});

describe('export', () => {
  it('writes the weights without what only training needs, for this and for other tools', async () => {
    rmSync(at('run/best.safetensors'));
    const last = parseSafetensors(readFileSync(at('run/last.safetensors')));
    for (const name of ['model.safetensors', 'model.npz'])
      expect((await run(['export', at('run'), '-o', at(name)])).err).toContain(`${at(name)}: 4 tensors from`);
    const { tensors } = parseSafetensors(readFileSync(at('model.safetensors')));
    const names = ['hidden.dense.weight', 'hidden.dense.bias', 'out.weight', 'out.bias'];
    expect([...tensors.keys()]).toEqual(names);
    for (const name of names) {
      const [one, other] = [tensors.get(name)!, last.tensors.get(name)!];
      expect([one.shape, one.bytes]).toEqual([other.shape, other.bytes]);
    }
    const archive = await openArchive(at('model.npz'));
    expect([...archive.members.keys()]).toEqual(names.map((name) => `${name}.npy`));
    for (const name of names) {
      const header = await readHeader(archive.members.get(`${name}.npy`)!, 'model.npz', name);
      expect([header.shape, header.start % 64]).toEqual([tensors.get(name)!.shape, 0]);
      const { values } = await readElements(header);
      expect(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)).toEqual(
        new Uint8Array(tensors.get(name)!.bytes),
      );
    }
    await archive.close();
  });

  it('is wrong usage into another kind of file', async () => {
    const { status, err } = await run(['export', at('run'), '-o', 'model.pt']);
    expect([status, err]).toEqual([2, expect.stringContaining('ends in .safetensors or .npz')]);
  });
});
