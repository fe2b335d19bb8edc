/**
 * @file The composition root, and the first file to read: what happens to a `.cnn` file, from text to trainer module.
 *
 *     text ── compileSource ──▶ models (forward graphs) ── planModule ──▶ programs of kernels with places in memory
 *          ── target.print, printModule ──▶ ES module
 */
import { countFlops } from './analysis/cost.ts';
import { denseText, fillDense } from './common/dense-text.ts';
import { base64, deflate } from './common/packed-text.ts';
import { diagnostic } from './diagnostics/catalogue.ts';
import { DiagnosticError } from './diagnostics/diagnostic.ts';
import { adviseOn } from './lint/advise-on.ts';
import type { Levels } from './lint/lint.ts';
import type { TargetTraits } from './loop/schedule.ts';
import { describeNetwork, describePredictor, trainingDefaults } from './module/describe-network.ts';
import { minify } from './module/minify.ts';
import { printDeclarations } from './module/print-declarations.ts';
import { printModule } from './module/print-module.ts';
import { DENSE_PLACE, printPredictor, printPredictorDeclarations } from './module/print-predictor.ts';
import type { RunOptions } from './passes/pass.ts';
import { MOST_THREADS } from './plan/divide-work.ts';
import { planWithinMemory } from './plan/fit-memory.ts';
import { lowerModule, type ModulePlan } from './plan/plan-module.ts';
import type { PlanTarget } from './plan/plan-programs.ts';
import { type ProgramName, TRAINER_PROGRAMS } from './plan/program-graphs.ts';
import { summaryOf } from './report/summarize-module.ts';
import { takeWeights } from './runtime/checkpoint.ts';
import type { PictureOptions, WeightForm } from './runtime/executable.ts';
import { joined, packWeights } from './runtime/weight-form.ts';
import type { Elaboration } from './semantics/model.ts';
import { type SourceOptions, type SourceResult, understand } from './semantics/understand.ts';
import { DEFAULT_TARGET, type TargetName, type TrainerTargetName, traitsFor } from './targets/target.ts';
import { secondTarget, targetNamed } from './targets/targets.ts';

export interface CompileOptions extends SourceOptions {
  /** How much what a rule finds matters, by its code. */
  readonly levels?: Levels;
}

/** Text to models. Never throws for what a user wrote. */
export function compileSource(text: string, file: string, options: CompileOptions = {}): SourceResult {
  return adviseOn(text, file, understand(text, file, options), { totalsOf, levels: options.levels });
}

export interface SourceParts {
  /** What is wrong, but for assertions about figures. Its models are for later. */
  readonly first: SourceResult;
  /** What `compileSource` says, which takes several times as long. */
  readonly whole: () => SourceResult;
}

/** For editors: mistakes and what expressions give are known after one walk, which `options.observe` sees. */
export function compileInParts(text: string, file: string, options: CompileOptions = {}): SourceParts {
  const first = understand(text, file, { ...options, later: true });
  const { later, ...rest } = first;
  const whole = () => {
    const source = later ? { ...rest, elaboration: later() } : rest;
    return adviseOn(text, file, source, { totalsOf, levels: options.levels });
  };
  return { first, whole };
}

const totalsOf = (elaboration: Elaboration) => summaryOf(elaboration).totals;

export interface EmitOptions {
  /** `wasm` by default. */
  readonly target?: TrainerTargetName;
  /** TypeScript, which is for reading and checking: not together with `minify`. */
  readonly ts?: boolean;
  readonly minify?: boolean;
  /** `false` for a module that is only imported, by a page or a bundler: it cannot be started as a program, and is shorter. */
  readonly program?: boolean;
  /** The module can start itself in a worker: it exports `createTrainerWorker`, too. */
  readonly worker?: boolean;
  /** A second binary of the kernels, for engines that join 128 bits to 256: `createTrainer` takes `wide`, too. */
  readonly wide?: boolean;
  /** Largest batch the module takes; the batch of the `train` block, or 64 if that is more, or what of it fits 4 GB. */
  readonly maxBatch?: number;
  /** Images of a usual step, for which it is fast; those of the `train` block unless given. */
  readonly batch?: number;
  /** Other schedules than the target's. */
  readonly traits?: TargetTraits;
  readonly passes?: RunOptions;
  /** Names of the classes, where the data have them: the module tells them with its description. */
  readonly classNames?: readonly string[];
}

export interface EmittedModule {
  readonly code: string;
  readonly declarations: string;
  readonly plan: ModulePlan;
}

/**
 * Models to a trainer module. Throws a `DiagnosticError`: CNN2008 without a loss, CNN4007 where its memory cannot be
 * addressed, CNN4009 for options that exclude each other.
 */
export async function emitModule(elaboration: Elaboration, options: EmitOptions = {}): Promise<EmittedModule> {
  const { ts: types = false, worker = false, maxBatch, passes, classNames } = options;
  const name = options.target ?? DEFAULT_TARGET;
  const target = targetNamed(name);
  const second = secondTarget(name);
  const { allocates, onDevice = false } = target;
  const usesCard = onDevice || second !== undefined;
  checkTogether(options);
  // Node starts programs, and has no graphics card.
  const program = options.program !== false && !usesCard;
  const fitting = traitsFor(target, maxBatch ?? options.batch ?? elaboration.settings.batch);
  const planTarget = { ...target, traits: options.traits ?? fitting };
  if (options.wide) checkWide(worker, planTarget, usesCard);
  const planFor = (target: PlanTarget, most?: number) =>
    lowerModule(planWithinMemory({ elaboration, target, programs: TRAINER_PROGRAMS, passes }, most));
  const card = second && planFor(second, maxBatch);
  const plan = planFor(planTarget, card?.maxBatch ?? maxBatch);
  const [network, training] = [describeNetwork(plan, classNames), trainingDefaults(plan)];
  const kind = { worker, onDevice, twofold: second !== undefined, wide: options.wide };
  const declarations = printDeclarations(network, kind);
  const paired = { ...planTarget, traits: { ...planTarget.traits, paired: true } };
  const wide = options.wide ? planFor(paired, plan.maxBatch) : undefined;
  const kernels = await target.print(plan, { minified: options.minify, wide });
  const cardPart = card && { plan: card, kernels: await second.print(card, { minified: options.minify }) };
  const text = printModule({ network, training, plan, kernels, allocates, kind, program, types, card: cardPart });
  return { code: options.minify ? fillDense(await minify(text)) : text, declarations, plan };
}

export interface PredictorOptions extends Pick<EmitOptions, 'minify' | 'passes' | 'classNames'> {
  /** `wasm` by default; graphics cards train only. */
  readonly target?: TargetName;
  /** Images at a time: 1, whose channels are computed side by side; several, one in each lane; or both, as it is faster. */
  readonly batch?: number | 'auto';
  /** A safetensors file, the weights of which lie in the module; they are loaded later where it is left out. */
  readonly weights?: Uint8Array;
  /** How those of layers lie there; `f32` unless given. */
  readonly weightsAs?: WeightForm;
  /**
   * The most threads that may compute an image together, up to `MOST_THREADS`; 1 leaves what they need out of the module. Those
   * of networks that gain nothing from more have one unless given.
   */
  readonly threads?: number;
  /** Pictures may have any size, and are resized; the part that does so is left out unless given. */
  readonly pictures?: Partial<PictureOptions>;
}

/** FLOPs of an image from which on a second thread pays: tenths of a millisecond of work, where dozens of kernels wait for each other. */
const WORTH_THREADS = 4e6;

function crewOf(elaboration: Elaboration, wanted: number | undefined): number {
  const usual = countFlops(elaboration.inference.graph).forward >= WORTH_THREADS ? MOST_THREADS : 1;
  return Math.min(wanted ?? usual, MOST_THREADS);
}

export interface EmittedPredictor {
  readonly code: string;
  readonly declarations: string;
  readonly plan: ModulePlan<never>;
}

/**
 * Models to a module that only predicts. Throws a `DiagnosticError`: CNN4007 where its memory cannot be addressed; and a
 * `TrainerError` for weights that do not fit.
 */
export async function emitPredictor(
  elaboration: Elaboration,
  options: PredictorOptions = {},
): Promise<EmittedPredictor> {
  const { batch = 'auto', weights, weightsAs = 'f32', passes, classNames } = options;
  const target = targetNamed(options.target ?? DEFAULT_TARGET);
  const programs: ProgramName[] =
    batch === 1 ? ['predictOne'] : batch === 'auto' ? ['predict', 'predictOne'] : ['predict'];
  const crew = target.threads ? crewOf(elaboration, options.threads) : 1;
  const request = { elaboration, target: { ...target, threads: false }, programs, passes, crew };
  const plan = lowerModule(planWithinMemory(request, batch === 'auto' ? target.traits.lanes : batch));
  const network = describePredictor(plan, classNames);
  const packed = weights && packWeights(weightsAs, plan.state, takeWeights(plan.state, weights));
  const bytes = packed && joined([packed.fine, await deflate(packed.coarse)]);
  const inside = bytes && (options.minify ? { length: bytes.length } : { text: base64(bytes) });
  const text = printPredictor({
    network,
    plan,
    kernels: await target.print(plan, { minified: options.minify, dense: options.minify && bytes !== undefined }),
    allocates: target.allocates,
    ...(inside && { weights: { form: weightsAs, ...inside } }),
    ...(options.pictures && { pictures: { resize: 'cover', background: 'black', ...options.pictures } }),
  });
  const declarations = printPredictorDeclarations(network, options.pictures !== undefined);
  const code = options.minify ? fillDense(await minify(text)) : text;
  return { code: bytes ? code.replace(DENSE_PLACE, () => `"${denseText(bytes)}"`) : code, declarations, plan };
}

/** CNN4009 for options that exclude each other. */
function checkTogether({ ts, minify }: EmitOptions): void {
  if (ts && minify)
    throw exclusive(
      'TypeScript is not minified: that would take the types away',
      'leave one out; beside a module of JavaScript its types lie in a `.d.ts`',
    );
}

/** What has kernels that an engine may join. */
function checkWide(worker: boolean, { joins, traits }: PlanTarget & { joins?: boolean }, usesCard: boolean): void {
  if (!joins || usesCard)
    throw exclusive('kernels of 256 bits are joined from those of WebAssembly', 'build with `--target wasm`');
  if (worker)
    throw exclusive(
      'only Node lets a program ask its engine for kernels of 256 bits, and a trainer in a worker is for pages',
      'leave one out',
    );
  if (traits.lanes === traits.width)
    throw exclusive(
      'for so few images a module computes as many at a time as 128 bits hold, so there is nothing to join',
      'leave `wide` out, or take larger batches',
    );
}

function exclusive(message: string, fix: string): DiagnosticError {
  return new DiagnosticError(diagnostic('CNN4009', message, { fix: { message: fix } }));
}
