/** @file Graphics cards that are lost, too small, or of which nothing is left: training goes on, or ends with a code. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileSource, emitModule } from '../../src/compile.ts';
import type { AutoOptions, DeviceNotice, DeviceTrainer } from '../../src/runtime/device-api.ts';
import { missing, openCard, type Story, type TestCard } from '../support/gpu.ts';
import { importModule, loadModule } from '../support/load-module.ts';

const TINY = `network Tiny {
  input  image: [1, 8, 8]
  target label: class(4)
  logits = image -> flatten -> dense(4) -> dropout(0.1)
  loss   crossentropy(logits, label)
  metric accuracy(logits, label)
  output logits
}
train Tiny { optimizer adam(lr: 0.01)  batch 8  seed 3 }`;

type Module = { createTrainer(options?: AutoOptions): Promise<DeviceTrainer> };

interface Given {
  /** `fit`, `batches`, `step`; at which step the device is destroyed, or the system tells that it is lost. */
  readonly way: 'fit' | 'batches' | 'step';
  readonly lost?: number;
  readonly destroyed?: number;
  /** Adapters that there are. */
  readonly adapters?: number;
  readonly device?: 'webgpu';
  /** Changes of limits, and whether there is no memory. */
  readonly limits?: Readonly<Record<string, number>>;
  readonly full?: boolean;
  readonly scale?: number;
}

interface Told {
  readonly losses: number[];
  readonly device: string;
  readonly notices: DeviceNotice[];
  readonly steps: number[];
  readonly error: string;
  readonly saved: number;
}

/** Two epochs of 50 images in batches of 8, or as many steps. The card is one that does not say that it is software. */
const train: Story<Given, Told> = async (module: Module, given, options: AutoOptions) => {
  const { way, adapters = 9, scale = 1 / 251 } = given;
  const gpu = (options.gpu ?? (globalThis.navigator as never as { gpu: object } | undefined)?.gpu) as {
    requestAdapter(): Promise<{ limits: object; requestDevice(given: object): Promise<object> }>;
  };
  let [count, lose, device] = [0, () => {}, undefined as { destroy(): void } | undefined];
  const watched = {
    async requestAdapter() {
      if (++count > adapters) return null;
      const adapter = await gpu.requestAdapter();
      const limits: Record<string, number> = {};
      for (const name of ['maxBufferSize', 'maxStorageBufferBindingSize'])
        limits[name] = given.limits?.[name] ?? (adapter.limits as Record<string, number>)[name]!;
      const info = { vendor: 'a', architecture: 'b', device: '', description: 'a card in disguise' };
      return {
        info,
        limits,
        async requestDevice(wanted: object) {
          const own = (device = (await adapter.requestDevice(wanted)) as never);
          const lost = new Promise((resolve) => {
            lose = () => resolve({ reason: 'unknown', message: 'the driver was updated' });
            void (own as { lost: Promise<object> }).lost.then(resolve);
          });
          return new Proxy(own as object, {
            get(target, key) {
              if (key === 'lost') return lost;
              if (key === 'popErrorScope' && given.full) return async () => ({ message: 'no' });
              const value = Reflect.get(target, key);
              return typeof value === 'function' ? value.bind(target) : value;
            },
          });
        },
      };
    },
  };
  const notices: DeviceNotice[] = [];
  const told: Told = { losses: [], device: '', notices, steps: [], error: '', saved: 0 };
  const result = told as { device: string; error: string; saved: number };
  const at = (step: number) => {
    told.steps.push(step);
    if (count > 1) return;
    if (step === given.destroyed) device!.destroy();
    if (step === given.lost) lose();
  };
  const images = Float32Array.from({ length: 50 * 64 }, (_, k) => ((k * 7919) % 251) * scale);
  const labels = Uint8Array.from({ length: 50 }, (_, k) => k % 4);
  const batch = (start: number) => ({
    images: images.subarray(start * 64, (start + 8) * 64),
    labels: labels.subarray(start, start + 8),
  });
  function* batches() {
    for (let start = 0; start < 50; start += 8) yield batch(start);
  }
  let trainer: DeviceTrainer | undefined;
  try {
    const onNotice = (notice: DeviceNotice) => notices.push(notice);
    const asked = given.device ? { device: given.device } : {};
    trainer = await module.createTrainer({ seed: 4, keepEvery: 3, ...asked, ...(gpu && { gpu: watched }), onNotice });
    if (way === 'step')
      for (let step = 1; step <= 14; step++) {
        told.losses.push((await trainer.step(batch((step % 6) * 8))).loss);
        at(step);
      }
    else {
      const data = { train: way === 'fit' ? { images, labels } : { batches }, test: { images, labels } };
      const onProgress = ({ step }: { step: number }) => at(step);
      for await (const { trainLoss, testLoss } of trainer.fit(data, { epochs: 2, onProgress }))
        told.losses.push(trainLoss, testLoss);
    }
    result.device = trainer.device;
  } catch (error) {
    const { code, problem, hint } = error as { code: string; problem: string; hint: string };
    result.error = `${code} ${problem}; ${hint}${code ? '' : error}`;
  }
  result.saved = (await trainer?.save())?.length ?? 0;
  trainer?.dispose();
  return told;
};

async function emit(target: 'auto' | 'webgpu', source = TINY, maxBatch = 8): Promise<string> {
  const { elaboration } = compileSource(source, 'a.cnn');
  return (await emitModule(elaboration!, { target, program: false, minify: true, maxBatch })).code;
}

/** What is kept for the whole batch, and what an image needs for itself. */
const NORMED = TINY.replace('flatten', 'conv(5, 3x3) -> batchnorm -> relu -> maxpool(2) -> flatten');

it('asks for larger limits where the network needs them, and for no others', async () => {
  const source = TINY.replace('[1, 8, 8]', '[1, 64, 64]').replace('flatten', 'conv(8, 3x3) -> batchnorm -> flatten');
  const asked = async (maxBatch: number) => {
    const { createTrainer } = (await importModule(await emit('webgpu', source, maxBatch))) as never as Module;
    let limits: unknown;
    const requestDevice = async ({ requiredLimits }: { requiredLimits: object }) => {
      limits = requiredLimits;
      throw new Error('no device');
    };
    const most = { maxBufferSize: 2 ** 32, maxStorageBufferBindingSize: 2 ** 32 };
    const gpu = { requestAdapter: async () => ({ info: {}, limits: most, requestDevice }) };
    await expect(createTrainer({ gpu })).rejects.toThrow('no device');
    return limits;
  };
  expect(await asked(8)).toEqual({});
  const larger = expect.toSatisfy((bytes: number) => bytes > 2 ** 27 && bytes < 2 ** 28);
  expect(await asked(400)).toEqual({ maxStorageBufferBindingSize: larger });
});

describe.skipIf(missing)(`a graphics card that is lost${missing ? `, skipped: ${missing}` : ''}`, () => {
  let card: TestCard;
  let [webgpu, auto] = ['', ''];
  let usual: Told;
  beforeAll(async () => {
    card = await openCard();
    [webgpu, auto] = await Promise.all([emit('webgpu'), emit('auto')]);
    usual = await tell({ way: 'fit' });
  }, 120_000);
  afterAll(() => card?.close());

  const tell = (given: Given, module = webgpu) => card.tell(module, train, given);
  const close = (found: readonly number[], wanted: readonly number[], by: number) => {
    expect(found.length).toBe(wanted.length);
    found.forEach((loss, k) => {
      expect(Math.abs(loss - wanted[k]!), `loss ${k}`).toBeLessThanOrEqual(by);
    });
  };

  it('is followed by another, where `fit` takes the steps again that were not kept', async () => {
    expect(usual).toMatchObject({ error: '', notices: [], device: 'webgpu' });
    expect(usual.steps).toEqual(Array.from({ length: 14 }, (_, k) => k + 1));
    for (const lost of [{ destroyed: 5 }, { lost: 12 }]) {
      const told = await tell({ way: 'fit', ...lost });
      expect(told.notices).toEqual([
        {
          kind: 'lost',
          message: expect.stringMatching(/^the graphics card is gone: .*; a graphics card goes on from step \d+, /),
        },
      ]);
      expect(told.losses).toEqual(usual.losses);
      expect(told.saved).toBe(usual.saved);
    }
  }, 120_000);

  it('is followed by the processor, where there is no other', async () => {
    const gone = await tell({ way: 'fit', device: 'webgpu', destroyed: 9, adapters: 1 }, auto);
    expect(gone).toMatchObject({ device: 'cpu', error: '', saved: usual.saved });
    expect(gone.notices).toEqual([
      { kind: 'lost', message: expect.stringMatching(/; the processor goes on from step \d+, /) },
    ]);
    close(gone.losses, usual.losses, 1e-5);
  }, 120_000);

  it('ends training with a code where there is none, and what was kept can be saved', async () => {
    const told = await tell({ way: 'fit', destroyed: 9, adapters: 1 });
    expect(told.error).toMatch(/^CNN4161 the graphics card is gone/);
    expect(told.saved).toBeGreaterThan(3 * 4 * 260);
  }, 120_000);

  it('takes a step of the caller with it, or some batches that come once, and says so', async () => {
    for (const way of ['step', 'batches'] as const) {
      const told = await tell({ way, destroyed: 6 });
      expect(told).toMatchObject({ error: '', device: 'webgpu' });
      expect(told.notices).toEqual([
        {
          kind: 'lost',
          message: expect.stringMatching(/goes on from step \d+, (\d steps? may be lost|nothing is lost)$/),
        },
      ]);
      // The order of the images is another one where they come in batches.
      close(told.losses, way === 'step' ? (await tell({ way })).losses : usual.losses, 0.3);
    }
  }, 120_000);

  it('is refused with a code where it has no room', async () => {
    expect((await tell({ way: 'step', full: true })).error).toMatch(
      /^CNN4162 the graphics card has no room for [\d.]+ MB; build it with `--max-batch 4`$/,
    );
  });

  it.each([TINY, NORMED])('is told for which batch it is large enough', async (source) => {
    const limits = { maxBufferSize: 120_000, maxStorageBufferBindingSize: 90_000 };
    const open = async (batch: number) => tell({ way: 'step', limits }, await emit('webgpu', source, batch));
    const { error } = await open(256);
    const [, batch] =
      /^CNN4162 the network needs a buffer of [\d.]+ MB, .* at most 0.0858 MB; .*--max-batch (\d+)`$/.exec(error)!;
    expect(Number(batch)).toBeGreaterThan(8);
    expect(await open(Number(batch))).toMatchObject({ error: '', device: 'webgpu' });
    expect((await open(Math.ceil(Number(batch) * 1.4))).error).toMatch(/^CNN4162/);
  });

  it('updates nothing in a step of `fit` that is not finite, whatever was begun behind it', async () => {
    const { createTrainer } = await loadModule(TINY, { maxBatch: 8, program: false });
    const story = train as never as (module: object, given: Given, options: object) => Promise<Told>;
    for (const scale of [1e13, 1e30, 3e38]) {
      const given: Given = { way: 'fit', scale };
      const [found, wanted] = [
        await tell(given),
        await story({ createTrainer: ({ seed }: object & { seed: number }) => createTrainer({ seed }) }, given, {}),
      ];
      expect({ ...found, losses: [], device: '' }).toEqual({ ...wanted, losses: [], device: '' });
      found.losses.forEach((loss, k) => {
        expect(Math.abs(loss / wanted.losses[k]! - 1)).toBeLessThan(1e-4);
      });
    }
  }, 120_000);
});
