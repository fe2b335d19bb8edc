/**
 * @file Three steps of training by JavaScript in f64 and by WebAssembly in f32, which must come out the same; and whether a
 * network can be compared at all, or rounding errors grow too much in it.
 */

import { createExecutor, type ExecutorOptions, type GraphExecutor } from '../../src/check/execute-graph.ts';
import { type Graph, type Result, sourceOf } from '../../src/ir/graph.ts';
import { random } from '../../src/loop/random.ts';
import { hostValue } from '../../src/passes/host-expression.ts';
import { JS_TRAITS } from '../../src/targets/js/target.ts';
import { WASM_TRAITS } from '../../src/targets/wasm/target.ts';
import { evaluateNaively, type NaiveInputs } from '../support/naive.ts';
import { describe, firstError, type Values } from './closeness.ts';

export type Data = Readonly<Record<string, ArrayLike<number>>>;

export interface Setting {
  /** After all passes. */
  readonly graph: Graph;
  /** Before the optimisations. */
  readonly derived: Graph;
  readonly data: Data;
  readonly count: number;
  readonly js: GraphExecutor;
}

/** Between f32 and f64. */
export const TOLERANCE = 1e-3;
/** Some thirty roundings. */
const STABLE = 2e-6;
export const STEPS = 3;

export const labelOf = (result: Result) =>
  `${result.role} ${'state' in result ? result.state.name : 'name' in result ? result.name : ''}`;

/** False where roundings of f32 grow so much that WebAssembly cannot come close to f64. */
export function compareTargets(setting: Setting, engine: ExecutorOptions['engine']): boolean {
  const { graph, count } = setting;
  const exact = train(setting, setting.js);
  const rounded = train(setting, createExecutor(graph, { engine, traits: WASM_TRAITS, maxCount: count }));
  const worst = firstError(exact, rounded, TOLERANCE);
  if (!worst) return true;
  if (isUnstable(setting, exact)) return false;
  const { label, error } = worst;
  throw new Error(describe(`${label} by ${engine}`, error, rounded.get(label)!, exact.get(label)!));
}

/** With what the host computes of a step. */
export function withScalars(graph: Graph, data: Data, step: number): Record<string, ArrayLike<number>> {
  const scalars = graph.nodes.flatMap((node) => {
    const source = sourceOf(node);
    return source?.role === 'scalar' ? [[node.name, [hostValue(source.scalar.expression, 0.01, step)]] as const] : [];
  });
  return { ...data, ...Object.fromEntries(scalars) };
}

/** Everything that three steps of training give, by name; each step starts from the states of the one before. */
function train({ graph, data, count }: Setting, executor: GraphExecutor): Values {
  let current = data;
  const found = new Map<string, readonly number[]>();
  for (let step = 1; step <= STEPS; step++) {
    const next = withScalars(graph, current, step);
    current = next;
    const run = executor.run({ count, data: current, update: true });
    for (const result of graph.results) {
      const values = result.role === 'assign' ? run.state(result.state) : run.values(result.node);
      found.set(`${labelOf(result)} in step ${step}`, values);
      if (result.role === 'assign') next[result.state.name] = values;
    }
  }
  return found;
}

/**
 * A change of the data by roundings, values stored in f32, or roundings of all values of the first step already show in f64:
 * a kink is near, or a cancellation.
 */
export function isUnstable(setting: Setting, exact: Values = train(setting, setting.js)): boolean {
  const changed = train({ ...setting, data: perturb(setting.graph, setting.data, roundly) }, setting.js);
  if (firstError(exact, changed, STABLE)) return true;
  const options = { engine: 'js-f32', traits: JS_TRAITS, maxCount: setting.count } as const;
  if (firstError(exact, train(setting, createExecutor(setting.graph, options)), STABLE)) return true;
  const noise = (stream: number, k: number) => 1 + 1e-7 * (random(8, stream, k) - 0.5);
  return firstError(naiveValues(setting), naiveValues(setting, noise), STABLE) !== undefined;
}

export function naiveValues(
  { derived, data, count }: Omit<Setting, 'js' | 'graph'>,
  noise?: NaiveInputs['noise'],
): Values {
  const naive = evaluateNaively(derived, { count, data, noise });
  return new Map(derived.results.map((result) => [labelOf(result), naive.get(result.node)!]));
}

/** By about eight roundings of f32, and rounded to f32. */
const roundly = (value: number, draw: number) => Math.fround(value * (1 + 1e-6 * (draw - 0.5)));

/** Inputs and states moved a little. */
export function perturb(graph: Graph, data: Data, move: (value: number, draw: number) => number): Data {
  const moved: Record<string, ArrayLike<number>> = { ...data };
  graph.nodes.forEach((node, stream) => {
    const source = sourceOf(node);
    if (source?.role !== 'image' && source?.role !== 'state') return;
    moved[node.name] = Array.from(data[node.name]!, (value, k) => move(value, random(9, stream, k)));
  });
  return moved;
}
