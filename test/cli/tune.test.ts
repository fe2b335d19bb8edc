/** @file `cnnc tune`, and what `build` and `train` make of its file. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeMachine, tuningPath } from '../../src/cli/tuning-file.ts';
import { compileSource } from '../../src/compile.ts';
import { planModule } from '../../src/plan/plan-module.ts';
import { TRAINER_PROGRAMS } from '../../src/plan/program-graphs.ts';
import { WASM_TRAITS } from '../../src/targets/wasm/target.ts';
import { tunableKernels } from '../../src/tuning/candidate-kernels.ts';
import { race } from '../../src/tuning/race.ts';
import { networkHash, type Tuning } from '../../src/tuning/tuning.ts';
import { lenet, tiny } from './networks.ts';
import { run } from './recorder.ts';
import { folderWith } from './run-cnnc.ts';

/** One contraction that fills more registers when it may. */
const { elaboration } = compileSource(lenet, 'lenet.cnn');
const [kernel] = tunableKernels(
  planModule({
    elaboration: elaboration!,
    programs: TRAINER_PROGRAMS,
    target: { traits: WASM_TRAITS, threads: false },
    maxBatch: 8,
  }),
);
const tuning: Tuning = {
  ...describeMachine(),
  network: 'LeNet5',
  hash: networkHash(elaboration!),
  passes: {},
  kernels: { [kernel!.hash]: { accumulators: 4 } },
};

/** The module that is built beside a tuning. */
async function built(found: Partial<Tuning> | string | undefined, ...options: string[]) {
  const folder = folderWith({ 'net.cnn': lenet });
  const text = typeof found === 'string' ? found : JSON.stringify({ ...tuning, ...found });
  if (found !== undefined) writeFileSync(join(folder, 'net.tune.json'), text);
  return run(['build', join(folder, 'net.cnn'), '-o', '-', ...options]);
}

describe('tune', () => {
  it('writes what it found beside the source, and says how fast everything is', { timeout: 60_000 }, async () => {
    const folder = folderWith({ 'tiny.cnn': tiny });
    const source = join(folder, 'tiny.cnn');
    const { status, out, err } = await run(['tune', source, '--seconds', '0.2'], '', true);
    expect(status).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^GFLOP\/s of kernel +times +usual +best +chosen$/);
    expect(lines.find((line) => line.startsWith('logits.relu'))).toMatch(/ 1 +\d+\.\d +\d+\.\d/);
    expect(lines.at(-1)).toMatch(/^step of 20 images: \d+\.\d\d ms, /);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    const progress = err.split('\r\x1b[K');
    expect(progress.some((text) => /^kernel 2 of \d+: /.test(text))).toBe(true);
    expect(progress.at(-1)).toMatch(/tiny\.tune\.json: \d of \d kernels tuned, in \d+ s\n$/);
    expect(readdirSync(folder).sort()).toEqual(['tiny.cnn', 'tiny.tune.json']);
    const found = JSON.parse(readFileSync(join(folder, 'tiny.tune.json'), 'utf8'));
    expect(found).toMatchObject({ ...describeMachine(), network: 'Tiny', passes: {} });
    const trained = await run(['train', source]);
    expect(trained.err).toMatch(/^tuned by \S+tiny\.tune\.json\ntraining Tiny/);
  });

  it('prints JSON, and writes nothing for standard input', { timeout: 60_000 }, async () => {
    const { status, out, err } = await run(['tune', '-', '--seconds', '0.1', '--json', '--set', 'units=9'], tiny);
    expect([status, err]).toEqual([0, 'tuning Tiny, about 0.1 s\n']);
    const { measured, step } = JSON.parse(out);
    expect(step).toMatchObject({ images: 20, usual: expect.any(Number), tuned: expect.any(Number) });
    const first = measured.find(({ name }: { name: string }) => name === 'logits.relu');
    // With bias and relu, for eight images.
    expect(first).toMatchObject({ count: 1, flops: 2 * 785 * 9 * 8 });
    expect(first.best).toBeGreaterThanOrEqual(first.usual);
    expect(first.usual).toBeGreaterThan(0);
  });

  it.each([['-1'], ['soon']])('--seconds %s is wrong usage', async (seconds) => {
    expect((await run(['tune', 'a.cnn', '--seconds', seconds])).status).toBe(2);
  });
});

describe('build', () => {
  it('is another module with a tuning, and the same without', async () => {
    const usual = await built(undefined);
    const tuned = await built({});
    expect([tuned.status, usual.err]).toEqual([0, '']);
    expect(tuned.err).toMatch(/^tuned by \S+net\.tune\.json\n$/);
    expect(tuned.out).not.toBe(usual.out);
    expect(await built({}, '--no-tune')).toEqual(usual);
    expect((await built({ kernels: { ffffffffffffffff: { accumulators: 4 } } })).out).toBe(usual.out);
    expect((await built({}, '--target', 'js')).err).toBe('');
  });

  it('takes what is for the whole network only for this network', async () => {
    const passes = { leastTiledWork: 1 };
    const usual = await built({ kernels: {} });
    expect((await built({ kernels: {}, passes })).out).not.toBe(usual.out);
    expect((await built({ kernels: {}, passes }, '--skip', 'winograd')).out).toBe(usual.out);
    expect((await built({ kernels: {}, passes, hash: '0123456789abcdef' })).out).toBe(usual.out);
  });

  it('says when a tuning is of another compiler, engine or processor', async () => {
    const usual = await built(undefined);
    const older = await built({ compiler: '0.0.1' });
    expect(older.err).toMatch(/net\.tune\.json is of cnnc 0\.0\.1, this is [\d.]+: not used\n$/);
    expect(older.out).toBe(usual.out);
    expect((await built({ engine: 'V8 1.2.3' })).err).toMatch(/measured with V8 1\.2\.3, this is [\d.]+/);
    expect((await built({ processor: 'Z80' })).err).toContain('measured on Z80\n');
  });

  it.each<[string, Partial<Record<keyof Tuning, unknown>> | string]>([
    ['it is not JSON', '{"compiler": "0.1'],
    ['it is not an object', '[]'],
    ['`compiler` is not a text', '{}'],
    ['`hash` is not a text', { hash: 5 }],
    ['`passes` is not a choice', { passes: { skip: ['fuze'] } }],
    ['`passes` is not a choice', { passes: { skip: ['winograd'], more: 1 } }],
    ['`passes` is not a choice', { passes: { leastTiledWork: -1 } }],
    ['`kernels` is not an object', { kernels: 7 }],
    ['kernel `a` has no schedule', { kernels: { a: { accumulators: 1e9 } } }],
    ['kernel `a` has no schedule', { kernels: { a: { lanes: 4 } } }],
    ['kernel `a` has no schedule', { kernels: { a: { registers: '16' } } }],
  ])('%s: CNN4208', async (reason, found) => {
    const { status, out, err } = await built(found as Partial<Tuning> | string);
    expect([status, out]).toEqual([1, '']);
    expect(err).toContain('error[CNN4208]');
    expect(err.replace(/\s+/g, ' ')).toContain(reason);
    expect((await built(found as Partial<Tuning> | string, '--no-tune')).status).toBe(0);
  });
});

it('the file has the name of the source', () => {
  expect(['a/net.cnn', 'net'].map(tuningPath)).toEqual(['a/net.tune.json', 'net.tune.json']);
});

describe('race', () => {
  /** Takes so many milliseconds, whatever the machine. */
  const lasting = (milliseconds: number) => (units: number) => {
    const end = performance.now() + milliseconds * units;
    while (performance.now() < end);
  };

  it('measures seconds per unit, each in its fastest turn', async () => {
    const [slow, fast] = (await race([lasting(0.4), lasting(0.1)], 0.1)) as [number, number];
    expect(slow).toBeGreaterThanOrEqual(0.0004);
    expect(slow).toBeLessThan(0.0008);
    expect(fast).toBeGreaterThanOrEqual(0.0001);
    expect(fast).toBeLessThan(slow / 2);
  });

  it('gives the hopeless up, but never the first', async () => {
    const turns = [0, 0, 0];
    const counted = [1, 0.1, 1].map((each, k) => (units: number) => {
      turns[k]!++;
      lasting(each)(units);
    });
    await race(counted, 0.5);
    expect(turns[0]).toBeGreaterThan(turns[2]!);
    expect(turns[1]).toBeGreaterThan(turns[2]!);
  });
});
