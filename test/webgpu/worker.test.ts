/** @file Modules for graphics cards that start themselves in a worker: those of browsers have WebGPU, those of Node have none. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileSource, emitModule } from '../../src/compile.ts';
import type { DeviceTrainer } from '../../src/runtime/device-api.ts';
import type { DeviceTrainerWorker } from '../../src/runtime/device-worker-api.ts';
import { missing, openCard, type Story, type TestCard } from '../support/gpu.ts';
import { importModule } from '../support/load-module.ts';
import { TINY } from './tiny.ts';

interface Module {
  createTrainer(options?: object): Promise<DeviceTrainer>;
  createTrainerWorker(options?: object): Promise<DeviceTrainerWorker>;
}

async function emit(target: 'auto' | 'webgpu'): Promise<string> {
  const { elaboration } = compileSource(TINY, 'a.cnn');
  return (await emitModule(elaboration!, { target, worker: true, program: false, maxBatch: 16 })).code;
}

const here = async (target: 'auto' | 'webgpu') => (await importModule(await emit(target))) as never as Module;

/** What a trainer here and one in a worker tell of the same run. */
const both: Story<object, [object, object]> = async (module: Module, given) => {
  const split = (count: number) => ({
    images: Uint8Array.from({ length: count * 144 }, (_, k) => (k * 7919) % 251),
    labels: Uint8Array.from({ length: count }, (_, k) => k % 4),
  });
  const tell = async (trainer: DeviceTrainer | DeviceTrainerWorker) => {
    const told: number[] = [(await trainer.step(split(16))).loss];
    let steps = 0;
    const onProgress = () => {
      steps++;
    };
    for await (const { trainLoss, testLoss } of trainer.fit(
      { train: split(50), test: split(20) },
      { epochs: 2, onProgress },
    ))
      told.push(trainLoss, testLoss);
    const saved = await trainer.save();
    if ('download' in trainer) await trainer.download();
    const parameters = [...(await trainer.parameters)].map(([name, { data }]) => [name, [...data]]);
    const choice = typeof trainer.choice === 'function' ? await trainer.choice() : trainer.choice;
    const device = typeof trainer.device === 'function' ? await trainer.device() : trainer.device;
    trainer.dispose();
    return { told, steps, saved: [...saved], parameters, choice, device };
  };
  let compiled = 0;
  const onCompile = () => {
    compiled++;
  };
  const remote = await tell(await module.createTrainerWorker({ ...given, seed: 4, onCompile }));
  const local = await tell(await module.createTrainer({ ...given, seed: 4 }));
  return [
    { ...local, compiled: true },
    { ...remote, compiled: compiled > 0 },
  ];
};

describe('a module for graphics cards, in a worker of Node', () => {
  it('trains on the processor where it can, and tells why', async () => {
    const [local, remote] = await both((await here('auto')) as never, {}, {});
    expect(remote).toEqual({ ...local, compiled: false });
    expect(remote).toMatchObject({ device: 'cpu', choice: { reason: 'there is no WebGPU here' } });
  });

  it('says that there is none, and that no object of WebGPU can be sent there', async () => {
    const { createTrainerWorker } = await here('webgpu');
    await expect(createTrainerWorker()).rejects.toMatchObject({ code: 'CNN4160' });
    await expect(createTrainerWorker({ gpu: {} })).rejects.toMatchObject({
      code: 'CNN4108',
      hint: expect.stringContaining('in Node use `createTrainer`'),
    });
  });
});

const absent = missing ?? (process.env.WEBGPU ? 'the package of `WEBGPU` is not in the workers of Node' : undefined);

describe.skipIf(absent)(`the same in a page${absent ? `, skipped: ${absent}` : ''}`, () => {
  let card: TestCard;
  beforeAll(async () => {
    card = await openCard();
  }, 120_000);
  afterAll(() => card?.close());

  it('trains on the graphics card of the worker, to the bits of a trainer without one', async () => {
    const [local, remote] = await card.tell(await emit('webgpu'), both, { device: 'webgpu' });
    expect(remote).toEqual(local);
    expect(remote).toMatchObject({ device: 'webgpu', steps: 8 });
  }, 120_000);
});
