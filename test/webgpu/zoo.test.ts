/**
 * @file A step of every network of the zoo on a graphics card against WebAssembly in this process: the loss before, the loss behind,
 * and what is predicted. Compiling takes long on a card of software: only where `GPU=all` is set.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileSource, emitModule } from '../../src/compile.ts';
import type { DeviceTrainer } from '../../src/runtime/device-api.ts';
import type { NetworkDescription } from '../../src/runtime/executable.ts';
import { missing, openCard, type Story, type TestCard } from '../support/gpu.ts';
import { importModule } from '../support/load-module.ts';

const folder = new URL('../../examples/zoo/', import.meta.url);

const COUNT = 2;
const GIVEN: Given = { count: COUNT, scale: 1 };
/** Floats that fit into 2 GB. */
const MOST = 2 ** 29;

/** Images of other sizes, where two of the network's own do not fit into a card of software, which has 1 GB at most. */
const SMALLER: Readonly<Record<string, readonly [at: string, instead: string]>> = {
  'unet.cnn': ['size = 572', 'size = 188'],
  'vgg.cnn': ['[3, 224, 224]', '[3, 64, 64]'],
};

type Module = { network: NetworkDescription; createTrainer(options: object): Promise<DeviceTrainer> };

interface Given {
  readonly count: number;
  /** Of the images. */
  readonly scale: number;
}

const step: Story<Given, number[]> = async (module: Module, { count, scale }, options) => {
  let state = 1;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const sizeOf = (shape: readonly number[] = []) => shape.reduce((product, extent) => product * extent, 1);
  const { network } = module;
  const images = Object.fromEntries(
    Object.entries(network.inputs).map(([name, shape]) => [
      name,
      Float32Array.from({ length: count * sizeOf(shape) }, () => scale * (2 * random() - 1)),
    ]),
  );
  const labels = Object.fromEntries(
    Object.entries(network.targets).map(([name, target]) => [
      name,
      target.kind === 'class'
        ? Int32Array.from({ length: count * sizeOf(target.shape) }, () => target.classes * random())
        : Float32Array.from({ length: count * sizeOf(target.shape) }, random),
    ]),
  );
  const trainer = await module.createTrainer({ seed: 4, ...options });
  const { loss } = await trainer.step({ images, labels } as never, { lr: 1e-3 });
  const after = (await trainer.evaluate({ images, labels } as never)).loss;
  const predicted = [...(await trainer.predict(images as never)).subarray(0, 100)];
  trainer.dispose();
  return [loss, after, ...predicted];
};

const all = process.env.GPU === 'all';
const skipped = missing ?? (all ? undefined : '`GPU=all` is not set');

describe.skipIf(skipped)(`the zoo on a graphics card${skipped ? `, skipped: ${skipped}` : ''}`, () => {
  let card: TestCard;

  beforeAll(async () => {
    card = await openCard();
  }, 120_000);

  afterAll(() => card?.close());

  const names = readdirSync(folder).filter((name) => name.endsWith('.cnn'));

  it.for(names)('%s', { timeout: 1_800_000 }, async (name, { skip }) => {
    const [at, instead] = SMALLER[name] ?? ['', ''];
    const source = readFileSync(new URL(name, folder), 'utf8');
    expect(source).toContain(at);
    const { elaboration } = compileSource(source.replace(at, instead), name);
    const emit = (target: 'wasm' | 'webgpu') => emitModule(elaboration!, { target, maxBatch: COUNT, program: false });
    const device = await emit('webgpu');
    if (device.plan.memoryLength > MOST) skip('needs more than 2 GB');
    const found = await card.tell(device.code, step, GIVEN).catch((error: Error) => {
      if (error.message.includes('the graphics card has at most')) skip(error.message);
      throw error;
    });
    const processor = (await importModule((await emit('wasm')).code)) as never;
    const wanted = await step(processor, GIVEN, {});
    // Batch norms of two images let rounding grow: so far apart is the processor from itself, if images are rounded otherwise.
    const moved = await step(processor, { ...GIVEN, scale: 1 + 2 ** -22 }, {});
    expect(found).toHaveLength(wanted.length);
    const largest = Math.max(1, ...wanted.slice(2).map(Math.abs));
    const scaleOf = (k: number) => (k < 2 ? Math.max(1, wanted[k]!) : largest);
    const rounding = Math.max(...wanted.map((value, k) => Math.abs(value - moved[k]!) / scaleOf(k)));
    for (const [k, value] of wanted.entries())
      expect(Math.abs(found[k]! - value), `${k}`).toBeLessThan((1e-4 + (k > 0 ? 4 * rounding : 0)) * scaleOf(k));
  });
});
