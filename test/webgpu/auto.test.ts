/** @file Modules for the processor and for graphics cards: one network, one file of weights, and a choice that is told. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileSource, emitModule } from '../../src/compile.ts';
import type { AutoOptions, DeviceNotice, DeviceTrainer } from '../../src/runtime/device-api.ts';
import { missing, openCard, type Story, type TestCard } from '../support/gpu.ts';
import { importModule, loadModule } from '../support/load-module.ts';
import { TINY } from './tiny.ts';

type Module = { createTrainer(options?: AutoOptions): Promise<DeviceTrainer> };

interface Told {
  readonly losses: number[];
  readonly device: string;
  readonly reason: string;
  readonly notices: DeviceNotice[];
  readonly remembered: string[];
}

async function emit(target: 'auto' | 'webgpu' | 'wasm'): Promise<string> {
  const { elaboration } = compileSource(TINY, 'a.cnn');
  return (await emitModule(elaboration!, { target, program: false, maxBatch: 16 })).code;
}

const data = (count = 16) => ({
  images: Uint8Array.from({ length: count * 144 }, (_, k) => (k * 7919) % 251),
  labels: Uint8Array.from({ length: count }, (_, k) => k % 4),
});

describe('a module for both, where there is no graphics card', () => {
  it('has the bits of the module for the processor, and says why it trains there', async () => {
    const { createTrainer } = (await importModule(await emit('auto'))) as never as Module;
    const plain = await (await loadModule(TINY, { maxBatch: 16, program: false })).createTrainer({ seed: 4 });
    const notices: DeviceNotice[] = [];
    const trainer = await createTrainer({ seed: 4, onNotice: (notice) => notices.push(notice) });
    expect(trainer).toMatchObject({ device: 'cpu', adapter: undefined, threads: 1 });
    expect(trainer.choice).toMatchObject({ device: 'cpu', reason: 'there is no WebGPU here' });
    expect(notices).toEqual([{ kind: 'choice', message: 'the processor trains: there is no WebGPU here' }]);
    for (let step = 0; step < 3; step++) expect(await trainer.step(data())).toEqual(plain.step(data()));
    expect(await trainer.evaluate(data(9))).toEqual(plain.evaluate(data(9)));
    expect(await trainer.gradients(data(9))).toEqual(plain.gradients(data(9)));
    expect(await trainer.predict(data(35).images)).toEqual(plain.predict(data(35).images));
    for (const one of [trainer, plain])
      for await (const _ of one.fit({ train: data(50), test: data(20) }, { epochs: 2, validation: 0.2 }));
    expect(await trainer.save()).toEqual(plain.save());
    trainer.dispose();
    await expect(trainer.step(data())).rejects.toMatchObject({ code: 'CNN4107' });
  });

  it('refuses a graphics card that is asked for, and options that are none', async () => {
    const { createTrainer } = (await importModule(await emit('auto'))) as never as Module;
    await expect(createTrainer({ device: 'webgpu' })).rejects.toMatchObject({ code: 'CNN4160' });
    await expect(createTrainer({ device: 'gpu' as never })).rejects.toMatchObject({ code: 'CNN4108' });
    await expect(createTrainer({ choice: {} as never })).rejects.toMatchObject({ code: 'CNN4108' });
    expect(await createTrainer({ device: 'cpu', threads: 1, relaxedSimd: false })).toMatchObject({ device: 'cpu' });
  });
});

/** Made with each device and with none named; a card that does not say that it is software is measured. */
const choices: Story<AutoOptions, Told[]> = async (module: Module, given, options: AutoOptions) => {
  const gpu = (options.gpu ?? (navigator as never as { gpu: object }).gpu) as {
    requestAdapter(): Promise<{ limits: object; requestDevice(given: object): Promise<object> }>;
  };
  const disguised = {
    async requestAdapter() {
      const adapter = await gpu.requestAdapter();
      const info = { vendor: 'a', architecture: 'b', device: '', description: 'a card in disguise' };
      return { info, limits: adapter.limits, requestDevice: (wanted: object) => adapter.requestDevice(wanted) };
    },
  };
  const told: Told[] = [];
  const tell = async (more: AutoOptions) => {
    const notices: DeviceNotice[] = [];
    const trainer = await module.createTrainer({ ...given, ...more, onNotice: (notice) => notices.push(notice) });
    const images = Uint8Array.from({ length: 16 * 144 }, (_, k) => (k * 7919) % 251);
    const labels = Uint8Array.from({ length: 16 }, (_, k) => k % 4);
    const losses: number[] = [];
    for (let step = 0; step < 3; step++) losses.push((await trainer.step({ images, labels })).loss);
    const { device, choice } = trainer;
    trainer.dispose();
    const storage = 'document' in globalThis ? Object.entries(localStorage).map(([key]) => key) : [];
    told.push({ losses, device, reason: choice.reason, notices, remembered: storage });
    return choice;
  };
  await tell({ ...options, device: 'cpu' });
  await tell({ ...options, device: 'webgpu' });
  await tell(options);
  const measured = await tell({ gpu: disguised });
  await tell({ gpu: disguised, choice: { ...measured, device: 'webgpu', reason: 'it was kept' } });
  await tell({ gpu: { requestAdapter: async () => null } });
  return told;
};

describe.skipIf(missing)(`a module for both${missing ? `, skipped: ${missing}` : ''}`, () => {
  let card: TestCard;
  beforeAll(async () => {
    card = await openCard();
  }, 120_000);
  afterAll(() => card?.close());

  it('trains where it is told to, or where it is faster, with the same losses', async () => {
    const told = await card.tell(await emit('auto'), choices, { seed: 4 });
    const [cpu, webgpu, software, measured, kept, none] = told as [Told, Told, Told, Told, Told, Told];
    expect([cpu, webgpu].map(({ device, reason, notices }) => [device, reason, notices])).toEqual([
      ['cpu', 'it was asked for', []],
      ['webgpu', 'it was asked for', []],
    ]);
    expect(software).toMatchObject({
      device: 'cpu',
      reason: expect.stringMatching(/is a program that computes on the processor$/),
    });
    expect(measured.reason).toMatch(/^a step of 16 images takes [\d.]+ ms on the processor and [\d.]+ ms on the/);
    expect(measured.notices).toEqual([{ kind: 'choice', message: expect.stringContaining(measured.reason) }]);
    if (measured.remembered.length > 0)
      expect(measured.remembered).toEqual([expect.stringMatching(/^cnnc \w+ a card in disguise$/)]);
    expect(kept).toMatchObject({ device: 'webgpu', reason: 'it was kept' });
    expect(none).toMatchObject({ device: 'cpu', reason: 'WebGPU finds no graphics card' });
    for (const { losses } of told)
      losses.forEach((loss, k) => {
        expect(Math.abs(loss - cpu.losses[k]!)).toBeLessThan(1e-4);
      });
  }, 120_000);
});
