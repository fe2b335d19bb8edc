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
