/** @file What goes to a graphics card and comes back: images as bytes, all else in one piece; and checkpoints of either kind of module. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileSource, emitModule } from '../../src/compile.ts';
import type { DeviceTrainer } from '../../src/runtime/device-api.ts';
import { missing, openCard, type Story, type TestCard } from '../support/gpu.ts';
import { importModule } from '../support/load-module.ts';

/** Its outputs are its inputs, as they are normalised: 75 and 9 bytes an image. */
const PAIR = `network Pair {
  input  left: [3, 5, 5]
  input  right: [1, 3, 3]
  target label: class(3)
  a = left -> flatten
  b = right -> flatten
  logits = (a -> dense(3)) + (b -> dense(3))
  loss   crossentropy(logits, label)
  output a
  output b
}
train Pair { optimizer adam(lr: 0.01)  batch 8  seed 3  normalize left, mean: [0.1, 0.2, 0.3], std: [0.5, 0.25, 0.3] }`;

type Trainer = Omit<DeviceTrainer, 'save'> & { save(): Promise<Uint8Array> | Uint8Array };
type Module = { createTrainer(options: object): Promise<Trainer> };

interface Told {
  /** Bytes written in a step with bytes, with floats, and with bytes again; in how many pieces. */
  readonly written: number[];
  readonly pieces: number[];
  readonly outputs: number[][];
  readonly losses: number[];
  readonly saved: number[];
}

/** Goes on from `saved`, if there is something. */
const story: Story<{ saved?: number[] }, Told> = async (module: Module, { saved }, options) => {
  const gpu = ((options as { gpu?: object }).gpu ??
    (globalThis.navigator as never as { gpu?: object } | undefined)?.gpu) as {
    requestAdapter(): Promise<{ info: object; limits: object; requestDevice(given: object): Promise<object> }>;
  };
  let [bytes, pieces] = [0, 0];
  const bound = (target: object, key: PropertyKey) => {
    const value = Reflect.get(target, key);
    return typeof value === 'function' ? value.bind(target) : value;
  };
  const watched = {
    async requestAdapter() {
      const adapter = await gpu.requestAdapter();
      return {
        info: adapter.info,
        limits: adapter.limits,
        async requestDevice(given: object) {
          const device = (await adapter.requestDevice(given)) as { queue: object };
          const queue = new Proxy(device.queue, {
            get(target, key) {
              if (key !== 'writeBuffer') return bound(target, key);
              return (buffer: object, offset: number, data: ArrayBufferView) => {
                bytes += data.byteLength;
                pieces++;
                (target as { writeBuffer(...all: unknown[]): void }).writeBuffer(buffer, offset, data);
              };
            },
          });
          return new Proxy(device, { get: (target, key) => (key === 'queue' ? queue : bound(target, key)) });
        },
      };
    },
  };
  const trainer = await module.createTrainer({ seed: 4, ...(gpu && { gpu: watched }) });
  if (saved) await trainer.load(Uint8Array.from(saved));
  const made = (count: number, size: number) => Uint8Array.from({ length: count * size }, (_, k) => (k * 7919) % 256);
  const batch = (count: number) => ({ left: made(count, 75), right: made(count, 9) });
  const labels = Uint8Array.from({ length: 8 }, (_, k) => k % 3);
  const told: Told = { written: [], pieces: [], outputs: [], losses: [], saved: [] };
  const step = async (images: object) => {
    [bytes, pieces] = [0, 0];
    const { loss } = await trainer.step({ images: images as never, labels });
    told.written.push(bytes);
    told.pieces.push(pieces);
    told.losses.push(loss);
  };
  await step(batch(8));
  const { left, right } = batch(8);
  await step({
    left: Float32Array.from(left, (byte) => byte / 255),
    right: Float32Array.from(right, (byte) => byte / 255),
  });
  await step(batch(8));
  for (const count of [1, 3, 8, 19])
    for (const values of (await trainer.predictAll(batch(count) as never)).values()) told.outputs.push([...values]);
  const data = { images: batch(37) as never, labels: Uint8Array.from({ length: 37 }, (_, k) => k % 3) };
  for await (const { trainLoss, testLoss } of trainer.fit({ train: data, test: data }, { epochs: 2, resume: false }))
    told.losses.push(trainLoss, testLoss);
  told.saved.push(...(await trainer.save()));
  trainer.dispose();
  return told;
};

describe.skipIf(missing)(`inputs of a graphics card${missing ? `, skipped: ${missing}` : ''}`, () => {
  let card: TestCard;
  let [found, wanted] = [{} as Told, {} as Told];
  const modules: { webgpu?: string; wasm?: string } = {};
  const here = async (saved?: number[]) =>
    (story as never as (module: object, given: object, options: object) => Promise<Told>)(
      await importModule(modules.wasm!).then(({ createTrainer }) => ({
        createTrainer: ({ seed }: { seed: number }) => createTrainer({ seed }),
      })),
      { saved },
      {},
    );

  beforeAll(async () => {
    const { elaboration } = compileSource(PAIR, 'a.cnn');
    for (const target of ['webgpu', 'wasm'] as const)
      modules[target] = (await emitModule(elaboration!, { target, program: false, maxBatch: 8 })).code;
    card = await openCard();
    [found, wanted] = [await card.tell(modules.webgpu!, story, {}), await here()];
  }, 120_000);
  afterAll(() => card?.close());

  it('are bytes where images are, and the card makes the very floats of them that the processor does', () => {
    expect(found.outputs).toEqual(wanted.outputs);
    // The first step takes the tables there, too.
    const [, asFloats, asBytes] = found.written as [number, number, number];
    // 84 values an image; bytes are written up to a multiple of four, and with the place that they go to.
    expect(asFloats - asBytes).toBeGreaterThan(3 * 8 * 84 - 2 * 32);
    expect(found.pieces.slice(1)).toEqual([3, 5]);
  });

  it('give the losses of the processor, and checkpoints that either module goes on with', async () => {
    const close = (some: readonly number[], others: readonly number[]) => {
      expect(some.length).toBe(others.length);
      some.forEach((value, k) => {
        expect(Math.abs(value - others[k]!)).toBeLessThan(1e-5);
      });
    };
    close(found.losses, wanted.losses);
    const further = await here(wanted.saved);
    close((await here(found.saved)).losses, further.losses);
    close((await card.tell(modules.webgpu!, story, { saved: wanted.saved })).losses, further.losses);
  }, 60_000);
});
