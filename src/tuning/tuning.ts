/**
 * @file What `cnnc tune` found, as a record that can be kept, and what it means for the compiler. Kernels are named by what
 * they compute, so that those of layers that did not change are still known after the network did.
 */
import type { EmitOptions } from '../compile.ts';
import { hashText } from '../ir/hash-text.ts';
import { printGraph } from '../ir/printer.ts';
import type { ScheduleChoice } from '../loop/schedule.ts';
import type { RunOptions } from '../passes/pass.ts';
import { listPasses } from '../passes/pipeline.ts';
import type { Elaboration } from '../semantics/model.ts';
import { WASM_TRAITS } from '../targets/wasm/target.ts';

/** What is decided for the whole network: which convolutions are computed in tiles. */
export type PassChoice = Pick<RunOptions, 'skip' | 'leastTiledWork' | 'longestTiledKernel'>;

export interface Tuning {
  /** Version of the compiler. */
  readonly compiler: string;
  /** V8, with its version. */
  readonly engine: string;
  readonly processor: string;
  readonly network: string;
  /** Of the network as it is written. */
  readonly hash: string;
  /** For this very network. */
  readonly passes: PassChoice;
  /** By the hash of what a kernel computes. */
  readonly kernels: Readonly<Record<string, ScheduleChoice>>;
}

export function networkHash({ training }: Elaboration): string {
  return hashText(printGraph(training.graph));
}

/** Of a target that is tunable. */
export function emitOptions(
  kernels: Tuning['kernels'],
  passes: PassChoice,
  skip: readonly string[] = [],
): Pick<EmitOptions, 'traits' | 'passes'> {
  return {
    traits: { ...WASM_TRAITS, tuned: new Map(Object.entries(kernels)) },
    passes: { ...passes, skip: [...skip, ...(passes.skip ?? [])] },
  };
}

/** What makes it no tuning, in words. Nothing that is computed with is taken on trust. */
export function problemIn(found: unknown): string | undefined {
  if (!isRecord(found)) return 'it is not an object';
  for (const name of ['compiler', 'engine', 'processor', 'network', 'hash'])
    if (typeof found[name] !== 'string') return `\`${name}\` is not a text`;
  const { passes, kernels } = found;
  if (!isRecord(passes) || !isPassChoice(passes)) return '`passes` is not a choice of passes';
  if (!isRecord(kernels)) return '`kernels` is not an object';
  const wrong = Object.entries(kernels).find(([, choice]) => !isRecord(choice) || !isScheduleChoice(choice));
  return wrong && `kernel \`${wrong[0]}\` has no schedule`;
}

type Fields = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** No machine has more registers, and no body may be larger than an engine compiles well. */
const LIMITS: Readonly<Record<keyof ScheduleChoice, number>> = { accumulators: 64, registers: 128, unrollBudget: 4096 };

function isScheduleChoice(choice: Fields): boolean {
  return Object.entries(choice).every(
    ([name, value]) => Object.hasOwn(LIMITS, name) && isWhole(value, LIMITS[name as keyof ScheduleChoice]),
  );
}

function isPassChoice(choice: Fields): boolean {
  const optional = listPasses().flatMap(({ name, optional }) => (optional ? [name] : []));
  const { skip = [], leastTiledWork = 1, longestTiledKernel = 1, ...others } = choice;
  return (
    Array.isArray(skip) &&
    skip.every((name) => optional.includes(name)) &&
    isWhole(leastTiledWork, Number.MAX_SAFE_INTEGER) &&
    isWhole(longestTiledKernel, 64) &&
    Object.keys(others).length === 0
  );
}

function isWhole(value: unknown, most: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= most;
}
