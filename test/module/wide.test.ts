/** @file `wide`: kernels for an engine that joins operations compute the very bits of the others, and trainers say what they use. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { compileSource, emitModule } from '../../src/compile.ts';
import { tryWide } from '../../src/runtime/wide.ts';
import type { WideOptions, WideTrainer } from '../../src/runtime/wide-api.ts';
import { importModule } from '../support/load-module.ts';
import { classes, LENET, numbers, RESIDUAL } from '../threads/networks.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

interface WideModule {
  readonly createTrainer: (options?: WideOptions) => Promise<WideTrainer>;
}

async function moduleOf(source: string, leastTiledWork?: number): Promise<WideModule> {
  const { elaboration } = compileSource(source, 'test.cnn');
  const { code } = await emitModule(elaboration!, { maxBatch: 64, wide: true, passes: { leastTiledWork } });
  return (await importModule(code)) as unknown as WideModule;
}

/** A Node that has what is asked for, and notes which flags are set; what it compiles it compiles as ever. */
function pretend(node = '24.0.0', arch = 'x64'): string[] {
  const set: string[] = [];
  const getBuiltinModule = () => ({ setFlagsFromString: (flag: string) => set.push(flag) });
  // All else stays as it is: the test runner uses it meanwhile.
  const values = { versions: { node }, arch, execArgv: [], getBuiltinModule };
  const given = Object.entries(values).map(([name, value]) => [name, { value }]);
  vi.stubGlobal('process', Object.create(process, Object.fromEntries(given)));
  return set;
}

async function isSameAfter(steps: number, { createTrainer }: WideModule, pixels: number, options: WideOptions = {}) {
  const [plain, wide] = [await createTrainer({ seed: 3 }), await createTrainer({ seed: 3, wide: true, ...options })];
  for (let step = 0; step < steps; step++) {
    const count = step % 5 === 4 ? 21 : 64;
    const batch = { images: numbers(count * pixels, step), labels: classes(count, 10, step + 1) };
    expect(wide.step(batch)).toEqual(plain.step(batch));
  }
  expect(Buffer.compare(wide.save(), plain.save())).toBe(0);
  plain.dispose();
  wide.dispose();
  return wide.wide;
}

describe('a module with kernels that an engine may join', () => {
  it('trains to the same bits by them, here in registers of 128 bits', async () => {
    const flags = pretend();
    const report = await isSameAfter(20, await moduleOf(LENET), 784);
    expect(report).toEqual({ used: true, message: 'kernels of 256 bits, which compute the same numbers' });
    expect(flags).toEqual([
      ...['--experimental-wasm-revectorize', '--no-liftoff', '--no-wasm-lazy-compilation'],
      ...['--no-experimental-wasm-revectorize', '--liftoff', '--wasm-lazy-compilation'],
    ]);
  });

  it('does so with convolutions in tiles and norms, on two threads', async () => {
    pretend();
    const tiled = await moduleOf(RESIDUAL, 0);
    expect(await isSameAfter(3, tiled, 3 * 12 * 12, { threads: 2 })).toMatchObject({ used: true });
  });

  it('uses them only where they are asked for', async () => {
    const { createTrainer } = await moduleOf(LENET);
    expect((await createTrainer()).wide).toBeUndefined();
    expect((await createTrainer({ wide: false })).wide).toBeUndefined();
    await expect(createTrainer({ wide: 1 } as object)).rejects.toMatchObject({ code: 'CNN4108' });
    await expect(createTrainer({ wid: true } as object)).rejects.toMatchObject({ code: 'CNN4108' });
  });

  const [major] = process.versions.node.split('.');
  it.skipIf(Number(major) < 24 || process.arch !== 'x64')('are joined by this engine (Node 24 on x64)', async () => {
    expect(await isSameAfter(20, await moduleOf(LENET), 784)).toMatchObject({ used: true });
  });

  it.each<[{ node: string; arch?: string }, string]>([
    [{ node: '22.11.0' }, 'Node 22.11.0 does not have them; Node 24 does'],
    [{ node: '24.0.0', arch: 'arm64' }, 'engines for arm64 do not have them'],
  ])('tells why it cannot try: %j', async ({ node, arch }, why) => {
    const flags = pretend(node, arch);
    const { createTrainer } = await moduleOf(LENET);
    expect((await createTrainer({ wide: true })).wide).toEqual({
      used: false,
      message: `no kernels of 256 bits: ${why}`,
    });
    expect(flags).toEqual([]);
  });

  it('tells of pages, which cannot set a flag of the browser', async () => {
    vi.stubGlobal('process', undefined);
    const asked = tryWide({} as Parameters<typeof tryWide>[0]);
    // The test runner needs it.
    vi.unstubAllGlobals();
    const found = await asked;
    expect(found.report.used).toBe(false);
    expect(found.report.message).toContain('no page can set');
  });

  it('is not used where another number comes out', async () => {
    pretend();
    const M = Float32Array.of(1, 2, 3);
    const kernel = (number: number) => ({ train0: () => (M[1] = number) });
    const attempt = (joined: number) =>
      tryWide({
        M,
        plain: kernel(0),
        phases: { train: [{ name: 'train0', kind: 'once' }] },
        load: () => Promise.resolve(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)),
        link: () => ({ exports: kernel(joined) }) as unknown as WebAssembly.Instance,
      });
    expect((await attempt(-0)).report).toEqual({
      used: false,
      message: 'no kernels of 256 bits: this engine computes other numbers with them',
    });
    expect((await attempt(0)).report.used).toBe(true);
    expect([...M]).toEqual([1, 2, 3]);
  });

  it('refuses what cannot be joined', async () => {
    const { elaboration } = compileSource(LENET, 'test.cnn');
    for (const options of [{ target: 'js' }, { maxBatch: 4 }, { worker: true }, { target: 'auto' }] as const)
      await expect(emitModule(elaboration!, { wide: true, ...options })).rejects.toThrow();
  });
});
