/** @file Times that are estimated: counted work times what each kind of it takes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compileSource } from '../../src/compile.ts';
import { planModule } from '../../src/plan/plan-module.ts';
import { TRAINER_PROGRAMS } from '../../src/plan/program-graphs.ts';
import { WASM_TRAITS, wasm } from '../../src/targets/wasm/target.ts';
import { calibrate } from '../../src/tuning/calibrate.ts';
import { type Calibration, problemInCalibration } from '../../src/tuning/calibration.ts';
import { estimateTime } from '../../src/tuning/estimate-time.ts';
import { WORK_KINDS, type WorkKind, workOf } from '../../src/tuning/kernel-work.ts';
import { nonNegativeLeastSquares } from '../../src/tuning/least-squares.ts';
import { touchesOf } from '../../src/tuning/reuse-distance.ts';
import { run } from '../cli/recorder.ts';

const folder = mkdtempSync(join(tmpdir(), 'cnnc-estimate-'));
afterAll(() => rmSync(folder, { recursive: true }));

const lenet = readFileSync(new URL('../../examples/lenet.cnn', import.meta.url), 'utf8');

/** `y = w x` alone: 8 inputs, 4 outputs. */
const dense = `network Dense {
  input x: [8]
  target wanted: [4]
  y = x -> dense(4, bias: false)
  loss mse(y, wanted)
}`;

const elaborated = (text: string) => compileSource(text, 'net.cnn').elaboration!;

const timesOf = (given: Partial<Record<WorkKind, number>>) =>
  Object.fromEntries(WORK_KINDS.map((kind) => [kind, given[kind] ?? 0])) as Record<WorkKind, number>;

const calibrationOf = (given: Partial<Record<WorkKind, number>>, host = { step: 0, written: 0 }): Calibration => ({
  compiler: '0',
  engine: 'none',
  processor: 'none',
  target: 'wasm',
  kernels: timesOf(given),
  host,
});

const planOf = (text: string, maxBatch: number) =>
  planModule({
    elaboration: elaborated(text),
    programs: TRAINER_PROGRAMS,
    maxBatch,
    target: { traits: WASM_TRAITS, threads: false },
  }).programs.train.lowered;

describe('least squares', () => {
  it('finds what made the values, and nothing below zero', () => {
    const rows = [
      [1, 0, 2],
      [0, 3, 1],
      [4, 1, 0],
      [1, 1, 1],
    ];
    const exact = nonNegativeLeastSquares(
      rows,
      rows.map(([a, b, c]) => 5 * a! + 0.25 * b! + 7 * c!),
    );
    expect(exact.map((value) => value.toFixed(6))).toEqual(['5.000000', '0.250000', '7.000000']);
    // Without the bound the second would be -1; with it the first alone fits best at 11 / 5.
    expect(
      nonNegativeLeastSquares(
        [
          [1, 0],
          [2, 1],
        ],
        [3, 4],
      ).map((value) => value.toFixed(6)),
    ).toEqual(['2.200000', '0.000000']);
  });
});

describe('the work of a kernel', () => {
  it('is that of its loops, register by register', () => {
    const { phases } = planOf(dense, 8);
    const placed = phases
      .flatMap(({ kernels }) => kernels)
      .find(({ nodes }) => nodes.some(({ name }) => name === 'y'))!;
    const work = workOf(placed, { times: 3, blocks: 1, touches: [] }, WASM_TRAITS);
    const counts = Object.fromEntries(WORK_KINDS.map((kind, k) => [kind, work[k]]));
    // Eight images are two registers: 4 x 8 products, each with an addition, and 4 results.
    expect(counts).toMatchObject({
      arithmetic: 3 * 2 * 2 * 32,
      store: 3 * 2 * 4,
      spread: 3 * 32,
      call: 3,
      function: 0,
    });
  });

  it('knows how far away is what it reads', () => {
    const program = planOf(dense, 8);
    const all = program.phases.flatMap(({ kernels }) => kernels.flatMap(({ slots }) => slots));
    const bytes = new Map(all.map(({ start, length }) => [start, 4 * length]));
    const whole = [...bytes.values()].reduce((sum, size) => sum + size, 0);
    for (const touches of touchesOf(program, 1).values())
      for (const { bytes: own, distance } of touches) {
        expect(distance).toBeGreaterThanOrEqual(own);
        expect(distance).toBeLessThanOrEqual(whole);
      }
  });
});

describe('an estimate', () => {
  it('adds up layers and host', () => {
    const times = calibrationOf({ arithmetic: 1, load: 1, round: 1, call: 10 }, { step: 1000, written: 2 });
    const { step, layers, predict } = estimateTime({ elaboration: elaborated(lenet), calibration: times, batch: 64 });
    const { forward, backward, update, host, total } = step!;
    expect(forward + backward + update + host).toBeCloseTo(total, 9);
    // A step, 64 images of 28 x 28 with their labels and weights.
    expect(host).toBeCloseTo((1000 + 2 * 64 * (784 + 1 + 1)) / 1e6, 9);
    const sum = [...layers.values()].reduce((all, one) => all + one.forward + one.backward + one.update, 0);
    expect(sum).toBeCloseTo(total - host, 9);
    expect(layers.get('conv2')!.forward).toBeGreaterThan(layers.get('fc3')!.forward);
    expect(layers.get('conv2')!.update).toBeGreaterThan(0);
    expect(predict * 64).toBeLessThan(forward + host);
  });

  it('comes from a measure of this machine', { timeout: 120_000 }, async () => {
    const measured = await calibrate('wasm');
    expect(problemInCalibration({ ...calibrationOf({}), ...measured })).toBeUndefined();
    expect(measured.kernels.arithmetic).toBeGreaterThan(0);
    expect(measured.host.written).toBeGreaterThan(0);
    // A step of LeNet takes four milliseconds on the machine where this was written; no machine is a hundred times that.
    const { step } = estimateTime({ elaboration: elaborated(lenet), calibration: measured, batch: 64 });
    expect(step!.total).toBeGreaterThan(0.04);
    expect(step!.total).toBeLessThan(400);
  });
});

describe('summary --calibrate', () => {
  const kept = (name: string, content: unknown) => {
    const file = join(folder, name);
    writeFileSync(file, JSON.stringify(content));
    return file;
  };

  it('takes what is kept in a file, and says of which machine it is', async () => {
    const file = kept('machine.json', calibrationOf({ arithmetic: 1 }));
    const { out, err, status } = await run(['summary', '-', '--calibrate', file, '--json'], lenet);
    expect([status, err]).toEqual([0, `${file} is of none, none, cnnc 0, this is 0.1.0\n`]);
    const { time, layers } = JSON.parse(out);
    expect(time).toMatchObject({ target: 'wasm', threads: 1, batch: 64 });
    expect(layers[0].time.forward).toBeGreaterThan(0);
    const sorted = await run(['summary', '-', '--calibrate', file, '--sort', 'time'], lenet);
    expect(sorted.out.split('\n')[4]).toMatch(/^conv2 +conv 5x5 +\d/);
    for (const line of sorted.out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('refuses a file that is no calibration, or of another target', async () => {
    const damaged = kept('damaged.json', { ...calibrationOf({}), kernels: { ...timesOf({}), load: -1 } });
    expect((await run(['summary', '-', '--calibrate', damaged], lenet)).err).toContain('`kernels.load` is not a time');
    const other = kept('other.json', { ...calibrationOf({}), target: 'js' });
    const { err, status } = await run(['summary', '-', '--calibrate', other], lenet);
    expect([status, err.includes('CNN4216'), err.includes('of `js`, not of `wasm`')]).toEqual([1, true, true]);
  });

  it('needs a measure to sort by time', async () => {
    expect((await run(['summary', '-', '--sort', 'time'], lenet)).err).toContain("'--calibrate'");
  });
});

it('plans what is built', () => {
  const { programs } = planModule({
    elaboration: elaborated(lenet),
    programs: TRAINER_PROGRAMS,
    maxBatch: 64,
    target: wasm,
  });
  expect(programs.train.lowered.groups).toBeGreaterThan(1);
});
