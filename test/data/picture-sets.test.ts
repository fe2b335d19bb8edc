/** @file Data sets of pictures: which files, which classes, held in memory or read ahead. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { Split } from '../../src/data/dataset.ts';
import { prepare } from '../../src/data/decode/decoder.ts';
import { loadDataOrPictures } from '../../src/data/decode/load-pictures.ts';
import { decodePicture } from '../../src/data/decode/picture.ts';
import type { LoadOptions } from '../../src/data/format.ts';
import { run } from '../cli/recorder.ts';
import { folderOf } from './files.ts';

const picture = (name: string) => readFileSync(fileURLToPath(new URL(`pictures/${name}`, import.meta.url)));
const [grey, colour, turned] = ['grey8.png', 'rgb8.png', 'orientation6.jpg'].map(picture) as [Buffer, Buffer, Buffer];

const folders: string[] = [];
function folder(files: Readonly<Record<string, Uint8Array | string>>): string {
  const made = folderOf(files);
  folders.push(made);
  return made;
}
afterAll(() => {
  for (const made of folders) rmSync(made, { recursive: true });
});

const network = (classes = 2, shape = [3, 8, 8]) => ({
  inputs: { image: shape },
  targets: { label: { kind: 'class', classes } },
});

const load = (spec: string, options: LoadOptions = {}) => loadDataOrPictures(spec, { network: network(), ...options });

async function failure(spec: string, options?: LoadOptions): Promise<string> {
  return load(spec, options).then(
    () => 'nothing was thrown',
    (error) => `${error.code} ${error.message}`,
  );
}

/** Ten pictures of `cat` and five of `dog`, the first of each in a folder below. */
const pets = () => {
  const cats = Object.fromEntries(Array.from({ length: 9 }, (_, k) => [`cat/${k}.png`, k % 2 ? grey : colour]));
  const dogs = Object.fromEntries(Array.from({ length: 4 }, (_, k) => [`dog/${k}.jpg`, turned]));
  return { ...cats, ...dogs, 'cat/more/9.PNG': grey, 'dog/more/4.jpeg': turned };
};

describe('a folder for each class', () => {
  it('is classes in the order of their names, and a fifth of each is held back', async () => {
    const data = await load(`images:${folder(pets())}`);
    expect(data.classes).toEqual(['cat', 'dog']);
    const { train, test } = data.files!;
    expect([...train, ...test].sort()).toEqual(Object.keys(pets()).sort());
    expect([train.length, test.length]).toEqual([data.train.count, data.test.count]);
    const count = ({ labels }: { labels: unknown }, label: number) =>
      [...(labels as Int32Array)].filter((value) => value === label).length;
    expect([count(data.train, 0), count(data.train, 1), count(data.test, 0), count(data.test, 1)]).toEqual([
      8, 4, 2, 1,
    ]);
    expect(data.decisions!.join()).toContain('3 of 15 held back for the test, by class (split=20%, seed=1)');
  });

  it('holds the pictures as they are decoded, in the order of their labels', async () => {
    const place = folder({ 'a/1.png': grey, 'a/2.png': grey, 'b/1.png': colour, 'b/2.png': colour });
    const { train } = await load(`images:${place},split=50%,resize=stretch`);
    const form = { shape: [3, 8, 8], resize: 'stretch' } as const;
    const expected = await Promise.all(['a/1.png', 'b/1.png'].map((name) => decodePicture(`${place}/${name}`, form)));
    expect(train.images).toEqual(new Uint8Array(expected.flatMap((bytes) => [...bytes])));
    expect(train.labels).toEqual(Int32Array.of(0, 1));
  });

  it('tells of files that are no pictures, of classes without any, and passes over hidden files', async () => {
    const files = { ...pets(), 'notes.txt': 'x', 'cat/scan.bmp': 'x', '.DS_Store': 'x', 'cat/.hidden.png': 'x' };
    const { decisions } = await load(`images:${folder({ ...files, 'eel/none.txt': '' })}`, { network: network(3) });
    expect(decisions!.join()).toMatch(/no pictures of `eel`.*3 files are not used: .*scan\.bmp.*none\.txt.*notes\.txt/);
    expect(decisions!.join()).not.toMatch(/DS_Store|hidden/);
  });
});

describe('parts in folders of their own', () => {
  const parts = (...names: string[]) =>
    folder(
      Object.fromEntries(names.flatMap((name) => [`${name}/a/1.png`, `${name}/b/1.png`].map((file) => [file, grey]))),
    );

  it('are for training, test and validation', async () => {
    const { train, test, validation } = await load(`images:${parts('train', 'val', 'test')}`);
    expect([train.count, test.count, validation?.count]).toEqual([2, 2, 2]);
    const two = await load(`images:${parts('Train', 'val')}`);
    expect([two.train.count, two.test.count, two.validation]).toEqual([2, 2, undefined]);
  });

  it('a class may be called train', async () => {
    const { classes } = await load(
      `images:${folder({ 'train/1.png': grey, 'train/2.png': grey, 'tram/1.png': grey })}`,
    );
    expect(classes).toEqual(['train', 'tram']);
  });

  it('are refused where the test knows classes that the training does not', async () => {
    const place = folder({ 'train/a/1.png': grey, 'train/b/1.png': grey, 'test/a/1.png': grey, 'test/c/1.png': grey });
    expect(await failure(`images:${place}`)).toMatch(/^CNN4153 .*classes that the training pictures lack: `c`/);
  });
});

describe('what is no such folder', () => {
  it.each([
    ['nothing', {}, 'CNN4153', 'no folders of PNG, JPEG, WebP or GIF files'],
    ['pictures alone', { '1.png': grey, '2.png': grey }, 'CNN4153', '2 pictures, but no folders of pictures'],
    [
      'the folder above',
      { 'pets/cat/1.png': grey, 'pets/dog/1.png': grey },
      'CNN4153',
      /if those are the classes, name `.*\/pets`/,
    ],
    [
      'three classes',
      { 'a/1.png': grey, 'b/1.png': grey, 'c/1.png': grey },
      'CNN4154',
      /3 classes \(`a`, `b`, `c`\), but `label` has 2; declare `target label: class\(3\)`/,
    ],
  ])('%s', async (_, files, code, text) => {
    const said = await failure(`images:${folder(files as Record<string, Buffer>)}`);
    expect(said).toContain(code);
    expect(said).toMatch(text);
  });

  it('and options that it does not have', async () => {
    const place = folder(pets());
    for (const option of ['resize=crop', 'background=red', 'cache=much', 'split=2', 'shuffle'])
      expect(await failure(`images:${place},${option}`)).toMatch(/^CNN4140/);
    expect(await failure(`images:${place}/nowhere`)).toMatch(/^CNN4141/);
  });

  it('and a network that takes no pictures, or another target', async () => {
    const place = folder(pets());
    expect(await failure(`images:${place}`, { network: network(2, [784]) })).toMatch(/^CNN4145 .*holds pictures/);
    const tensor = { ...network(), targets: { mask: { shape: [1, 8, 8] } } };
    expect(await failure(`images:${place}`, { network: tensor })).toMatch(/^CNN4154 .*target is `mask`/);
  });
});

describe('a picture that is broken', () => {
  const files = { ...pets(), 'cat/3.png': '', 'dog/1.jpg': 'nothing' };

  it('ends all, with its name', async () => {
    expect(await failure(`images:${folder(files)}`)).toMatch(
      /^CNN4152 `.*\/cat\/3\.png` .*the file is empty.*--skip-bad/,
    );
  });

  it('is left out, told and counted where that is wanted', async () => {
    const skipped: string[] = [];
    const onSkip: LoadOptions['onSkip'] = ({ problem }) => void skipped.push(problem);
    const { train, test, decisions, files: kept } = await load(`images:${folder(files)}`, { skipBad: true, onSkip });
    expect([...kept!.train, ...kept!.test]).not.toContain('cat/3.png');
    expect([kept!.train.length, kept!.test.length]).toEqual([train.count, test.count]);
    expect(train.count + test.count).toBe(13);
    expect((train as Split).labels).toHaveLength(train.count);
    expect(skipped.sort().map((text) => /`.*\/(\w+\/\w+)\..*`/.exec(text)![1])).toEqual(['cat/3', 'dog/1']);
    expect(decisions!.join()).toContain('2 of 15 pictures could not be read and are left out');
  });
});

it('without the package, CNN4155 says how to get it', async () => {
  const missing = Promise.reject(new Error('Cannot find package'));
  await expect(prepare(missing)).rejects.toMatchObject({
    code: 'CNN4155',
    hint: expect.stringContaining('npm install sharp'),
  });
});

describe('cnnc train', () => {
  const program = (classes: number) => `network Pets(classes = ${classes}) {
  input image: [3, 8, 8]
  target label: class(classes)
  logits = image -> dense(classes)
  loss crossentropy(logits, label)
  metric accuracy(logits, label)
  metric confusion(logits, label)
  output probs = softmax(logits)
}
train Pets {
  augment flip(horizontal)
  optimizer adam(lr: 0.01)
  batch 4
  epochs 3
}`;
  const train = (place: string, ...options: string[]) =>
    run(['train', '-', '--data', `images:${place}`, '--json', ...options], program(2));
  const losses = (out: string) =>
    out
      .trim()
      .split('\n')
      .map((line) => {
        const { trainLoss, trainAccuracy, testLoss, validationLoss } = JSON.parse(line);
        return { trainLoss, trainAccuracy, testLoss, validationLoss };
      });

  it('gives the same numbers whether pictures are held or read ahead, and on one thread or two', async () => {
    const place = folder(pets());
    const held = losses((await train(place, '--validation', '30%')).out);
    expect(held).toHaveLength(3);
    expect(held[2]!.trainLoss).toBeLessThan(held[0]!.trainLoss);
    for (const options of [[], ['--threads', '2']])
      expect(losses((await train(`${place},cache=0`, '--validation', '30%', ...options)).out)).toEqual(held);
  });

  it('leaves broken pictures out while they are read ahead', async () => {
    const place = folder({ ...pets(), 'dog/1.jpg': 'nothing' });
    expect((await train(`${place},cache=0`)).err).toContain('error[CNN4152]');
    const { out, err, status } = await train(`${place},cache=0`, '--skip-bad');
    expect(status).toBe(0);
    expect(err.match(/left out: .*dog\/1\.jpg/g)).toHaveLength(1);
    expect(losses(out)).toHaveLength(3);
    expect(losses(out)[2]!.testLoss).toBeGreaterThan(0);
  });

  it('leaves a run that is measured and predicts, broken pictures left out there too', async () => {
    const place = folder({ ...pets(), 'dog/1.jpg': 'nothing' });
    const out = `${folder({})}/run`;
    const file = `${folder({ 'pets.cnn': program(2) })}/pets.cnn`;
    await run(['train', file, '--data', `images:${place},cache=0,split=60%`, '--skip-bad', '--out', out]);
    const report = readFileSync(`${out}/report.html`, 'utf8');
    expect(new Set(report.match(/"file":"\w+/g))).toEqual(new Set(['"file":"cat', '"file":"dog']));
    expect((await run(['eval', out])).err).toContain('CNN4152');
    const measured = await run(['eval', out, '--skip-bad', '--json']);
    expect(JSON.parse(measured.out).count).toBe(8);
    const data = ['--data', `images:${place},cache=0,split=60%`, '--skip-bad', '--json'];
    const predicted = (await run(['predict', out, ...data])).out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(predicted.map(({ label }) => label)).toEqual([...Array(6).fill('cat'), ...Array(2).fill('dog')]);
    expect(new Set(predicted.map(({ image }) => image)).size).toBe(8);
    const one = await run(['predict', out, `${place}/dog/1.jpg`, `${place}/dog/2.jpg`, '--skip-bad', '--json']);
    expect(one.err).toContain('left out: ');
    expect(
      JSON.parse(one.out)
        .top.map((entry: { class: string }) => entry.class)
        .sort(),
    ).toEqual(['cat', 'dog']);
  });

  it('goes on where it was, whichever way the pictures are read, and says so when they are others', async () => {
    const files = pets();
    const place = folder(files);
    const [whole, parted] = [`${folder({})}/run`, `${folder({})}/run`];
    await train(place, '--out', whole);
    await train(`${place},cache=0`, '--out', parted, '--epochs', '1');
    expect((await train(place, '--out', parted, '--resume', '--epochs', '3')).err).not.toContain('the data was');
    const read = (run: string, name: string) => readFileSync(`${run}/${name}`, 'utf8');
    expect(read(parted, 'metrics.jsonl')).toBe(read(whole, 'metrics.jsonl'));
    expect(read(parted, 'best.safetensors')).toBe(read(whole, 'best.safetensors'));
    writeFileSync(`${place}/cat/0.png`, turned);
    expect((await train(place, '--out', parted, '--resume', '--epochs', '4')).err).toContain('the data was');
  });

  it('calls the classes by their names', async () => {
    const { out } = await run(['train', '-', '--data', `images:${folder(pets())}`], program(2));
    expect(out).toMatch(/true \\ predicted +cat +dog\n +cat +\d +\d\n +dog/);
  });
});
