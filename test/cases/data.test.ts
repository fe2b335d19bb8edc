/** @file Small data files and networks that were once read wrongly without a word. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compileSource } from '../../src/compile.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import type { LoadOptions } from '../../src/data/format.ts';
import { loadData } from '../../src/data/load-data.ts';
import { run } from '../cli/recorder.ts';
import { folderOf, npy, ramp, tinyMnist, zip } from '../data/files.ts';
import { loadModule } from '../support/load-module.ts';

const path = (name: string) => new URL(`./inputs/${name}`, import.meta.url).pathname;
const source = (name: string) => readFileSync(path(`${name}.cnn`), 'utf8');

describe('several inputs', () => {
  const rgbd = source('normalize-two-inputs');
  const named = rgbd.replace('normalize mean', 'normalize image, mean');
  const values = { image: new Float32Array(18).fill(0.5), depth: new Float32Array(6).fill(0.5) };

  it('the means of one are refused for another', async () => {
    await expect(loadModule(rgbd)).rejects.toThrow(/`image` has 3 channels, `depth` has 1 channel/);
  });

  it.each(['js', 'wasm'] as const)('are normalised each by its own numbers: %s', async (target) => {
    const staged = async (text: string) => {
      const trainer = await (await loadModule(text, { target })).createTrainer();
      trainer.parameters.get('d.weight')!.data.fill(1);
      return [...trainer.predict(values)];
    };
    expect(await staged(named)).toEqual(Array(6).fill(0.5));
    const both = named.replace('normalize image', 'normalize depth, mean: 0.25, std: 0.5\n normalize image');
    expect(await staged(both)).toEqual(Array(6).fill(0.5));
    const other = named.replace('normalize image', 'normalize depth, mean: 1, std: 2\n normalize image');
    expect(await staged(other)).toEqual(Array(6).fill(-0.25));
  });

  it('are flipped if they are named', async () => {
    const text = `network Two {
      input left: [1, 2, 2]
      input right: [1, 2, 2]
      l = left -> conv(1, 1x1, init: ones)
      r = right -> conv(1, 1x1, init: ones)
      loss mean((l - right) ^ 2) + mean((r - right) ^ 2)
      output l
    }
    train Two { augment left, flip(horizontal) }`;
    const losses = async (program: string) => {
      const trainer = await (await loadModule(program)).createTrainer();
      const images = { left: new Float32Array(32 * 4), right: new Float32Array(32 * 4) };
      for (let i = 0; i < 128; i++) images.left[i] = images.right[i] = i % 4;
      const split = { count: 32, images, labels: {} };
      const { value } = await trainer.fit({ train: split, test: split }, { epochs: 1, batch: 32 }).next();
      return value!.trainLoss;
    };
    expect(await losses(text.replace('left, flip', 'flip'))).toBe(0);
    expect(await losses(text)).toBeGreaterThan(0.1);
  });
});

describe('targets that are maps', () => {
  const bytes = Uint8Array.from({ length: 2 * 192 }, (_, i) => (i * 37) % 256);
  const floats = Float32Array.from(bytes, (byte) => byte / 255);

  it.each([
    ['js', 1],
    ['wasm', 1],
    ['wasm', 2],
  ] as const)('are scaled as images are: %s, %d threads', async (target, threads) => {
    const { createTrainer } = await loadModule(source('image-targets'), { target });
    const trainer = await createTrainer({ threads });
    for (const images of [bytes, floats])
      for (const labels of [bytes, floats]) expect(trainer.evaluate({ images, labels }).loss).toBeLessThan(1e-12);
    trainer.dispose();
  });

  it.each(['js', 'wasm'] as const)('and augmented with them: %s', async (target) => {
    const text = source('image-targets').replace('batch 4', 'batch 2 augment flip(horizontal), crop(pad: 2)');
    const trainer = await (await loadModule(text, { target })).createTrainer();
    const split = { count: 2, images: bytes, labels: bytes };
    for await (const { trainLoss } of trainer.fit({ train: split, test: split }, { epochs: 3 }))
      expect(trainLoss).toBeLessThan(1e-12);
  });

  const segments = `network Segments {
    input x: [1, 2, 2]
    target mask: [1, 2, 2]
    y = x -> conv(1, 1x1)
    loss bce(y, mask)
    output y
  }`;
  it.each([
    [Float32Array.of(0, 1, 0.5, 1), undefined],
    [Uint8Array.of(0, 255, 7, 255), undefined],
    [Uint8Array.of(0, 0, 0, 0), undefined],
    [Uint8Array.of(0, 1, 0, 1), 'CNN4130'],
    [Float32Array.of(0, 1, 255, 0), 'CNN4130'],
    [Float32Array.of(0, -0.5, 0, 0), 'CNN4130'],
    [Float32Array.of(0, Number.NaN, 0, 0), 'CNN4130'],
    [Int32Array.of(0, 1, 0, 1), 'CNN4131'],
  ])('of probabilities are checked: %j', async (labels, code) => {
    const trainer = await (await loadModule(segments)).createTrainer();
    const step = () => trainer.evaluate({ images: new Uint8Array(4), labels });
    if (code) expect(step).toThrow(expect.objectContaining({ code }));
    else expect(step().loss).toBeGreaterThan(0);
  });
});

describe('arrays of other types', () => {
  const text =
    'network N { input x: [1, 2, 2] target t: class(300) y = x -> dense(300) loss crossentropy(y, t) output y }';
  it.each([Int32Array, Uint16Array, Int8Array, Uint8ClampedArray, BigInt64Array])('%o are refused', async (Type) => {
    const trainer = await (await loadModule(text)).createTrainer();
    expect(() => trainer.predict(new Type(4) as never)).toThrow(expect.objectContaining({ code: 'CNN4131' }));
  });

  it('labels of all whole types are right, in parts held out as well', async () => {
    const trainer = await (await loadModule(text)).createTrainer();
    const images = new Uint8Array(40);
    for (const Type of [Int16Array, Uint16Array, Uint32Array, Int32Array, Float32Array, Float64Array]) {
      const split = { count: 10, images, labels: new Type(10).fill(299) as never };
      const results = trainer.fit({ train: split, test: split }, { epochs: 1, validation: 0.5, resume: false });
      for await (const { testLoss, validationLoss } of results) expect(validationLoss).toBeCloseTo(testLoss, 5);
    }
    expect(() => trainer.evaluate({ images: new Uint8Array(4), labels: new BigInt64Array(1) as never })).toThrow(
      /`t` are a BigInt64Array/,
    );
  });
});

/** Like a network whose only input has this shape. */
const ports = (input: readonly number[], target: object) => ({
  network: { inputs: { x: input }, targets: { t: target } },
});
const classes = (count: number) => ports([1, 2, 2], { classes: count, shape: [] });

const failing = (spec: string, options: LoadOptions & { network: object } = classes(3)) =>
  loadData(spec, options).then(
    () => 'nothing was thrown',
    (error) => `${error.code} ${error.message}`,
  );

describe('csv:', () => {
  it('what NumPy writes has no titles, and what was decided is said', async () => {
    const { train, test, decisions } = await loadData(`csv:${path('csv-savetxt.csv')}`, classes(3));
    expect(train.count + test.count).toBe(7);
    expect(decisions).toEqual([
      '7 lines, no titles; labels in the first column',
      'values, 0.003 to 0.997, taken as they are (scale=1)',
      '1 of 7 held back for the test, by class (split=20%, seed=1)',
    ]);
  });

  it('the likely column of the labels is named', async () => {
    const spec = `csv:${path('csv-label-last.csv')}`;
    expect(await failing(spec)).toMatch(
      /CNN4150 the first column of `.*` holds 0.637, which is no class, the last one holds whole numbers up to 2: where are the labels\?; add `label=last`/,
    );
    const { train, test } = await loadData(`${spec},label=last,split=0.15`, classes(3));
    const labels = [...(train.labels as Float32Array), ...(test.labels as Float32Array)];
    expect(labels.sort()).toEqual([0, 0, 0, 1, 1, 2, 2]);
    const pixels = [...(train.images as Float32Array), ...(test.images as Float32Array)];
    expect(pixels).toEqual(expect.arrayContaining([0.637, 0.27, 0.041, 0.017].map(Math.fround)));
    const named = await loadData(`${spec},label=5,split=0.15`, classes(3));
    expect(named.train).toEqual(train);
  });

  it('one value of 0.5 does not change the scale of all', async () => {
    const [bytes, mixed] = await Promise.all(
      ['csv-integers', 'csv-integers-one-half'].map((name) => loadData(`csv:${path(`${name}.csv`)}`, classes(3))),
    );
    const trainer = await (await loadModule(source('csv-integers'))).createTrainer();
    const [one, other] = [bytes, mixed].map((data) => trainer.evaluate(data!.train).loss);
    expect(one).toBeCloseTo(other!, 2);
    expect(bytes!.decisions![1]).toMatch(/divided by 255/);
    expect(mixed!.decisions![1]).toMatch(/divided by 255/);
  });

  it('every class has its share of the test, drawn from the seed', async () => {
    const split = (options: string) => loadData(`csv:${path('csv-order.csv')}${options}`, classes(2));
    const { train, test } = await split('');
    const ones = (labels: unknown) => [...(labels as Float32Array)].filter((label) => label === 1).length;
    expect([train.count, ones(train.labels), test.count, ones(test.labels)]).toEqual([48, 24, 12, 6]);
    expect(await split(',split=20%,seed=1')).toEqual(await split(''));
    expect((await split(',seed=2')).test).not.toEqual(test);
    expect((await split(',split=50%')).test.count).toBe(30);
  });

  const rows = (...lines: string[]) =>
    `csv:${folderOf({ 'a,b=c.csv': lines.join('\n') })}/a,b=c.csv`.replace(/:(.*)/, ':"$1"');
  it.each([
    [['"5","1","2","3","4"', '5,1,2,3,4'], '', 2],
    [['1e0,1e2,2,3,4', '1,1,2,3,4'], '', 2],
    [[',a,b,c,d', '0,1,2,3,4', '1,1,2,3,4'], '', 2],
    [['"a, b",p,q,r,s', '0,1,2,3,4', '1,1,2,3,4'], '', 2],
    [['label,1,2,3,4', '0,1,2,3,4', '1,1,2,3,4'], ',header', 2],
    [['p;q;r;s;label', '0,5;1;2;3;0', '9;1;2;3;1'].map((line) => line.replace('0,5', '5')), '', 2],
    [['5 1 2 3 4', '5  1 2 3 4'], '', 2],
    [['\ufeff1,1,2,3,4', '1,1,2,3,4', ''], '', 2],
  ])('titles, quotes and separators: %j', async (lines, options, count) => {
    const { train, test } = await loadData(`${rows(...lines)}${options},split=50%`, classes(6));
    expect(train.count + test.count).toBe(count);
    expect(train.images).toBeInstanceOf(Uint8Array);
  });

  it.each([
    [['NaN,1,2,3,4', '1,1,2,3,4'], '', 'CNN4148 .*line 1: value 1 is not a number'],
    [['0x1F,1,2,3,4', '1,1,2,3,4'], ',noheader', 'CNN4148 .*line 2: the label `1` is no word'],
    [['1,1,2,3,4', '1,0b11,2,3,4'], '', 'CNN4148 .*line 2: value 2'],
    [['label,1,2,3,4', '1,1,2,3,4'], '', 'CNN4150 .*line 1 holds words and numbers.*`header`.*`noheader`'],
    [['0,1,2,3,4,5,6,7', '1,1,2,3,4,5,6,7'], '', 'CNN4150 .*counts its columns'],
    [['0,1,2,3,4', '1,1,2,3,256'], '', 'CNN4151 .*whole numbers from 1 to 256.*`scale=256`'],
    [['0,1,2,3,4', '1,1,2,3,-1'], '', 'CNN4151 .*from -1 to 4'],
    [['0,0.5,0.2,0.3,99.5', '1,0.1,0.2,0.3,0.4'], '', 'CNN4151 .*real numbers from 0.1 to 99.5: are these bytes'],
    [['0,9,9,9,1', '0,9,9,9,2'], '', 'CNN4150 .*holds 0 alone, the last one holds whole numbers up to 2'],
    [['0,1,2,3,4'], '', 'CNN4144 1 images are too few'],
    [['0,1,2,3,4'], ',label=9', 'CNN4148 .*no column `9`, but 5 columns'],
    [['0,1,2,3,4'], ',labels=9', 'CNN4140 `labels=9` is no option of `csv`; did you mean `label`'],
    [['0,1,2,3,4'], ',b.csv', 'CNN4140 `b.csv` is no option.*`test=FILE`.*quotation marks'],
    [['0,1,2,3,4'], ',split=2', 'CNN4140 `split=2`'],
    [['0,1,2,3,4'], ',split=9%,split=9%', 'CNN4140 `split` is given twice'],
    [['0,1,2,3,4'], ',scale=0', 'CNN4140 `scale=0`'],
  ])('is refused: %j%s', async (lines, options, message) => {
    expect(await failing(rows(...lines) + options)).toMatch(new RegExp(message));
  });

  it('labels by title, pixels with channels last, a file for the test, gzipped', async () => {
    const text = gzipSync('a,b,c,d,class\n10,20,30,40,2\n1,2,3,4,0\n');
    const folder = folderOf({ 'a.csv.gz': text, 'b,c.csv': 'a,b,c,d,class\n255,0,1,2,1' });
    const data = await loadData(
      `csv:${folder}/a.csv.gz,layout=nhwc,test="${folder}/b,c.csv"`,
      ports([2, 1, 2], { classes: 3 }),
    );
    expect(data.train).toEqual({
      count: 2,
      images: Uint8Array.of(10, 30, 20, 40, 1, 3, 2, 4),
      labels: Float32Array.of(2, 0),
    });
    expect(data.test).toEqual({ count: 1, images: Uint8Array.of(255, 1, 0, 2), labels: Float32Array.of(1) });
    expect(data.decisions![0]).toBe('2 lines, titles in line 1; labels in the last column, `class`');
  });

  it('many blocks are put together in order', async () => {
    const width = 3000;
    const lines = Array.from({ length: 200 }, (_, n) => `${n % 3},${`${n},`.repeat(width - 1)}${n}`);
    const { train, test } = await loadData(rows(...lines), ports([1, 1, width], { classes: 3 }));
    const images = [...(train.images as Uint8Array), ...(test.images as Uint8Array)];
    const labels = [...(train.labels as Float32Array), ...(test.labels as Float32Array)];
    const order = labels.map((_, n) => images[n * width]!);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, n) => n));
    labels.forEach((label, n) => {
      expect([label, images[n * width + width - 1]]).toEqual([order[n]! % 3, order[n]]);
    });
  });
});

describe('npz:', () => {
  it.each(['image-targets-bytes', 'image-targets-nchw'])('targets are read as images are: %s', async (name) => {
    const { createTrainer } = await loadModule(source('image-targets'));
    const trainer = await createTrainer();
    const data = await loadData(`npz:${path(`${name}.npz`)}`, { network: trainer.network });
    for await (const { trainLoss, testLoss } of trainer.fit(data, { epochs: 1 }))
      expect(Math.max(trainLoss, testLoss)).toBeLessThan(1e-12);
  });

  it.each(['npz-fortran', 'npz-half'])('%s is read', async (name) => {
    const { train, test } = await loadData(`npz:${path(`${name}.npz`)}`, ports([1, 3, 4], { classes: 3, shape: [] }));
    const images = train.images as Float32Array;
    // The test images are the training images, as floats of 32 bits in C order.
    (test.images as Float32Array).forEach((value, i) => {
      expect(images[i]).toBeCloseTo(value, name === 'npz-half' ? 3 : 6);
    });
  });

  const tiny = (x: Buffer, y = npy('|u1', [2], Uint8Array.of(0, 1))) => zip({ 'x.npy': x, 'y.npy': y }, true);
  const read = (file: Uint8Array, options = '') => `npz:${folderOf({ 'a.npz': file })}/a.npz,split=50%${options}`;
  const of = (Type: { from(values: number[]): { buffer: ArrayBufferLike } }, ...values: number[]) =>
    new Uint8Array(Type.from(values).buffer);
  const swapped = (size: number, bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
    return bytes;
  };
  const longs = (...values: number[]) => new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);

  it.each([
    ['|u1', of(Uint8Array, 0, 51, 102, 255), [0, 51, 102, 255]],
    ['<u2', of(Uint16Array, 0, 51, 102, 255), [0, 51, 102, 255]],
    ['>i2', swapped(2, of(Int16Array, 0, 51, 102, 255)), [0, 51, 102, 255]],
    ['<i4', of(Int32Array, 0, 51, 102, 255), [0, 51, 102, 255]],
    ['>i8', swapped(8, longs(0, 51, 102, 255)), [0, 51, 102, 255]],
    ['<i8', longs(0, 51, 102, 255), [0, 51, 102, 255]],
    ['|b1', of(Uint8Array, 0, 1, 1, 0), [0, 255, 255, 0]],
    ['|u1', of(Uint8Array, 0, 1, 1, 0), [0, 255, 255, 0]],
    ['|i1', of(Int8Array, -1, 1, 1, 0), [-255, 255, 255, 0]],
    ['>f4', swapped(4, of(Float32Array, 0, 0.2, -0.4, 1)), [0, 51, -102, 255]],
    ['>f8', swapped(8, of(Float64Array, 0, 0.2, -0.4, 1)), [0, 51, -102, 255]],
    ['<f2', of(Uint16Array, 0, 0x3266, 0xb666, 0x3c00), [0, 51, -102, 255]],
  ])('%s', async (type, bytes, wanted) => {
    const { train, test } = await loadData(read(tiny(npy(type, [2, 2], bytes))), ports([1, 1, 2], { classes: 2 }));
    const values = [train, test].flatMap(({ images }) =>
      Array.from(images as Uint8Array, (value) => (images instanceof Uint8Array ? value : 255 * value)),
    );
    const [a, b, c, d] = wanted as [number, number, number, number];
    const order = (train.labels as Uint8Array)[0] === 0 ? [a, b, c, d] : [c, d, a, b];
    values.forEach((value, i) => {
      expect(value).toBeCloseTo(order[i]!, 1);
    });
  });

  it.each([
    [
      '<f4',
      of(Float32Array, 0, 100, 200, 255),
      '',
      'CNN4151 .*`x` are real numbers from 0 to 255: are these bytes.*`scale=255`.*`scale=1`',
    ],
    ['<u2', of(Uint16Array, 0, 100, 200, 65535), '', 'CNN4151 .*whole numbers from 0 to 65535'],
    ['<f4', of(Float32Array, 0, Number.NaN, 0, 0), '', 'CNN4149 .*`x` hold NaN'],
    ['<c8', new Uint8Array(32), '', 'CNN4149 .*type <c8'],
    ['<f4', of(Float32Array, 0, 0, 0, 0), ',layout=chw', 'CNN4140 `layout=chw`'],
    ['<f4', of(Float32Array, 0, 0, 0, 0), ',scale_other=9', 'CNN4140 `scale_other=9` decides nothing'],
    ['<f4', of(Float32Array, 0, 0, 0, 0), ',scale_t=9', 'CNN4140 `scale_t=9` decides nothing'],
  ])('refuses %s %j%s', async (type, bytes, options, message) => {
    const spec = read(tiny(npy(type, [2, 2], bytes)), options);
    expect(await failing(spec, ports([1, 1, 2], { classes: 2 }))).toMatch(new RegExp(message));
  });

  it('numbers in doubt are read as is said, each array by its own', async () => {
    const file = zip({
      'x.npy': npy('<f4', [2, 2], of(Float32Array, 0, 51, 102, 255)),
      'y.npy': npy('<f4', [2, 1, 2], of(Float32Array, 0, 50, 100, 20)),
    });
    const network = ports([1, 1, 2], { shape: [1, 1, 2] });
    const { train, test, decisions } = await loadData(read(file, ',scale=255,scale_t=100'), network);
    expect(decisions!.slice(0, 2)).toEqual([
      'values of `x`, 0 to 255, divided by 255 (scale=255)',
      'values of `y`, 0 to 100, divided by 100 (scale=100)',
    ]);
    const all = [train, test].sort((a, b) => (a.images as Float32Array)[0]! - (b.images as Float32Array)[0]!);
    expect(all.map(({ labels }) => Array.from(labels as Float32Array, (value) => Number(value.toFixed(3))))).toEqual([
      [0, 0.5],
      [1, 0.2],
    ]);
  });

  it('one-hot labels become class numbers', async () => {
    const bytes = npy('|u1', [2, 2], ramp(4, 100));
    const hot = (values: number[]) => read(tiny(bytes, npy('<f4', [2, 3], of(Float32Array, ...values))));
    const network = ports([1, 1, 2], { classes: 3, shape: [] });
    const { train, test, decisions } = await loadData(hot([0, 0, 1, 1, 0, 0]), network);
    expect([...(train.labels as Int32Array), ...(test.labels as Int32Array)].sort()).toEqual([0, 2]);
    expect(decisions).toContain('`y` is one-hot: the places of the ones are the classes');
    expect(await failing(hot([0, 0, 1, 0.5, 0.5, 0]), network)).toMatch(/CNN4149 .*not one is 1/);
  });

  it('channels are where they fit; both stop', async () => {
    const cube = read(tiny(npy('|u1', [2, 3, 3, 3], ramp(54))));
    const network = ports([3, 3, 3], { classes: 2 });
    expect(await failing(cube, network)).toMatch(/CNN4150 `x` has 3×3×3 values.*`layout=nchw` or `layout=nhwc`/);
    const [first, last] = await Promise.all(
      ['nchw', 'nhwc'].map((layout) => loadData(`${cube},layout=${layout}`, network)),
    );
    const image = (data: Dataset) => [...(data.train.images as Uint8Array)].slice(0, 3).map((v) => v % 27);
    expect(image(first!)).toEqual([0, 1, 2]);
    expect(image(last!)).toEqual([0, 3, 6]);
    // Two rows of three columns: no other order has this shape.
    const wide = await loadData(read(tiny(npy('|u1', [2, 2, 3, 5], ramp(60)))), ports([5, 2, 3], { classes: 2 }));
    expect([...(wide.train.images as Uint8Array)].slice(0, 3).map((v) => v % 30)).toEqual([0, 5, 10]);
  });

  it('signals have their channels where they fit, and in a square where it is said', async () => {
    const signals = (shape: number[], option = '') => read(tiny(npy('|u1', [2, ...shape], ramp(30))), option);
    const first = async (spec: string, shape: number[]) => {
      const { train } = await loadData(spec, ports(shape, { classes: 2 }));
      return [...(train.images as Uint8Array)].slice(0, 3).map((v) => v % (shape[0]! * shape[1]!));
    };
    expect(await first(signals([3, 5]), [3, 5])).toEqual([0, 1, 2]);
    expect(await first(signals([5, 3]), [3, 5])).toEqual([0, 3, 6]);
    expect(await first(signals([15], ',layout=nhwc'), [3, 5])).toEqual([0, 3, 6]);
    const square = (option: string) => first(read(tiny(npy('|u1', [2, 3, 3], ramp(18))), option), [3, 3]);
    expect(await square('')).toEqual([0, 1, 2]);
    expect(await square(',layout=nhwc')).toEqual([0, 3, 6]);
  });

  it('a folder of arrays is like an archive; what is damaged or doubled is refused', async () => {
    const arrays = { 'x.npy': npy('|u1', [2, 2], ramp(4, 9)), 'y.npy': npy('|u1', [2], Uint8Array.of(0, 1)) };
    const network = ports([1, 1, 2], { classes: 2 });
    const spec = (file: Uint8Array) => read(file);
    expect(await loadData(`npz:${folderOf(arrays)},split=50%`, network)).toEqual(
      await loadData(spec(zip(arrays)), network),
    );
    for (const deflate of [false, true]) {
      const file = zip(arrays, deflate);
      for (const at of [file.indexOf(Buffer.from('NUMPY')) + 130, file.indexOf('x.npy') + 45]) {
        const broken = Buffer.from(file);
        broken[at]! ^= 4;
        expect(await failing(spec(broken), network)).toMatch(/^CNN41(43|49)/);
      }
    }
    const twice = Buffer.from(
      zip({ ...arrays, 'z.npy': arrays['x.npy'] })
        .toString('latin1')
        .replaceAll('z.npy', 'x.npy'),
      'latin1',
    );
    expect(await failing(spec(twice), network)).toMatch(/CNN4149 .*`x.npy` twice/);
  });

  it('nothing is unpacked beyond what headers promise and networks take', async () => {
    const bomb = {
      'x.npy': npy('|u1', [2, 2], new Uint8Array(2 ** 26)),
      'y.npy': npy('|u1', [2], Uint8Array.of(0, 1)),
    };
    expect(await failing(read(zip(bomb, true)), ports([1, 1, 2], { classes: 2 }))).toMatch(/CNN4149 .*too long/);
    const honest = { ...bomb, 'x.npy': npy('|u1', [2, 2 ** 25], new Uint8Array(2 ** 26)) };
    expect(await failing(read(zip(honest, true)), ports([1, 1, 2], { classes: 2 }))).toMatch(/CNN4145/);
  });
});

describe('folders with several sets', () => {
  const set = (prefix: string, start: number) =>
    Object.fromEntries(
      Object.entries(tinyMnist()).map(([name, bytes]) => [
        `emnist-${prefix}-${name.replace('t10k', 'test')}`,
        name.includes('images') ? Buffer.concat([bytes.subarray(0, 16), ramp(bytes.length - 16, start)]) : bytes,
      ]),
    );
  const network = ports([1, 3, 2], { classes: 4 });

  it('need one that is named', async () => {
    const folder = folderOf({ ...set('balanced', 7), ...set('letters', 70) });
    expect(await failing(`mnist:${folder}`, network)).toMatch(/CNN4150 .*`set=balanced` or `set=letters`/);
    const { train, decisions } = await loadData(`mnist:${folder},set=letters`, network);
    expect((train.images as Uint8Array)[0]).toBe(70);
    expect(decisions![0]).toBe('files emnist-letters-*');
    expect(decisions![1]).toMatch(/transpos/);
    expect(await failing(`mnist:${folder},set=digits`, network)).toMatch(/CNN4141 .*no files of a set `digits`/);
  });

  it('a file beside its gzipped form is read once, two parts of one batch are in doubt', async () => {
    const record = Buffer.concat([Uint8Array.of(3), ramp(3072)]);
    const files = { 'data_batch_1.bin': record, 'data_batch_1.bin.gz': gzipSync(record), 'test_batch.bin': record };
    const colour = ports([3, 32, 32], { classes: 10 });
    expect((await loadData(`cifar10:${folderOf(files)}`, colour)).train.count).toBe(1);
    const more = folderOf({ ...files, 'data_batch_1.first2.bin': Buffer.concat([record, record]) });
    expect(await failing(`cifar10:${more}`, colour)).toMatch(/CNN4150 .*`set=first2`/);
    expect((await loadData(`cifar10:${more},set=first2`, colour)).train.count).toBe(2);
  });

  it('are read no further than they may be long', async () => {
    const zeros = gzipSync(new Uint8Array(2 ** 25));
    const header = Buffer.from([0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 2]);
    const idx = {
      ...tinyMnist(),
      'train-images-idx3-ubyte': gzipSync(Buffer.concat([header, new Uint8Array(2 ** 25)])),
    };
    expect(await failing(`mnist:${folderOf(idx)}`, network)).toMatch(/CNN4143 .*has more bytes, .* promises 40/);
    const record = Buffer.concat([Uint8Array.of(3), ramp(3072)]);
    const names = { 'data_batch_1.bin': record, 'test_batch.bin': record, 'batches.meta.txt': zeros };
    expect(await failing(`cifar10:${folderOf(names)}`, ports([3, 32, 32], { classes: 10 }))).toMatch(
      /CNN4142 .*too long/,
    );
  });
});

describe('what was decided', () => {
  it('is told when training starts, and in every object', async () => {
    const args = ['train', path('csv-order.cnn'), '--data', `csv:${path('csv-order.csv')},split=50%`, '--epochs', '1'];
    const text = await run(args);
    expect(text.err).toContain('\ndata: 60 lines, no titles; labels in the first column; ');
    const { out } = await run([...args, '--json']);
    expect(JSON.parse(out).data).toContain('30 of 60 held back for the test, by class (split=50%, seed=1)');
  });

  it('options are the same in the language', async () => {
    const text = (data: string) =>
      `network N { input x: [1, 2, 2] target t: class(3) y = x -> dense(3) loss crossentropy(y, t) output y } train N { data ${data} }`;
    const spec = (data: string) => compileSource(text(data), 'n.cnn').elaboration?.settings.data;
    expect(spec('csv("a,b.csv", label: last, header, split: 25%, test: "c.csv", scale: 255)')).toBe(
      'csv:"a,b.csv",label=last,header,split=0.25,test=c.csv,scale=255',
    );
    expect(spec('npz("a.npz", layout: nhwc, scale_t: 1)')).toBe('npz:a.npz,layout=nhwc,scale_t=1');
    expect(spec('mnist("dir", set: letters)')).toBe('mnist:dir,set=letters');
    const codes = (data: string) => compileSource(text(data), 'n.cnn').diagnostics.map(({ code }) => code);
    expect(codes('csv("a.csv", labels: last)')).toEqual(['CNN2020']);
    expect(codes('mnist("a", header)')).toEqual(['CNN2020']);
    expect(codes('csv("a.csv", split: [1])')).toEqual(['CNN2054']);
  });
});
