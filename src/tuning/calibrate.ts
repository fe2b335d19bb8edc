/**
 * @file What this machine takes for each kind of work: the kernels of small networks are timed one by one, and so are
 * steps that hardly compute. No figure of a machine is known beforehand.
 */
import { loadModule } from '../check/load-module.ts';
import { randomBatch } from '../check/random-batch.ts';
import { compileSource, emitModule } from '../compile.ts';
import { InternalError } from '../diagnostics/diagnostic.ts';
import type { PlacedKernel } from '../plan/lowered-program.ts';
import { planModule } from '../plan/plan-module.ts';
import { TRAINER_PROGRAMS } from '../plan/program-graphs.ts';
import type { Elaboration } from '../semantics/model.ts';
import { targetNamed } from '../targets/targets.ts';
import { type Calibration, secondsOf } from './calibration.ts';
import { KERNEL_NETWORKS, STEP_NETWORKS } from './calibration-networks.ts';
import { type CallableKernels, callableKernels } from './callable-kernels.ts';
import { WORK_KINDS, type Work, type WorkKind, workOf } from './kernel-work.ts';
import { nonNegativeLeastSquares } from './least-squares.ts';
import { callsOf, programWork } from './program-work.ts';
import { touchesOf } from './reuse-distance.ts';

const BATCH = 64;

/** Engines begin with code that is made fast rather than being fast; of each kernel the fastest call counts. */
const STEPS = { js: 20, wasm: 40 };
/** Seconds of steps of the host. */
const TURN = 0.001;
const TURNS = 12;

/**
 * Between absolute errors, for which only the largest kernels would count, and relative ones, for which the smallest would
 * count as much.
 */
const WEIGHT = 0.8;

export type Measured = Pick<Calibration, 'target' | 'kernels' | 'host'>;

/** Takes some seconds. `onProgress` is told what is done next. */
export async function calibrate(
  target: Calibration['target'],
  onProgress: (what: string) => void = () => {},
): Promise<Measured> {
  const timed: TimedWork[] = [];
  for (const [k, text] of KERNEL_NETWORKS.entries()) {
    onProgress(`measuring kernels, network ${k + 1} of ${KERNEL_NETWORKS.length}`);
    timed.push(...timeKernels(compiled(text), target));
  }
  const kernels = timesOfKinds(timed);
  onProgress('measuring steps');
  return { target, kernels, host: await timesOfHost(target, kernels) };
}

interface TimedWork {
  readonly work: Work;
  readonly seconds: number;
}

function compiled(text: string): Elaboration {
  const { elaboration, diagnostics } = compileSource(text, 'calibration.cnn');
  if (elaboration) return elaboration;
  throw new InternalError('calibrate', diagnostics.map(({ message }) => message).join('; '));
}

function planOf(elaboration: Elaboration, target: Calibration['target']) {
  const { traits } = targetNamed(target);
  const request = { elaboration, programs: TRAINER_PROGRAMS, maxBatch: BATCH };
  return planModule({ ...request, target: { traits, threads: false } });
}

/**
 * Step after step, so that each kernel finds in caches what it finds there in training. Of each call the fastest counts:
 * what disturbs can only make it slower.
 */
function timeKernels(elaboration: Elaboration, target: Calibration['target']): TimedWork[] {
  const plan = planOf(elaboration, target);
  const program = plan.programs.train.lowered;
  const seconds = fastestCalls(callableKernels(plan, target), STEPS[target]);
  const blocks = Math.ceil(BATCH / plan.traits.lanes);
  const touches = touchesOf(program, blocks);
  return program.phases.flatMap((phase) =>
    phase.kernels.map((kernel) => {
      const calls = { ...callsOf(phase, 1, blocks), touches: touches.get(kernel)! };
      return { work: workOf(kernel, calls, plan.traits), seconds: seconds.get(kernel)! };
    }),
  );
}

/** Of a kernel the fastest calls for each block, added up. */
function fastestCalls({ phases, fill }: CallableKernels, steps: number): Map<PlacedKernel, number> {
  const calls = phases.flatMap((kernels) =>
    Array.from({ length: kernels[0]?.blocks ?? 0 }, (_, block) =>
      kernels.map((kernel) => ({ ...kernel, block })),
    ).flat(),
  );
  const fastest = new Float64Array(calls.length).fill(Number.POSITIVE_INFINITY);
  fill();
  for (let step = 0; step < steps; step++)
    for (let k = 0; k < calls.length; k++) {
      const { call, block } = calls[k]!;
      const before = performance.now();
      call(block);
      fastest[k] = Math.min(fastest[k]!, (performance.now() - before) / 1000);
    }
  const looking = secondsOfLooking();
  const sums = new Map<PlacedKernel, number>();
  for (const [k, { placed }] of calls.entries())
    sums.set(placed, (sums.get(placed) ?? 0) + Math.max(fastest[k]! - looking, looking / 8));
  return sums;
}

/** That the clock itself takes. */
function secondsOfLooking(): number {
  const looks = Array.from({ length: 200 }, () => performance.now());
  const steps = looks.slice(1).map((look, k) => look - looks[k]!);
  return Math.min(...steps.filter((step) => step > 0), 1) / 1000;
}

function unitsOfTurn(units: number, elapsed: number): number {
  return Math.max(1, Math.round((units * TURN) / Math.max(elapsed, TURN / 8)));
}

function timesOfKinds(timed: readonly TimedWork[]): Calibration['kernels'] {
  const weights = timed.map(({ seconds }) => (seconds * 1e9) ** -WEIGHT);
  const found = nonNegativeLeastSquares(
    timed.map(({ work }, n) => work.map((count) => count * weights[n]!)),
    timed.map(({ seconds }, n) => seconds * 1e9 * weights[n]!),
  );
  return Object.fromEntries(WORK_KINDS.map((kind, k) => [kind, found[k]!])) as Record<WorkKind, number>;
}

/** Steps of networks that hardly compute, without their kernels. */
async function timesOfHost(
  target: Calibration['target'],
  kernels: Calibration['kernels'],
): Promise<Calibration['host']> {
  const rows: number[][] = [];
  const values: number[] = [];
  for (const text of STEP_NETWORKS) {
    const elaboration = compiled(text);
    const { parts, written } = programWork(planOf(elaboration, target).programs.train.lowered, BATCH);
    const inKernels = parts.reduce((sum, part) => sum + secondsOf(part.work, { kernels }), 0);
    const seconds = await fastestStep(elaboration, target);
    rows.push([1 / seconds, written / seconds]);
    values.push((1e9 * Math.max(0, seconds - inKernels)) / seconds);
  }
  const [step, each] = nonNegativeLeastSquares(rows, values) as [number, number];
  return { step, written: each };
}

const WARM_STEPS = 0.1;

async function fastestStep(elaboration: Elaboration, target: Calibration['target']): Promise<number> {
  const { code } = await emitModule(elaboration, { program: false, target, maxBatch: BATCH });
  const trainer = await (await loadModule(code)).createTrainer({ seed: 1, threads: 1 });
  try {
    const batch = randomBatch(trainer.network, BATCH, 1);
    const run = async (units: number) => {
      const before = performance.now();
      for (let k = 0; k < units; k++) await trainer.step(batch, { lr: 1e-6 });
      return (performance.now() - before) / 1000;
    };
    let units = 1;
    for (let spent = 0; spent < WARM_STEPS; ) {
      const elapsed = await run(units);
      spent += elapsed;
      units = unitsOfTurn(units, elapsed);
    }
    let best = Number.POSITIVE_INFINITY;
    for (let turn = 0; turn < TURNS; turn++) best = Math.min(best, (await run(units)) / units);
    return best;
  } finally {
    trainer.dispose();
  }
}
