/**
 * @file What must hold of any valid program: it compiles; the optimised step equals the naive evaluation of the graph
 * before all optimisations; derived gradients equal central differences; and three steps of training come out the same by
 * JavaScript in f64 and by WebAssembly in f32.
 */
import { compileSource, JS_TRAITS, WASM_TRAITS } from '../../src/compile.ts';
import { checkGradients, hostValue, randomData } from '../../src/emit/check-gradients.ts';
import {
  createExecutor,
  type ExecutorOptions,
  type GraphExecution,
  type GraphExecutor,
} from '../../src/emit/execute-graph.ts';
import { type Graph, type Result, sourceOf } from '../../src/ir/graph.ts';
import { random } from '../../src/loop/random.ts';
import { eliminateDead } from '../../src/passes/eliminate-dead.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { trainingPasses } from '../../src/passes/pipeline.ts';
import { updateRuleOf } from '../../src/passes/update-rule.ts';
import { evaluateNaively } from '../support/naive.ts';
import { enableRelaxedSimd } from '../support/relaxed-simd.ts';
import { Choices } from './choices.ts';

export interface Outcome {
  /** Rounding errors grow too much in this network for its targets to be compared. */
  readonly isUnstable: boolean;
}

const hasRelaxedSimd = enableRelaxedSimd();

type Data = Record<string, ArrayLike<number>>;

/** Throws where something does not hold; `seed` decides about data, batch and which checks are made. */
export function checkNetwork(text: string, seed: number): Outcome {
  const choices = new Choices([0, 1, 2, 3, 4].map((k) => Math.floor(random(seed, k, 0) * 2 ** 20)));
  const { diagnostics, elaboration } = compileSource(text, 'fuzz.cnn');
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (!elaboration) throw new Error(errors.map(({ code, message }) => `${code}: ${message}`).join('\n'));
  const passes = trainingPasses(updateRuleOf(elaboration.settings.optimizer));
  const results = elaboration.training.graph.results.filter(({ role }) => role !== 'output');
  const forward = eliminateDead({ ...elaboration.training.graph, results });
  // Small convolutions are computed in tiles only where that is asked for.
  const options = { verify: true, ...(choices.rarely(2) && { leastTiledWork: 0 }) };
  const graph = runPasses(forward, passes, options);
  const derived = eliminateDead(runPasses(forward, passes.slice(0, 2)));
  const count = 1 + choices.next(11);
  const data = dataFor(derived, { count, seed });
  const js = createExecutor(graph, { engine: 'js', traits: JS_TRAITS, maxCount: count });
  const setting = { graph, derived, data, count, js };
  compareWithNaive(setting, js.run({ count, data, update: true }));
  if (choices.rarely(4)) compareWithDifferences(graph, seed);
  return { isUnstable: !compareTargets(setting, hasRelaxedSimd && choices.rarely(2) ? 'wasm-fused' : 'wasm') };
}

/** Some labels are of the class that does not count. */
function dataFor(graph: Graph, options: { count: number; seed: number }): Data {
  const data = randomData(graph, options);
  for (const node of graph.nodes) {
    const source = sourceOf(node);
    if (source?.role !== 'target' || source.ignore === undefined) continue;
    const ignored = source.ignore;
    data[node.name] = data[node.name]!.map((label, k) => (k % 3 === 1 ? ignored : label));
  }
  return data;
}

interface Setting {
  readonly graph: Graph;
  /** The same before the optimisations. */
  readonly derived: Graph;
  readonly data: Data;
  readonly count: number;
  readonly js: GraphExecutor;
}

const isSame = (a: Result, b: Result) =>
  a.role === b.role &&
  (!('state' in a) || ('state' in b && a.state.name === b.state.name)) &&
  (!('name' in a) || ('name' in b && a.name === b.name));

const labelOf = (result: Result) =>
  `${result.role} ${'state' in result ? result.state.name : 'name' in result ? result.name : ''}`;

const largest = (values: Iterable<number>) => {
  let found = 0;
  for (const value of values) found = Math.max(found, Math.abs(value));
  return found;
};

/** Loss, metrics, gradients and new states; both in f64. */
function compareWithNaive({ graph, derived, data, count }: Setting, run: GraphExecution): void {
  const naive = evaluateNaively(derived, { count, data });
  const gradients = derived.results.filter(({ role }) => role === 'gradient');
  const floor = 1e-3 * Math.max(1e-6, ...gradients.map(({ node }) => largest(naive.get(node)!)));
  for (const wanted of derived.results) {
    const result = graph.results.find((other) => isSame(other, wanted))!;
    const values = result.role === 'assign' ? run.state(result.state) : run.values(result.node);
    expectClose(values, naive.get(wanted.node)!, { floor, tolerance: 1e-7, label: `${labelOf(wanted)} against naive` });
  }
}

interface Closeness {
  /** What the largest element is taken for at least. */
  readonly floor: number;
  readonly tolerance: number;
  readonly label: string;
}

function expectClose(values: ArrayLike<number>, wanted: ArrayLike<number>, closeness: Closeness): void {
  const error = differenceOf(values, wanted, closeness.floor);
  if (error <= closeness.tolerance) return;
  const shown = (list: ArrayLike<number>) => Array.from(list).slice(0, 8).join(', ');
  throw new Error(`${closeness.label}: off by ${error}\nfound  ${shown(values)}\nwanted ${shown(wanted)}`);
}

/** Relative to the largest element; infinite where only one side is a number. */
function differenceOf(values: ArrayLike<number>, wanted: ArrayLike<number>, floor: number): number {
  const scale = Math.max(floor, largest(Array.from(wanted)));
  let error = 0;
  for (let k = 0; k < wanted.length; k++) {
    const difference = values[k] === wanted[k] ? 0 : Math.abs(values[k]! - wanted[k]!) / scale;
    error = Math.max(error, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
  }
  return error;
}

function compareWithDifferences(graph: Graph, seed: number): void {
  const options = { traits: JS_TRAITS, engine: 'js', count: 3, samples: 2, seed } as const;
  for (const { parameter, relativeError } of checkGradients(graph, options))
    if (!(relativeError < 1e-4)) throw new Error(`gradient of ${parameter}: off by ${relativeError} from differences`);
}

const STEPS = 3;

/** Everything that three steps of training give, by name; each step starts from the states of the one before. */
function train({ graph, data, count }: Setting, executor: GraphExecutor): Values {
  const current = { ...data };
  const found = new Map<string, readonly number[]>();
  for (let step = 1; step <= STEPS; step++) {
    for (const node of graph.nodes) {
      const source = sourceOf(node);
      if (source?.role === 'scalar') current[node.name] = [hostValue(source.scalar.expression, 0.01, step)];
    }
    const run = executor.run({ count, data: current, update: true });
    for (const result of graph.results) {
      const values = result.role === 'assign' ? run.state(result.state) : run.values(result.node);
      found.set(`${labelOf(result)} in step ${step}`, values);
      if (result.role === 'assign') current[result.state.name] = values;
    }
  }
  return found;
}

/** False where roundings of f32 grow so much that WebAssembly cannot come close to f64. */
function compareTargets(setting: Setting, engine: ExecutorOptions['engine']): boolean {
  const { graph, count } = setting;
  const exact = train(setting, setting.js);
  const rounded = train(setting, createExecutor(graph, { engine, traits: WASM_TRAITS, maxCount: count }));
  const worst = firstError(exact, rounded, TOLERANCE);
  if (!worst) return true;
  if (isUnstable(setting, exact)) return false;
  const shown = (values: readonly number[]) => values.slice(0, 8).join(', ');
  throw new Error(
    `${worst.label} by ${engine}: off by ${worst.error}\nfound  ${shown(rounded.get(worst.label)!)}\nwanted ${shown(exact.get(worst.label)!)}`,
  );
}

/** Between f32 and f64, relative to the largest element of a value, or to a hundredth of the largest gradient. */
const TOLERANCE = 1e-3;
/** Some thirty roundings. */
const STABLE = 2e-6;

type Values = ReadonlyMap<string, readonly number[]>;

function firstError(exact: Values, others: Values, tolerance: number) {
  const gradients = [...exact].filter(([label]) => label.startsWith('gradient'));
  const floor = Math.max(1e-3, ...gradients.map(([, values]) => 1e-2 * largest(values)));
  const errors = [...exact].map(([label, values]) => ({
    label,
    error: differenceOf(others.get(label)!, values, floor),
  }));
  return errors.find(({ error }) => !(error <= tolerance));
}

/** A change of the data by roundings, or values stored in f32, already show in f64: a kink is near, or a cancellation. */
function isUnstable(setting: Setting, exact: Values): boolean {
  const changed = train({ ...setting, data: perturb(setting) }, setting.js);
  if (firstError(exact, changed, STABLE)) return true;
  const traits = JS_TRAITS;
  const stored = createExecutor(setting.graph, { engine: 'js-f32', traits, maxCount: setting.count });
  return firstError(exact, train(setting, stored), STABLE) !== undefined;
}

/** Inputs and states moved by about eight roundings of f32, and rounded to f32. */
function perturb({ graph, data }: Setting): Data {
  const moved: Data = { ...data };
  graph.nodes.forEach((node, stream) => {
    const source = sourceOf(node);
    if (source?.role !== 'image' && source?.role !== 'state') return;
    moved[node.name] = Array.from(data[node.name]!, (value, k) =>
      Math.fround(value * (1 + 1e-6 * (random(9, stream, k) - 0.5))),
    );
  });
  return moved;
}
