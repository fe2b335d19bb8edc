import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { NetworkPorts, PlainDataset } from '../../src/data/dataset.ts';
import { loadData } from '../../src/data/load-data.ts';
import { folderOf, idx, npy, ramp, tinyMnist, zip, zip64 } from './files.ts';

async function failure(spec: string, shape?: readonly number[]): Promise<string> {
  return loadData(spec, { shape }).then(
    () => 'nothing was thrown',
    (error) => `${error.code} ${error.message}`,
  );
}

describe('mnist:', () => {
  it('reads plain and gzipped files, whatever they are called', async () => {
    const plain = tinyMnist();
    const named = folderOf(
      Object.fromEntries(Object.entries(plain).map(([name, bytes]) => [`${name}.gz`, gzipSync(bytes)])),
    );
    const unnamed = folderOf(Object.fromEntries(Object.entries(plain).map(([name, bytes]) => [name, gzipSync(bytes)])));
    const emnist = folderOf(
      Object.fromEntries(
        Object.entries(plain).map(([name, bytes]) => [`emnist-digits-${name.replace('t10k', 'test')}`, bytes]),
      ),
    );
    for (const folder of [folderOf(plain), named, unnamed, emnist]) {
      const data = await loadData(`mnist:${folder}`, { shape: [1, 3, 2] });
      expect(data.shape).toEqual([1, 3, 2]);
      expect(data.train.count).toBe(4);
      expect([...data.train.images]).toEqual([...ramp(24)]);
      expect([...data.train.labels]).toEqual([3, 1, 0, 2]);
      expect([...data.test.images]).toEqual([...ramp(12, 100)]);
      expect([...data.test.labels]).toEqual([1, 2]);
    }
  });

  it.each([
    ['a missing folder', undefined, 'CNN4141', 'does not exist'],
    ['a missing file', { 't10k-labels-idx1-ubyte': undefined }, 'CNN4141', 'no file `t10k-labels-idx1-ubyte`'],
    [
      'labels as images',
      { 'train-images-idx3-ubyte': idx([4], [0, 1, 2, 3]) },
      'CNN4142',
      'begins with 00 00 08 01, not 00 00 08 03',
    ],
    ['an empty file', { 'train-labels-idx1-ubyte': Buffer.alloc(0) }, 'CNN4142', 'begins with nothing'],
    ['half a header', { 'train-images-idx3-ubyte': idx([4, 3, 2], []).subarray(0, 9) }, 'CNN4143', 'has 9 bytes'],
    [
      'a truncated file',
      { 'train-images-idx3-ubyte': idx([4, 3, 2], ramp(23)) },
      'CNN4143',
      'has 39 bytes, but its header promises 40',
    ],
    [
      'a promise that no file of its size can keep',
      { 'train-images-idx3-ubyte': gzipSync(idx([40_000, 500, 500], ramp(24))) },
      'CNN4143',
      'promises 10000000016 bytes, and',
    ],
    [
      'a truncated gzip file',
      { 'train-images-idx3-ubyte': gzipSync(idx([4, 3, 2], ramp(24))).subarray(0, 30) },
      'CNN4143',
      'truncated',
    ],
    ['other counts', { 'train-labels-idx1-ubyte': idx([3], [0, 1, 2]) }, 'CNN4144', '4 images, but'],
    [
      'no images',
      { 'train-images-idx3-ubyte': idx([0, 3, 2], []), 'train-labels-idx1-ubyte': idx([0], []) },
      'CNN4144',
      '0 images',
    ],
    ['test images of another shape', { 't10k-images-idx3-ubyte': idx([2, 2, 3], ramp(12)) }, 'CNN4144', '2×3'],
  ])('tells of %s', async (_what, change, code, text) => {
    const files = { ...tinyMnist(), ...change };
    const present = Object.entries(files).filter((entry): entry is [string, Buffer] => entry[1] !== undefined);
    const folder = change ? folderOf(Object.fromEntries(present)) : '/nowhere/at/all';
    const message = await failure(`mnist:${folder}`);
    expect(message).toContain(code);
    expect(message).toContain(text);
    expect(message).toContain(folder);
  });

  it('tells both shapes when the network wants another', async () => {
    const message = await failure(`mnist:${folderOf(tinyMnist())}`, [1, 28, 28]);
    expect(message).toMatch(/^CNN4145 .*are 1×3×2, but the network's input is 1×28×28/);
  });
});

it('mnist: exchanges rows and columns where that is wanted, and says that EMNIST needs it', async () => {
  const files = tinyMnist();
  const place = folderOf(files);
  const plain = await loadData(`mnist:${place}`);
  const turned = await loadData(`mnist:${place},transpose`);
  expect([plain.shape, turned.shape]).toEqual([
    [1, 3, 2],
    [1, 2, 3],
  ]);
  const [a, b, c, d, e, f] = plain.train.images.subarray(6, 12);
  expect([...turned.train.images.subarray(6, 12)]).toEqual([a, c, e, b, d, f]);
  expect(turned.decisions).toEqual(['rows and columns exchanged (transpose)']);
  const emnist = folderOf(
    Object.fromEntries(Object.entries(files).map(([name, content]) => [`emnist-letters-${name}`, content])),
  );
  expect((await loadData(`mnist:${emnist}`)).decisions!.join()).toContain('`transpose` shows them upright');
  expect((await loadData(`mnist:${emnist},transpose`)).decisions!.join()).not.toContain('upright');
});

describe('cifar10: and cifar100:', () => {
  const record = (labels: number[], start: number) => Buffer.concat([Buffer.from(labels), ramp(3072, start)]);

  it('joins the batches of CIFAR-10 in order, with suffixes and names of classes', async () => {
    const folder = folderOf({
      'data_batch_2.bin': record([7], 2),
      'data_batch_1.first2.bin': Buffer.concat([record([5], 0), record([6], 1)]),
      'test_batch.bin': record([9], 3),
      'batches.meta.txt': 'a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n',
    });
    const { train, test, classes, shape } = await loadData(`cifar10:${folder}`);
    expect([...train.labels]).toEqual([5, 6, 7]);
    expect([train.images[0], train.images[3072], train.images[6144], train.images[6144 + 3071]]).toEqual([
      0,
      1,
      2,
      (2 + 3071) % 256,
    ]);
    expect([...test.labels]).toEqual([9]);
    expect(classes).toEqual([...'abcdefghij']);
    expect(shape).toEqual([3, 32, 32]);
  });

  it('takes the fine labels of CIFAR-100', async () => {
    const folder = folderOf({ 'train.bin': record([3, 77], 0), 'test.bin': record([1, 2], 9) });
    const { train, test } = await loadData(`cifar100:${folder}`);
    expect([...train.labels, ...test.labels]).toEqual([77, 2]);
    expect(train.images[0]).toBe(0);
  });

  it('tells of missing, truncated and foreign files', async () => {
    const good = record([1], 0);
    expect(await failure(`cifar10:${folderOf({})}`)).toMatch(/CNN4141 .*`data_batch_1.bin`/);
    expect(await failure(`cifar10:${folderOf({ 'data_batch_1.bin': good })}`)).toMatch(/CNN4141 .*`test_batch.bin`/);
    expect(await failure(`cifar100:${folderOf({ 'train.bin': record([1, 1], 0) })}`)).toMatch(/CNN4141 .*`test.bin`/);
    expect(await failure(`cifar10:${folderOf({ 'data_batch_1.bin': good.subarray(1) })}`)).toMatch(
      /CNN4143 .*3072 bytes/,
    );
    expect(await failure(`cifar10:${folderOf({ 'data_batch_1.bin': record([10], 0) })}`)).toMatch(/CNN4142 .*label 10/);
  });
});

describe('csv: with words for classes', () => {
  const table = (...words: string[]) => words.map((word, n) => `${n},${n + 1},${n + 2},255,${word}`).join('\n');
  const load = (text: string, more = '', network?: NetworkPorts) => {
    const files = folderOf({ 'a.csv': text });
    const options = { network: network as never };
    return loadData(`csv:${files}/a.csv,noheader${more}`, options) as Promise<PlainDataset>;
  };

  it('numbers them in the order of the alphabet, wherever the column is', async () => {
    const words = ['dog', 'cat', 'dog', 'ape', 'cat', 'dog', 'ape', 'cat', 'ape', 'dog'];
    const last = await load(table(...words));
    expect(last.classes).toEqual(['ape', 'cat', 'dog']);
    const rank = (word: string) => last.classes!.indexOf(word);
    const found = [...last.train.labels, ...last.test.labels];
    const images = [...last.train.images, ...last.test.images];
    expect(found).toEqual(found.map((_, n) => rank(words[images[4 * n]!]!)));
    expect(last.decisions!.join('; ')).toContain('labels in the last column');
    expect(last.decisions!.join('; ')).toContain('3 classes by name, from ape to dog');
    const first = await load(words.map((word, n) => `"${word}, x",${n},0,0,255`).join('\n'));
    expect(first.classes).toEqual(['ape, x', 'cat, x', 'dog, x']);
  });

  it('are the same in a file of test images', async () => {
    const { classes, train, test } = await load(
      table('dog', 'cat', 'dog'),
      ',test=FOLDER/b.csv'.replace('FOLDER', folderOf({ 'b.csv': table('fox', 'cat') })),
    );
    expect(classes).toEqual(['cat', 'dog', 'fox']);
    expect([[...train.labels], [...test.labels]]).toEqual([
      [1, 0, 1],
      [2, 0],
    ]);
  });

  it.each([
    [table('dog', '3'), 'CNN4148 ', 'the label `3` is no word, but those before are'],
    [table('3', 'dog'), 'CNN4148 ', 'value 5 is not a number'],
    [table('dog', ''), 'CNN4148 ', 'no word'],
    [table('nan', '1'), 'CNN4148 ', 'value 5 is not a number'],
    ['a,b,1,2,3\na,b,1,2,3', 'CNN4148 ', 'value 2 is not a number'],
  ])('and are not mixed with numbers: %#', async (text, code, message) => {
    const told = await load(text).catch(({ code, problem }) => `${code} ${problem}`);
    expect(told).toContain(code);
    expect(told).toContain(message);
  });

  it('must be as many as the network has', async () => {
    const network = { inputs: { image: [1, 2, 2] }, targets: { label: { kind: 'class', classes: 3 } } };
    const told = await load(table('a', 'b', 'a', 'b', 'a', 'b'), '', network).catch(
      ({ code, hint }) => `${code} ${hint}`,
    );
    expect(told).toBe('CNN4154 declare `target label: class(2)`, and as many scores in the last layer');
  });
});

describe('csv:', () => {
  it('reads bytes with a line of titles and holds a fifth of the lines back for testing', async () => {
    const lines = Array.from({ length: 12 }, (_, n) => `${n % 3},${n},${n + 1},${n + 2},255`);
    const folder = folderOf({ 'a.csv': `label,p1,p2,p3,p4\r\n${lines.join('\r\n')}\r\n` });
    const { train, test, shape } = await loadData(`csv:${folder}/a.csv`);
    expect(shape).toEqual([1, 2, 2]);
    expect(train.images).toBeInstanceOf(Uint8Array);
    expect([train.count, test.count]).toEqual([10, 2]);
    for (const [n, label] of [...test.labels].entries()) {
      const [first = 0] = test.images.subarray(4 * n);
      expect([...test.images.subarray(4 * n, 4 * n + 4)]).toEqual([first, first + 1, first + 2, 255]);
      expect(label).toBe(first % 3);
    }
  });

  it('reads real values, a file of its own for testing, and the shape of the network', async () => {
    const folder = folderOf({ 'a.csv': '1,0.5,-2,1e1,4,0,0\n0,1.5,2.5,3,4,5,6\n', 'b.csv': '1,1,1,1,1,1,1' });
    const { train, test, shape } = await loadData(`csv:${folder}/a.csv,test=${folder}/b.csv`, { shape: [3, 1, 2] });
    expect(shape).toEqual([3, 1, 2]);
    expect([...train.images].slice(0, 4)).toEqual([0.5, -2, 10, 4]);
    expect([train.count, test.count]).toEqual([2, 1]);
  });

  it.each([
    ['1,2,3,4,5\n1,2,x,4,5', 'line 2: value 3 is not a number'],
    ['1,2,3,4,5\n1,2,3,4', 'line 2: 4 values, but 5'],
    ['1,2,3,4,5\n1,2,,4,5', 'line 2: value 3 is not a number'],
    ['', 'there are no images'],
  ])('tells what is wrong with %j', async (text, message) => {
    const found = await failure(`csv:${folderOf({ 'a.csv': text })}/a.csv`);
    expect(found).toContain('CNN4148');
    expect(found).toContain(message);
  });
});

it('npz: reads Zip64, whose numbers have 64 bits', async () => {
  const arrays = {
    'x_train.npy': npy('|u1', [2, 2, 2], ramp(8)),
    'y_train.npy': npy('|u1', [2], Uint8Array.of(0, 1)),
    'x_test.npy': npy('|u1', [1, 2, 2], ramp(4, 9)),
    'y_test.npy': npy('|u1', [1], Uint8Array.of(1)),
  };
  const { train, test } = await loadData(`npz:${folderOf({ 'a.npz': zip64(arrays) })}/a.npz`);
  expect([...(train.images as Uint8Array)]).toEqual([...ramp(8)]);
  expect([...(test.images as Uint8Array)]).toEqual([...ramp(4, 9)]);
  for (const cut of [20, 30, 60]) {
    const broken = zip64(arrays);
    broken.fill(0xff, broken.length - 22 - cut, broken.length - 22);
    expect(await failure(`npz:${folderOf({ 'a.npz': broken })}/a.npz`)).toMatch(/^CNN4149 /);
  }
});

describe('npz:', () => {
  const float = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
  const long = (...values: number[]) => new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
  const arrays = {
    'x_train.npy': npy('|u1', [2, 3, 2], ramp(12)),
    'y_train.npy': npy('<i8', [2], long(4, 5)),
    'x_test.npy': npy('|u1', [1, 3, 2], ramp(6, 50)),
    'y_test.npy': npy('|u1', [1], Uint8Array.of(6)),
  };
  const read = (files: Record<string, Buffer>, deflate = false) =>
    `npz:${folderOf({ 'a.npz': zip(files, deflate) })}/a.npz`;

  it.each([false, true])('reads arrays (deflated: %s)', async (deflate) => {
    const { train, test, shape } = await loadData(read(arrays, deflate));
    expect(shape).toEqual([1, 3, 2]);
    expect([...train.images]).toEqual([...ramp(12)]);
    expect([...train.labels]).toEqual([4, 5]);
    expect([...test.images]).toEqual([...ramp(6, 50)]);
    expect([...test.labels]).toEqual([6]);
  });

  it('turns channels-last images and takes floats as they are', async () => {
    // Pixel p of channel c has the value (10 p + c) / 16.
    const pixels = Array.from({ length: 5 * 5 * 3 }, (_, i) => (10 * Math.floor(i / 3) + (i % 3)) / 16);
    const image = npy('<f4', [1, 5, 5, 3], float(...pixels));
    const data = await loadData(
      read({ ...arrays, 'x_train.npy': image, 'x_test.npy': image, 'y_train.npy': arrays['y_test.npy'] }),
    );
    expect(data.shape).toEqual([3, 5, 5]);
    expect([...data.train.images].slice(25, 28)).toEqual([1 / 16, 11 / 16, 21 / 16]);
  });

  const pairs = {
    'left_train.npy': npy('|u1', [2, 3, 2], ramp(12)),
    'right_train.npy': npy('<f4', [2, 4], float(1, 2, 3, 4, 5, 6, 7, 8)),
    'same_train.npy': npy('<f4', [2, 1], float(0, 1)),
    'left_test.npy': npy('|u1', [1, 3, 2], ramp(6)),
    'right_test.npy': npy('<f4', [1, 4], float(9, 8, 7, 6)),
    'same_test.npy': npy('<f4', [1, 1], float(1)),
  };
  const network = { inputs: { left: [1, 3, 2], right: [4] }, targets: { same: { kind: 'tensor', shape: [1] } } };

  it('reads an array for each of several inputs, by name; the only target is y or has its name', async () => {
    const named = { ...network, targets: { ...network.targets, other: { shape: [1] } } };
    const other = { 'other_train.npy': pairs['same_train.npy'], 'other_test.npy': pairs['same_test.npy'] };
    const { train, test, shape } = await loadData(read({ ...pairs, ...other }), { network: named });
    expect(shape).toBeUndefined();
    expect(train.count).toBe(2);
    expect(train.images).toEqual({ left: ramp(12), right: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) });
    expect(train.labels).toEqual({ same: Float32Array.of(0, 1), other: Float32Array.of(0, 1) });
    expect(test.images).toEqual({ left: ramp(6), right: Float32Array.of(9, 8, 7, 6) });
    const single = { ...pairs, 'y_train.npy': pairs['same_train.npy'], 'y_test.npy': pairs['same_test.npy'] };
    expect((await loadData(read(single), { network })).train.labels).toEqual(Float32Array.of(0, 1));
  });

  it('needs no labels for a network without targets', async () => {
    const images = { 'x_train.npy': arrays['x_train.npy'], 'x_test.npy': arrays['x_test.npy'] };
    const { train } = await loadData(read(images), { network: { inputs: { image: [1, 3, 2] }, targets: {} } });
    expect(train).toEqual({ count: 2, images: ramp(12), labels: {} });
  });

  it('tells where arrays by name do not fit', async () => {
    const fails = (files: Record<string, Buffer>) =>
      loadData(read(files), { network }).catch((error) => `${error.code} ${error.message}`);
    const short = { ...pairs, 'y_train.npy': pairs['same_train.npy'], 'right_train.npy': pairs['right_test.npy'] };
    expect(await fails(short)).toMatch(/CNN4144 .*`left_train` has 2 images, but `right_train` has 1 images/);
    expect(await fails(arrays)).toMatch(/CNN4149 .*no array `left_train`; it has x_train.npy/);
    const single = await loadData('digits:20', { network }).catch((error) => `${error.code} ${error.message}`);
    expect(single).toMatch(
      /CNN4145 `digits:20` has one image each, but the network's inputs are left, right; use `npz:/,
    );
  });

  it('tells of archives that are not', async () => {
    const { 'x_test.npy': _gone, ...rest } = arrays;
    expect(await failure(read(rest))).toMatch(/CNN4149 .*no array `x_test`; it has x_train.npy/);
    expect(await failure(read({ ...arrays, 'y_train.npy': arrays['y_test.npy'] }))).toMatch(
      /CNN4144 .*2 images.*1 labels/,
    );
    expect(await failure(read({ ...arrays, 'x_train.npy': npy('<c8', [1], new Uint8Array(8)) }))).toMatch(
      /CNN4149 .*type <c8/,
    );
    expect(await failure(read({ ...arrays, 'x_train.npy': npy('|u1', [2, 3, 2], ramp(11)) }))).toMatch(
      /CNN4149 .*truncated/,
    );
    const folder = folderOf({ 'a.npz': 'no archive at all, though long enough' });
    expect(await failure(`npz:${folder}/a.npz`)).toMatch(/CNN4149 .*no zip archive/);
    writeFileSync(join(folder, 'b.npz'), zip(arrays, true).subarray(60));
    expect(await failure(`npz:${folder}/b.npz`)).toMatch(/CNN41(43|49)/);
  });
});

describe('specifications', () => {
  it.each([
    '',
    'mnist',
    'mnist:',
    'minst:/tmp',
    'toString:x',
    'digits:none',
    'digits:0',
    'digits:train=0',
    'digits:size=4',
  ])('CNN4140 for %j', async (spec) => {
    expect(await failure(spec)).toContain('CNN4140');
  });

  it('CNN4146 for folders of pictures, which a module does not read', async () => {
    expect(await failure('images:somewhere')).toMatch(/CNN4146.*`cnnc train /);
  });
});
