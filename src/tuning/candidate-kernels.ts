/**
 * @file The contractions of a training step in several schedules each, for `cnnc tune` to time: what is best depends on
 * the registers of the processor and on the compiler of the engine, and a model of both is only a model.
 */
import type { ScheduleChoice, TargetTraits } from '../loop/schedule.ts';
import type { LoweredPhase, LoweredProgram, PlacedKernel } from '../plan/lowered-program.ts';
import type { ModulePlan } from '../plan/plan-module.ts';
import { compileWasm } from '../targets/wasm/compile-module.ts';
import type { WasmModule } from '../targets/wasm/encoder.ts';
import { type Contraction, contractionOf } from './isolate-kernels.ts';

/** Fewer accumulators where loads are cheap or registers few, more for processors with 32 registers. */
const ACCUMULATORS = [4, 6, 10, 12, 16, 24];
/** Of registers, where engines keep some for themselves: 16 and 32 in all. */
const REGISTERS = [20, 31];
/** From loops that are not unrolled to bodies of a few kilobytes. */
const UNROLL_BUDGETS = [1, 128, 512];

/** Those of the target first, then those that differ in few things. */
export function scheduleChoices(traits: TargetTraits): ScheduleChoice[] {
  const one = (name: keyof ScheduleChoice, values: readonly number[]): ScheduleChoice[] => [
    {},
    ...values.filter((value) => value !== traits[name]).map((value) => ({ [name]: value })),
  ];
  const all = one('accumulators', ACCUMULATORS).flatMap((accumulators) =>
    one('registers', REGISTERS).flatMap((registers) =>
      one('unrollBudget', UNROLL_BUDGETS).map((unroll) => ({ ...accumulators, ...registers, ...unroll })),
    ),
  );
  const differences = (choice: ScheduleChoice) => Object.keys(choice).length;
  return all.sort((a, b) => differences(a) - differences(b));
}

export interface TunableKernel extends Contraction {
  readonly hash: string;
  /** Kernels of a step that are this one. */
  readonly count: number;
  /** The kernel in all schedules that differ; the first is the one that the compiler chooses. */
  readonly candidates: () => CandidateKernels;
}

export interface CandidateKernels extends WasmModule {
  readonly variants: readonly {
    readonly choice: ScheduleChoice;
    /** Name of the exported function `(block, group, arena)`. */
    readonly export: string;
  }[];
}

/** Every contraction once, those with most work in a step first. `plan`: for one group of blocks. */
export function tunableKernels(plan: ModulePlan): TunableKernel[] {
  const program = plan.programs.train.lowered;
  const found = new Map<string, TunableKernel>();
  for (const phase of program.phases)
    for (const placed of phase.kernels) {
      const contraction = contractionOf(placed, plan);
      const { hash } = placed;
      if (!contraction) continue;
      const candidates = () => compileCandidates(program, phase, placed, plan.memoryLength);
      const known = found.get(hash) ?? { ...contraction, hash, count: 0, candidates };
      found.set(hash, { ...known, count: known.count + 1 });
    }
  const work = ({ flops, count }: TunableKernel) => flops * count;
  return [...found.values()].sort((a, b) => work(b) - work(a));
}

function compileCandidates(
  program: LoweredProgram,
  phase: LoweredPhase,
  placed: PlacedKernel,
  memoryLength: number,
): CandidateKernels {
  const choices = new Map<string, { choice: ScheduleChoice; kernel: PlacedKernel }>();
  for (const choice of scheduleChoices(program.traits)) {
    const kernel = { ...placed, ...placed.reschedule(choice) };
    const text = JSON.stringify(kernel.kernel.body);
    if (!choices.has(text)) choices.set(text, { choice, kernel });
  }
  const variants = [...choices.values()];
  const phases = variants.map(({ kernel }) => ({ ...phase, combines: [], kernels: [kernel] }));
  const compiled = compileWasm([{ ...program, phases }], memoryLength, false);
  return { ...compiled, variants: variants.map(({ choice }, k) => ({ choice, export: compiled.phases[k]!.export })) };
}
