/**
 * @file What must hold of any valid program: it compiles; it predicts one image alone as in a batch; the optimised step equals the naive evaluation of the graph
 * before all optimisations; derived gradients equal central differences; and three steps of training come out the same by
 * JavaScript in f64 and by WebAssembly in f32.
 */

import { compareGradients, randomData } from '../../src/check/check-gradients.ts';
import { createExecutor, type GraphExecution } from '../../src/check/execute-graph.ts';
import { compileSource } from '../../src/compile.ts';
import { type Graph, sourceOf } from '../../src/ir/graph.ts';
import { random } from '../../src/loop/random.ts';
import { eliminateDead } from '../../src/passes/eliminate-dead.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { trainingPasses } from '../../src/passes/pipeline.ts';
import { updateRuleOf } from '../../src/passes/update-rule.ts';
import type { Elaboration } from '../../src/semantics/model.ts';
import { JS_TRAITS } from '../../src/targets/js/target.ts';
import { enableRelaxedSimd } from '../support/relaxed-simd.ts';
import { checkOneImage } from './check-one-image.ts';
import { Choices } from './choices.ts';
import { describe, firstDifference } from './closeness.ts';
import { POSITIVE } from './random-program.ts';
import { compareTargets, isUnstable, labelOf, naiveValues, type Setting } from './train-targets.ts';

export interface Outcome {
  /** Rounding errors grow too much in this network for its targets to be compared. */
  readonly isUnstable: boolean;
}

const hasRelaxedSimd = enableRelaxedSimd();

/** Throws where something does not hold; `seed` decides about data, batch and which checks are made. */
export function checkNetwork(text: string, seed: number): Outcome {
  const choices = new Choices([0, 1, 2, 3, 4, 5].map((k) => Math.floor(random(seed, k, 0) * 2 ** 20)));
  // Convolutions are computed in tiles only where that is asked for, or pays.
  const tiles = choices.rarely(2) ? { leastTiledWork: -1 } : {};
  // Two blocks of WebAssembly, of JavaScript, or only one.
  const count = choices.pick([1, 2, 3, 4, 5, 9]);
  const elaboration = elaborated(text);
  if (choices.rarely(12)) checkOneImage(elaboration, (graph) => dataFor(graph, { count: 1, seed }), tiles);
  const setting = settingFor(elaboration, { count, seed, ...tiles, verify: choices.rarely(3) });
  const isExact = equalsNaive(setting, setting.js.run({ count, data: setting.data, update: true }));
  const agrees = !choices.rarely(4) || agreesWithDifferences(setting, seed);
  const isSame = compareTargets(setting, hasRelaxedSimd && choices.rarely(2) ? 'wasm-fused' : 'wasm');
  return { isUnstable: !isExact || !agrees || !isSame };
}

export function elaborated(text: string): Elaboration {
  const { diagnostics, elaboration } = compileSource(text, 'fuzz.cnn');
  if (elaboration) return elaboration;
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  throw new Error(errors.map(({ code, message }) => `${code}: ${message}`).join('\n'));
}

export interface SettingOptions {
  readonly count: number;
  readonly seed: number;
  readonly verify?: boolean;
  readonly leastTiledWork?: number;
}

export function settingFor({ settings, training }: Elaboration, options: SettingOptions): Setting {
  const passes = trainingPasses(updateRuleOf(settings.optimizer));
  const results = training.graph.results.filter(({ role }) => role !== 'output');
  const forward = eliminateDead({ ...training.graph, results });
  const { count, seed, ...passOptions } = options;
  const graph = runPasses(forward, passes, passOptions);
  const derived = eliminateDead(runPasses(forward, passes.slice(0, 2)));
  const data = dataFor(derived, { count, seed });
  return { graph, derived, data, count, js: createExecutor(graph, { engine: 'js', traits: JS_TRAITS, maxCount: 9 }) };
}

/** Some labels are of the class that does not count, and one input may be positive. */
export function dataFor(graph: Graph, options: { count: number; seed: number }): Record<string, Float64Array> {
  const data = randomData(graph, options);
  for (const node of graph.nodes) {
    const source = sourceOf(node);
    if (source?.role === 'image' && source.name === POSITIVE)
      data[node.name] = data[node.name]!.map((value) => 0.5 + Math.abs(value));
    if (source?.role !== 'target' || source.ignore === undefined) continue;
    const ignored = source.ignore;
    data[node.name] = data[node.name]!.map((label, k) => (k % 3 === 1 ? ignored : label));
  }
  return data;
}

/** Relative, both in f64. */
const TOLERANCE = 1e-7;

/** Loss, metrics, gradients and new states; false where f64 itself cannot tell. */
function equalsNaive({ graph, derived, data, count }: Setting, run: GraphExecution): boolean {
  const found = new Map<string, ArrayLike<number>>();
  for (const result of graph.results)
    found.set(labelOf(result), result.role === 'assign' ? run.state(result.state) : run.values(result.node));
  const exact = naiveValues({ derived, data, count });
  const worst = firstDifference(exact, found, TOLERANCE);
  if (!worst) return true;
  // Norms of a single value multiply roundings by hundreds, one after the other.
  const noise = (stream: number, k: number) => 1 + 1e-14 * (random(8, stream, k) - 0.5);
  const moved = naiveValues({ derived, data, count }, noise);
  const shift = firstDifference(exact, moved, TOLERANCE / 10);
  // A function that jumps where another one saturates jumps by much.
  if (shift && (worst.error < 1e-4 || shift.error > worst.error / 10)) return false;
  const { label, error } = worst;
  throw new Error(describe(`${label} against naive`, error, found.get(label)!, exact.get(label)!));
}

/** False where the network is too unstable for differences. */
function agreesWithDifferences(setting: Setting, seed: number): boolean {
  const data = dataFor(setting.graph, { count: 3, seed });
  const options = { traits: JS_TRAITS, engine: 'js', count: 3, samples: 1, seed, data } as const;
  const worst = compareGradients(setting.graph, options, setting.js).find(
    ({ relativeError }) => !(relativeError < 1e-4),
  );
  if (!worst) return true;
  if (isUnstable(setting)) return false;
  throw new Error(`gradient of ${worst.parameter}: off by ${worst.relativeError} from differences`);
}
