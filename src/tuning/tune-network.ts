/**
 * @file Tuning one network: first which convolutions are computed in tiles, by whole steps; then the schedule of each
 * contraction; and at last a step against a step, for what is faster alone need not be so among others.
 */

import { loadModule } from '../check/load-module.ts';
import { randomBatch } from '../check/random-batch.ts';
import { emitModule } from '../compile.ts';
import { printGraph } from '../ir/printer.ts';
import type { ScheduleChoice } from '../loop/schedule.ts';
import { planModule } from '../plan/plan-module.ts';
import { TRAINER_PROGRAMS, trainingGraph } from '../plan/program-graphs.ts';
import type { Trainer } from '../runtime/trainer-api.ts';
import type { Elaboration } from '../semantics/model.ts';
import { WASM_TRAITS, wasm } from '../targets/wasm/target.ts';
import { type TunableKernel, tunableKernels } from './candidate-kernels.ts';
import { race } from './race.ts';
import { CLEARLY_FASTER, createKernelMemory, type TimedKernel, timeKernel } from './time-kernels.ts';
import { emitOptions, type PassChoice } from './tuning.ts';

/** As compiled; no tiles; tiles for smaller layers too, and for all; tiles for short kernels only. */
const PASS_CHOICES: readonly PassChoice[] = [
  {},
  { skip: ['winograd'] },
  { leastTiledWork: 200_000 },
  { leastTiledWork: 1 },
  { longestTiledKernel: 3 },
];

/** Share of the time for each stage; the kernels share the rest. */
const SHARES = { passes: 0.2, step: 0.2 };

/** A kernel with less of a step's work can hardly make it faster. */
const LEAST_SHARE = 0.003;

export interface TuneRequest {
  readonly elaboration: Elaboration;
  /** Passes that the user leaves out. */
  readonly skip?: readonly string[];
  readonly seconds: number;
  /** Told what is done next. */
  readonly onProgress: (what: string) => void;
}

export interface TunedNetwork {
  readonly passes: PassChoice;
  readonly kernels: Readonly<Record<string, ScheduleChoice>>;
  readonly timed: readonly TimedKernel[];
  /** Steps are not clearly slower by it; else nothing is chosen. */
  readonly kept: boolean;
  /** Kernels too small to be timed. */
  readonly small: number;
  /** Milliseconds of a step of so many images, as compiled and with all that was found. */
  readonly step: { readonly images: number; readonly usual: number; readonly tuned: number };
}

type Choices = Pick<TunedNetwork, 'passes' | 'kernels'>;

const NONE: Choices = { passes: {}, kernels: {} };

export async function tuneNetwork(request: TuneRequest): Promise<TunedNetwork> {
  const { elaboration, seconds } = request;
  const passes = await choosePasses(request);
  const { timed, small } = await timeKernels(request, passes);
  const chosen = timed.flatMap(({ kernel, choice }) => (choice ? [[kernel.hash, choice] as const] : []));
  const found: Choices = { passes, kernels: Object.fromEntries(chosen) };
  request.onProgress('whole steps');
  const [usual, tuned] = (await timeSteps(request, [NONE, found], SHARES.step * seconds)) as [number, number];
  const step = { images: elaboration.settings.batch, usual: usual * 1000, tuned: tuned * 1000 };
  // Kernels were measured longer than steps can be: only what clearly contradicts them counts.
  const kept = CLEARLY_FASTER * tuned < usual;
  return { ...(kept ? found : NONE), timed, small, kept, step };
}

async function choosePasses(request: TuneRequest): Promise<PassChoice> {
  const { elaboration, skip } = request;
  const graphs = new Map<string, PassChoice>();
  for (const passes of PASS_CHOICES) {
    const text = printGraph(trainingGraph(elaboration, emitOptions({}, passes, skip).passes));
    if (!graphs.has(text)) graphs.set(text, passes);
  }
  const choices = [...graphs.values()];
  if (choices.length === 1) return {};
  request.onProgress('tiles of convolutions');
  const contenders = choices.map((passes) => ({ passes, kernels: {} }));
  const times = await timeSteps(request, contenders, SHARES.passes * request.seconds);
  const fastest = Math.min(...times);
  return fastest < CLEARLY_FASTER * times[0]! ? choices[times.indexOf(fastest)]! : {};
}

async function timeKernels({ elaboration, skip, seconds, onProgress }: TuneRequest, passes: PassChoice) {
  const maxBatch = elaboration.settings.batch;
  const plan = planModule({
    elaboration,
    maxBatch,
    programs: TRAINER_PROGRAMS,
    target: { traits: WASM_TRAITS, threads: false },
    passes: emitOptions({}, passes, skip).passes,
  });
  const all = tunableKernels(plan);
  const work = ({ flops, count }: TunableKernel) => flops * count;
  const total = all.reduce((sum, kernel) => sum + work(kernel), 0);
  const worth = all.filter((kernel) => work(kernel) >= LEAST_SHARE * total);
  const memory = createKernelMemory(plan.memoryLength, Math.ceil(maxBatch / WASM_TRAITS.lanes));
  const each = ((1 - SHARES.passes - SHARES.step) * seconds) / worth.length;
  const timed: TimedKernel[] = [];
  for (const [k, kernel] of worth.entries()) {
    onProgress(`kernel ${k + 1} of ${worth.length}: ${kernel.name}`);
    timed.push(await timeKernel(kernel, memory, each));
  }
  return { timed, small: all.length - worth.length };
}

/** Seconds of a step of each. */
async function timeSteps({ elaboration, skip }: TuneRequest, choices: readonly Choices[], seconds: number) {
  const trainers: Trainer[] = [];
  try {
    for (const { passes, kernels } of choices) {
      const { code } = await emitModule(elaboration, {
        program: false,
        target: wasm.name,
        ...emitOptions(kernels, passes, skip),
      });
      trainers.push(await (await loadModule(code)).createTrainer({ seed: 1 }));
    }
    const { network } = trainers[0]!;
    const batch = randomBatch(network, Math.min(elaboration.settings.batch, network.maxBatch), 1);
    const contenders = trainers.map((trainer) => async (units: number) => {
      // Hardly a step: what is learnt from noise must not end in numbers that slow arithmetic down.
      for (let unit = 0; unit < units; unit++) await trainer.step(batch, { lr: 1e-6 });
    });
    return await race(contenders, seconds);
  } finally {
    for (const trainer of trainers) trainer.dispose();
  }
}
