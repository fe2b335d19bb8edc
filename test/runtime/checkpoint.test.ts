import { describe, expect, it } from 'vitest';
import { parseSafetensors } from '../../src/runtime/safetensors.ts';
import { createTrainer } from '../../src/runtime/trainer.ts';
import { compileByHand } from './hand-compiled.ts';
import { blobs, caught } from './oracle.ts';

type Entry = readonly [dtype: string, shape: readonly number[], bytes: Uint8Array];

/** A safetensors file written independently of the runtime. */
function pack(entries: Readonly<Record<string, Entry>>, metadata?: Record<string, string>): Uint8Array {
  const header: Record<string, unknown> = metadata ? { __metadata__: metadata } : {};
  let length = 0;
  for (const [name, [dtype, shape, bytes]] of Object.entries(entries)) {
    header[name] = { dtype, shape, data_offsets: [length, (length += bytes.length)] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(json.length));
  return new Uint8Array(Buffer.concat([size, json, ...Object.values(entries).map(([, , bytes]) => bytes)]));
}

const f32 = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const f64 = (...values: number[]) => new Uint8Array(Float64Array.from(values).buffer);
const u16 = (...values: number[]) => new Uint8Array(Uint16Array.from(values).buffer);
const twelve = Array.from({ length: 12 }, (_, i) => i / 8);
const weights: Record<string, Entry> = {
  'fc.weight': ['F32', [3, 4], f32(...twelve)],
  'fc.bias': ['F32', [3], f32(1, 2, 3)],
  'norm.running_mean': ['F32', [1], f32(0.5)],
};

async function trained() {
  const trainer = await createTrainer(compileByHand().compiled);
  for (let i = 0; i < 3; i++) trainer.step(blobs(6, i + 1));
  return trainer;
}

describe('save', () => {
  it('writes parameters, buffers and optimiser state as PyTorch-named F32 tensors, and progress as metadata', async () => {
    const trainer = await trained();
    const bytes = trainer.save();
    const { tensors, metadata } = parseSafetensors(bytes);
    expect([...tensors.keys()]).toEqual([
      'fc.weight',
      'fc.bias',
      'norm.running_mean',
      'optimizer.momentum.fc.weight',
      'optimizer.momentum.fc.bias',
    ]);
    expect(tensors.get('fc.weight')!.bytes).toEqual(f32(...trainer.parameters.get('fc.weight')!.data));
    expect(metadata).toMatchObject({ hash: 'abc123', network: 'Linear', step: '3', seed: '42' });
    const view = new DataView(bytes.buffer);
    const header = JSON.parse(Buffer.from(bytes.subarray(8, 8 + Number(view.getBigUint64(0, true)))).toString());
    expect(header['fc.bias']).toEqual({ dtype: 'F32', shape: [3], data_offsets: [48, 60] });
    expect(bytes.length).toBe(8 + Number(view.getBigUint64(0, true)) + 4 * (12 + 3 + 1 + 15));
  });

  it('gives the same bytes for the same state', async () => {
    const trainer = await trained();
    expect(trainer.save()).toEqual(trainer.save());
    expect(trainer.save()).toEqual((await trained()).save());
  });
});

describe('load', () => {
  it('takes everything over, optimiser state included', async () => {
    const first = await trained();
    const second = await createTrainer(compileByHand().compiled, { seed: 5 });
    second.load(first.save());
    expect(second.save()).toEqual(first.save());
    first.step(blobs(5));
    second.step(blobs(5));
    expect(second.save()).toEqual(first.save());
  });

  it('reads a Buffer at an odd place in memory', async () => {
    const bytes = pack(weights);
    const shifted = Buffer.alloc(bytes.length + 1);
    shifted.set(bytes, 1);
    const trainer = await trained();
    trainer.load(shifted.subarray(1));
    shifted.fill(0);
    expect([...trainer.parameters.get('fc.weight')!.data]).toEqual(twelve);
  });

  it('takes weights of another tool and starts the optimiser anew', async () => {
    const trainer = await trained();
    trainer.load(pack({ ...weights, 'bn.num_batches_tracked': ['I64', [], new Uint8Array(8)] }));
    expect([...trainer.parameters.get('fc.weight')!.data]).toEqual(twelve);
    const { tensors, metadata } = parseSafetensors(trainer.save());
    expect(tensors.get('norm.running_mean')!.bytes).toEqual(f32(0.5));
    expect(tensors.get('optimizer.momentum.fc.bias')!.bytes).toEqual(f32(0, 0, 0));
    expect(metadata.step).toBe('0');
  });

  it.each([
    ['F64', f64(1.5, -2, 0.1), [1.5, -2, Math.fround(0.1)]],
    // 1, -2, the smallest subnormal half; then 1, -2, and nearly the largest as the upper halves of floats.
    ['F16', u16(0x3c00, 0xc000, 0x0001), [1, -2, 2 ** -24]],
    ['BF16', u16(0x3f80, 0xc000, 0x7f7f), [1, -2, 255 * 2 ** 120]],
  ])('converts %s', async (dtype, bytes, expected) => {
    const trainer = await trained();
    trainer.load(pack({ ...weights, 'fc.bias': [dtype, [3], bytes] }));
    expect([...trainer.parameters.get('fc.bias')!.data]).toEqual(expected);
  });

  it('takes what fits when told to, and leaves the rest', async () => {
    const trainer = await trained();
    const before = trainer.parameters.get('fc.weight')!.data.slice();
    trainer.load(
      pack({ 'fc.bias': ['F32', [3], f32(7, 8, 9)], 'fc.weight': ['F32', [2, 4], f32(...twelve.slice(4))] }),
      {
        partial: true,
      },
    );
    expect([...trainer.parameters.get('fc.bias')!.data]).toEqual([7, 8, 9]);
    expect(trainer.parameters.get('fc.weight')!.data).toEqual(before);
    expect(parseSafetensors(trainer.save()).metadata.step).toBe('3');
  });
});

describe('mistakes in checkpoints load nothing', () => {
  const good = pack(weights);
  const jsonOf = (text: string) => pack({}).slice(0, 0).length + text.length;
  const raw = (text: string) => {
    const bytes = new Uint8Array(8 + text.length);
    new DataView(bytes.buffer).setUint32(0, jsonOf(text), true);
    bytes.set(Buffer.from(text), 8);
    return bytes;
  };
  it.each([
    ['CNN4120', 'nothing', new Uint8Array(0)],
    ['CNN4120', 'a header longer than the file', good.slice(0, 40)],
    ['CNN4120', 'tensors cut short', good.slice(0, good.length - 1)],
    ['CNN4120', 'no JSON', raw('{"fc')],
    ['CNN4120', 'a JSON list', raw('[1, 2]')],
    ['CNN4120', 'an entry without a shape', raw('{"fc.bias": {"dtype": "F32", "data_offsets": [0, 0]}}')],
    ['CNN4120', 'a null entry', raw('{"fc.bias": null}')],
    ['CNN4120', 'negative offsets', raw('{"fc.bias": {"dtype": "F32", "shape": [1], "data_offsets": [-4, 0]}}')],
    ['CNN4120', 'a length that the shape does not have', pack({ ...weights, 'fc.bias': ['F32', [3], f32(1, 2)] })],
    [
      'CNN4121',
      'a missing name',
      pack({ 'fc.weight': weights['fc.weight']!, 'norm.running_mean': weights['norm.running_mean']! }),
    ],
    ['CNN4121', 'an unknown name', pack({ ...weights, other: ['F32', [1], f32(0)] })],
    ['CNN4121', 'another shape', pack({ ...weights, 'fc.weight': ['F32', [4, 3], f32(...twelve)] })],
    ['CNN4122', 'integers', pack({ ...weights, 'fc.bias': ['I32', [3], f32(1, 2, 3)] })],
  ])('%s: %s', async (code, _what, bytes) => {
    const trainer = await trained();
    const before = trainer.save();
    expect(caught(() => trainer.load(bytes)).code).toBe(code);
    expect(trainer.save()).toEqual(before);
  });

  /** A file with this header as it stands, and so many bytes of tensors. */
  const withHeader = (header: string, body: Uint8Array) => {
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(header.length));
    return new Uint8Array(Buffer.concat([size, Buffer.from(header), body]));
  };
  const entry = (from: number, to: number, shape: number[]) =>
    JSON.stringify({ dtype: 'F32', shape, data_offsets: [from, to] });
  const laid = (weight: [number, number], bias: [number, number], mean: [number, number], length: number) =>
    withHeader(
      `{"fc.weight":${entry(...weight, [3, 4])},"fc.bias":${entry(...bias, [3])},"norm.running_mean":${entry(...mean, [1])}}`,
      new Uint8Array(length),
    );
  const twice = `{"fc.bias":${entry(0, 12, [3])},"fc.bias":${entry(0, 12, [3])}}`;

  it('a layout without gaps is read in any order', async () => {
    const trainer = await trained();
    trainer.load(laid([16, 64], [4, 16], [0, 4], 64));
    expect([...trainer.parameters.get('fc.bias')!.data]).toEqual([0, 0, 0]);
  });

  it.each([
    ['bytes behind the last tensor', laid([0, 48], [48, 60], [60, 64], 65)],
    ['a gap', laid([0, 48], [52, 64], [64, 68], 68)],
    ['tensors over each other', laid([0, 48], [44, 56], [56, 60], 60)],
    ['a gap before the first', laid([4, 52], [52, 64], [64, 68], 68)],
    ['a name that occurs twice', withHeader(twice, new Uint8Array(12))],
    [
      'metadata that are no texts',
      withHeader(`{"__metadata__":{"step":3},"fc.bias":${entry(0, 12, [3])}}`, new Uint8Array(12)),
    ],
    ['a list of metadata', withHeader('{"__metadata__":null}', new Uint8Array(0))],
  ])('CNN4120: %s', async (_what, bytes) => {
    const trainer = await trained();
    const before = trainer.save();
    expect(caught(() => trainer.load(bytes, { partial: true })).code).toBe('CNN4120');
    expect(trainer.save()).toEqual(before);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('CNN4125: weights of %f', async (value) => {
    const trainer = await trained();
    const before = trainer.save();
    const error = caught(() => trainer.load(pack({ ...weights, 'fc.bias': ['F32', [3], f32(1, value, 3)] })));
    expect(error.code).toBe('CNN4125');
    expect(error.message).toContain('`fc.bias`');
    expect(trainer.save()).toEqual(before);
  });

  it.each([
    ['cursor', '-8'],
    ['cursor', '1e300'],
    ['cursor', ''],
    ['cursor', ' '],
    ['epoch', '0.5'],
    ['epoch', '-1000000'],
    ['epoch', 'three'],
    ['step', '0.5'],
    ['step', 'NaN'],
    ['step', 'Infinity'],
    ['epochStart', '99'],
    ['optimizerStart', '99'],
    ['bestEpoch', '7'],
    ['stale', '7'],
    ['batch', '0'],
    ['lr', '-1'],
    ['best', 'NaN'],
    ['lossSum', 'Infinity'],
    ['correct', '-2'],
    ['validation', '2'],
    ['watch', 'train'],
  ])('CNN4120: progress whose `%s` is %j', async (key, value) => {
    const trainer = await trained();
    const { metadata } = parseSafetensors(trainer.save());
    const good = { ...metadata, epochs: '3', batch: '8', epoch: '1' };
    const before = trainer.save();
    const error = caught(() => trainer.load(pack(weights, { ...good, [key]: value })));
    expect(error.code).toBe('CNN4120');
    expect(trainer.save()).toEqual(before);
    trainer.load(pack(weights, good));
  });

  it.each([
    [undefined, /not undefined; pass a Uint8Array/],
    [null, /not null; pass a Uint8Array/],
    ['run/last.safetensors', /not "run.last\.safetensors"; pass a Uint8Array/],
    [Promise.resolve(good), /not a promise; write `await` before it/],
    [new Float32Array(4), /not an object \(Float32Array\); pass/],
  ])('%o is no file', async (given, message) => {
    const trainer = await trained();
    const error = caught(() => trainer.load(given as never));
    expect(error.code).toBe('CNN4120');
    expect(error.message).toMatch(message);
  });

  it('a cursor beyond the images is found when training goes on', async () => {
    const trainer = await trained();
    const { metadata } = parseSafetensors(trainer.save());
    const data = { train: blobs(20) };
    trainer.load(pack(weights, { ...metadata, epochs: '3', batch: '8', cursor: '1000000000000000' }));
    await expect(trainer.fit(data).next()).rejects.toMatchObject({ code: 'CNN4120' });
  });

  it('more tensors than any network has are refused before they are all read', async () => {
    const trainer = await trained();
    const entries = Array.from(
      { length: 100_010 },
      (_, k) => `"a${k}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`,
    );
    const header = Buffer.from(`{${entries.join(',')}}`);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const error = caught(() => trainer.load(Buffer.concat([length, header])));
    expect([error.code, error.message]).toEqual(['CNN4120', expect.stringContaining('more than 100000 tensors')]);
  });

  it('many strange tensors, and long names, take little time and give short messages', async () => {
    const trainer = await trained();
    const many = Object.fromEntries(
      Array.from({ length: 50_000 }, (_, k): [string, Entry] => [`fc.weight${k}`, ['F32', [0], new Uint8Array(0)]]),
    );
    const long = { ['x'.repeat(100_000)]: ['F32', [0], new Uint8Array(0)] as Entry };
    const bytes = pack({ ...many, ...long });
    const started = process.cpuUsage();
    const error = caught(() => trainer.load(bytes));
    expect(process.cpuUsage(started).user).toBeLessThan(4e6);
    expect(error.code).toBe('CNN4121');
    expect(error.message.length).toBeLessThan(3000);
    expect(error.message).toMatch(/and 49992 more; /);
  });

  it('only near names are called near', async () => {
    const trainer = await trained();
    const { 'fc.bias': bias, ...rest } = weights;
    expect(caught(() => trainer.load(pack({ ...rest, encoder: bias! }))).message).toMatch(
      /`fc\.bias` is missing, `encoder` is unknown;/,
    );
  });

  it('names every misfit and the nearest name', async () => {
    const trainer = await trained();
    const { 'fc.bias': bias, ...rest } = weights;
    const error = caught(() =>
      trainer.load(pack({ ...rest, 'fc1.bias': bias!, 'norm.running_mean': ['F32', [2], f32(1, 2)] })),
    );
    expect(error.message).toContain('`fc.bias` is missing (nearest: `fc1.bias`)');
    expect(error.message).toContain('`fc1.bias` is unknown (nearest: `fc.bias`)');
    expect(error.message).toContain('`norm.running_mean` is 2, the network needs 1');
    expect(error.message).toContain('partial: true');
  });
});
