/**
 * @file The composition root, and the first file to read: what happens to a `.cnn` file, from text to trainer module.
 *
 *     text ── parse ──▶ syntax tree ── elaborate ──▶ models (forward graphs) ── passes ──▶ graph of a training step
 *          ── splitPhases, planMemory, lowerFormula ──▶ kernels with places in memory ── printModule ──▶ ES module
 */
import { checkClaims } from './analysis/check-claims.ts';
import type { Summary } from './analysis/summary.ts';
import { checkGradients as checkGraph, type GradientCheck } from './check/check-gradients.ts';
import { diagnostic } from './diagnostics/catalogue.ts';
import { type Diagnostic, DiagnosticError } from './diagnostics/diagnostic.ts';
import { elementCount, type Graph } from './ir/graph.ts';
import { hashText } from './ir/hash-text.ts';
import { printGraph } from './ir/printer.ts';
import type { TargetTraits } from './loop/schedule.ts';
import { printDeclarations } from './module/print-declarations.ts';
import { printModule } from './module/print-module.ts';
import { type Pass, type RunOptions, runPasses } from './passes/pass.ts';
import { GRADIENT_PASSES, trainingPasses } from './passes/pipeline.ts';
import { updateRuleOf } from './passes/update-rule.ts';
import { type ModulePlan, planModule, stepFormulas, trainGraph } from './plan/plan-module.ts';
import { gradientReport as reportOf } from './report/gradient-report.ts';
import { summarizeModule } from './report/summarize-module.ts';
import type { NetworkDescription, TrainingDefaults } from './runtime/executable.ts';
import type { Elaboration } from './semantics/model.ts';
import { requireLoss } from './semantics/network.ts';
import { type SourceOptions, type SourceResult, understand } from './semantics/understand.ts';
import { printJsInstantiate } from './targets/js/print-instantiate.ts';
import { printWasmInstantiate } from './targets/wasm/print-instantiate.ts';

export const COMPILER_VERSION = '0.1.0';

/**
 * What the scheduler knows of JavaScript engines: sixteen floating-point registers, eight of them for accumulators.
 * Measured: tiles of 8 with one tap per iteration run fastest; unrolled taps spill.
 */
export const JS_TRAITS: TargetTraits = {
  lanes: 4,
  accumulators: 8,
  registers: 15,
  width: 1,
  registersPerVarying: 4,
  // Tiles of 5 x 5 kernels would add half to the module of a network like LeNet.
  longestTiledKernel: 3,
  unrollBudget: 32,
};

/** Two vectors of four lanes: four outputs of a contraction fill eight of fifteen registers, and reuse every weight. */
export const WASM_TRAITS: TargetTraits = {
  lanes: 8,
  accumulators: 8,
  registers: 15,
  width: 4,
  registersPerVarying: 2,
  // What such a sum reads is kept for the whole batch; it is worth that for weights that do not fit the cache.
  waitingSums: 2 ** 13,
  longestRun: 256,
  unrollBudget: 32,
};

/** Text to models. Never throws for what a user wrote. */
export function compileSource(text: string, file: string, options: SourceOptions = {}): SourceResult {
  return checkClaims(understand(text, file, options), (elaboration) => summaryOf(elaboration).totals);
}

/** The layers of a network with their figures, and its totals; `batch` images a step. */
export function summaryOf(
  elaboration: Elaboration,
  batch = elaboration.settings.batch,
  passes?: Pick<RunOptions, 'skip'>,
): Summary {
  return summarizeModule(elaboration, batch, WASM_TRAITS, passes);
}

export type Target = 'js' | 'wasm';

export interface EmitOptions {
  /** `wasm` by default. */
  readonly target?: Target;
  /** TypeScript, which is for reading and checking: not together with `minify`. */
  readonly ts?: boolean;
  readonly minify?: boolean;
  /** `false` for a module that is only imported, by a page or a bundler: it cannot be started as a program, and is shorter. */
  readonly program?: boolean;
  /** Largest batch the module takes; the batch of the `train` block, or 64 if that is more, or what of it fits 4 GB. */
  readonly maxBatch?: number;
  readonly traits?: TargetTraits;
  readonly passes?: RunOptions;
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
  if (options.ts && options.minify) throw new DiagnosticError(minifiedTypes());
  const wanted = options.maxBatch ?? Math.max(USUAL_BATCH, elaboration.settings.batch);
  const target = options.target ?? 'wasm';
  const traits = options.traits ?? (target === 'js' ? JS_TRAITS : WASM_TRAITS);
  const request = { elaboration, traits, threads: target === 'wasm', passes: options.passes };
  const planned = planModule({ ...request, maxBatch: wanted });
  const maxBatch = options.maxBatch === undefined ? largestBatch(planned) : wanted;
  const plan = maxBatch < wanted ? planModule({ ...request, maxBatch }) : planned;
  checkMemory(plan);
  const network = describeNetwork(plan);
  const declarations = printDeclarations(network);
  const instantiate = target === 'js' ? printJsInstantiate(plan) : await printWasmInstantiate(plan);
  const training = { ...trainingDefaults(elaboration), batch: Math.min(elaboration.settings.batch, maxBatch) };
  const allocates = target === 'wasm';
  const text = printModule({ network, training, plan, instantiate, allocates, program: options.program ?? true });
  const code = options.minify ? await minified(text) : text;
  return { code: options.ts ? asTypeScript(code, declarations) : code, declarations, plan };
}

function minifiedTypes(): Diagnostic {
  const fix = { message: 'leave one out; beside a module of JavaScript its types lie in a `.d.ts`' };
  return diagnostic('CNN4009', 'TypeScript is not minified: that would take the types away', { fix });
}

/** What WebAssembly can address; JavaScript's arrays end not far above. */
const maximumMemory = 2 ** 32;

/** Largest batch of a module, unless told otherwise. */
export const USUAL_BATCH = 64;

/** Half of the planned batch, or of that, as often as its memory needs. A batch above the usual was asked for, and stays. */
function largestBatch({ memoryLength, maxBatch, train, elaboration }: ModulePlan): number {
  const { batchFloats } = train.lowered.plan;
  let batch = maxBatch;
  if (elaboration.settings.batch > USUAL_BATCH) return batch;
  const needed = () => 4 * (memoryLength - batchFloats * (1 - batch / maxBatch));
  while (needed() > maximumMemory && batch > 1) batch /= 2;
  return batch;
}

/** Reports CNN4007, where the module could not even be started. */
function checkMemory({ memoryLength, maxBatch, elaboration }: ModulePlan): void {
  const needed = 4 * memoryLength;
  if (needed <= maximumMemory) return;
  const gigabytes = (needed / 2 ** 30).toFixed(1);
  const message = `\`${elaboration.training.name}\` needs ${gigabytes} GB for batches of ${maxBatch}; at most 4 GB are possible`;
  const notes = [{ message: '`cnnc summary --batch` shows what takes how much' }];
  const fix = { message: 'use smaller batches, smaller maps or fewer channels' };
  throw new DiagnosticError(diagnostic('CNN4007', message, { notes, fix }));
}

/** esbuild is a program for Node. Bundlers for the browser leave it out, since its name is not a literal. */
async function minified(code: string): Promise<string> {
  const minifier = 'esbuild';
  const { transform }: typeof import('esbuild') = await import(/* webpackIgnore: true */ /* @vite-ignore */ minifier);
  return (await transform(code, { minify: true, format: 'esm', target: 'es2022', legalComments: 'inline' })).code;
}

/** The types come first and are exact; the body is generated JavaScript and not checked again. */
function asTypeScript(code: string, declarations: string): string {
  const types = declarations.replace(/\/\*\* Frozen[\s\S]*$/, '').replace(/export declare class[^}]*}/, '');
  const typed = code
    .replace(
      'export function createTrainer(options)',
      'export function createTrainer(options?: { seed?: number; threads?: number; relaxedSimd?: boolean }): Promise<Trainer>',
    )
    .replace('function instantiate(M)', 'function instantiate(M: Float32Array)');
  return `// @ts-nocheck\n${types}\n${typed}`;
}

function describeNetwork(plan: ModulePlan): NetworkDescription {
  const { elaboration } = plan;
  const { training } = elaboration;
  return {
    name: training.name,
    hash: hashText(
      `${printGraph(training.graph)}${JSON.stringify(elaboration.states.map(({ name, role, shape }) => [name, role, shape]))}`,
    ),
    compiler: COMPILER_VERSION,
    inputs: Object.fromEntries(training.inputs.map(({ name, shape }) => [name, shape])),
    targets: Object.fromEntries(training.targets.map(({ name, type }) => [name, type])),
    outputs: Object.fromEntries(elaboration.inference.outputs.map(({ name, node }) => [name, node.shape])),
    maxBatch: plan.maxBatch,
    parameters: elaboration.states
      .filter((state) => state.role === 'parameter')
      .map(({ name, shape, trainable }) => ({ name, shape, trainable })),
  };
}

function trainingDefaults({ settings }: Elaboration): TrainingDefaults {
  const { normalize: _, weightInitializer: __, optimizer, ...defaults } = settings;
  return { ...defaults, optimizer, learningRate: optimizer.lr };
}

/** The graph of one training step after all passes. */
export function trainingGraph(elaboration: Elaboration, passes?: RunOptions): Graph {
  return trainGraph(elaboration, passes);
}

/** The formulas of one training step, before they are joined: what costs are counted on. */
export function formulaGraph(elaboration: Elaboration, passes?: Pick<RunOptions, 'skip'>): Graph {
  return stepFormulas(elaboration, passes);
}

/** The backward graph as mathematics: after the algebra, before fusion. */
export function gradientReport(elaboration: Elaboration, passes?: Pick<RunOptions, 'skip'>): string {
  requireLoss(elaboration);
  const { graph } = elaboration.training;
  const results = graph.results.filter((result) => result.role === 'loss');
  return reportOf(runPasses({ ...graph, results }, GRADIENT_PASSES, passes));
}

/** Derived gradients against central differences in f64, by the loop interpreter's semantics and by printed code. */
export function checkGradients(
  elaboration: Elaboration,
  options: Pick<RunOptions, 'skip'> & {
    readonly samples?: number;
    readonly count?: number;
    readonly seed?: number;
  } = {},
): GradientCheck[] {
  const { samples = 12, count = 5, seed = 1, skip } = options;
  return checkGraph(trainingGraph(elaboration, { skip }), { traits: JS_TRAITS, engine: 'js', count, samples, seed });
}

export function listPasses(): readonly Pass[] {
  return trainingPasses(updateRuleOf({ kind: 'sgd', lr: 0.1, momentum: 0, nesterov: false, weightDecay: 0 }));
}

/** Trainable parameters, for messages and size estimates. */
export function parameterCount(elaboration: Elaboration): number {
  return elaboration.states
    .filter((state) => state.role === 'parameter')
    .reduce((sum, state) => sum + elementCount(state.shape), 0);
}
