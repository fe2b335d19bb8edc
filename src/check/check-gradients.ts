/**
 * @file Derived gradients against central differences, both in f64, over random inputs and the network's own initial
 * weights. A difference is taken at two step sizes and the better one counts: near a kink of a relu or a change of a
 * max-pool's winner no single step size is right for every parameter. Exactly at a kink there is no derivative to compare
 * with: there the slopes before and behind differ however small the step, and such elements are told apart from wrong
 * ones. So are those without a finite loss or gradient.
 */
import { elementCount, type Graph, type State, sourceOf } from '../ir/graph.ts';
import { random } from '../loop/random.ts';
import type { TargetTraits } from '../loop/schedule.ts';
import { hostValue } from '../passes/host-expression.ts';
import type { RunOptions } from '../passes/pass.ts';
import { drawOf } from '../plan/initial-draw.ts';
import { trainingGraph } from '../plan/program-graphs.ts';
import type { Elaboration } from '../semantics/model.ts';
import { JS_TRAITS } from '../targets/js/target.ts';
import { createExecutor } from './execute-graph.ts';

export interface GradientCheck {
  readonly parameter: string;
  readonly shape: readonly number[];
  /** Elements compared. */
  readonly checked: number;
  /** Elements at a kink of the loss, which were left out. */
  readonly kinks: number;
  /** Elements at which the loss or its gradient is not finite, which were left out. */
  readonly notFinite: number;
  /** |derived - difference| / the largest gradient of the parameter. */
  readonly relativeError: number;
}

export interface GradientCheckOptions {
  readonly traits: TargetTraits;
  readonly engine: 'interpreter' | 'js';
  /** Images in the batch. */
  readonly count: number;
  /** At most so many elements of each parameter, spread over it. */
  readonly samples: number;
  readonly seed: number;
  /** Drawn from the seed unless given: by name, all images one after the other. */
  readonly data?: Readonly<Record<string, Float64Array>>;
}

/** Of the network's training step, by what a JavaScript module would compute. Reports CNN2008. */
export function checkGradients(
  elaboration: Elaboration,
  { skip, ...options }: Partial<Omit<GradientCheckOptions, 'traits' | 'engine'>> & Pick<RunOptions, 'skip'> = {},
): GradientCheck[] {
  const usual = { traits: JS_TRAITS, engine: 'js', count: 5, samples: 12, seed: 1 } as const;
  return compareGradients(trainingGraph(elaboration, { skip }), { ...usual, ...options });
}

/** `graph`: a training graph after its passes; `executor`: of that graph, where there is one for that many images. */
export function compareGradients(
  graph: Graph,
  options: GradientCheckOptions,
  executor = createExecutor(graph, { ...options, maxCount: options.count }),
): GradientCheck[] {
  const loss = graph.results.find((result) => result.role === 'loss')!.node;
  const run = (data: Data) => executor.run({ count: options.count, data, update: false });
  const data = options.data ?? finiteData(graph, options, (drawn) => run(drawn).values(loss)[0]!);
  const derived = run(data);
  const gradients = graph.results.flatMap((result) =>
    result.role === 'gradient' ? [{ state: result.state, values: derived.values(result.node) }] : [],
  );
  // Gradients that are 0 but for rounding (a bias before batch norm) are measured against the others; all may be 0.
  const floor = 1e-3 * gradients.reduce((largest, { values }) => Math.max(largest, largestOf(values)), 1e-2);
  // Values are read from where the next run puts its own.
  const base = derived.values(loss)[0]!;
  const lossNow = () => run(data).values(loss)[0]!;
  return gradients.map(({ state, values }) => {
    const probe = { values: data[state.name] as Float64Array, loss: lossNow, base };
    return compare(state, values, probe, Math.max(floor, largestOf(values)), options.samples);
  });
}

/** Many formulas have no value at negative numbers: where the loss is not finite, other inputs are drawn. */
function finiteData(graph: Graph, { count, seed }: GradientCheckOptions, loss: (data: Data) => number): Data {
  const first = randomData(graph, { count, seed });
  if (Number.isFinite(loss(first))) return first;
  for (const [by, positive] of [
    [0, true],
    [1, false],
    [1, true],
    [2, true],
  ] as const) {
    const other = randomData(graph, { count, seed: seed + by, positive });
    if (Number.isFinite(loss(other))) return other;
  }
  return first;
}

/** Largest first: the second is taken from what the first leaves open. */
const STEPS = [1e-4, 1e-6] as const;

/** Of the largest gradient: no reason to look closer. */
const AGREEMENT = 1e-7;

/** The values of a parameter, which are changed for a moment; the loss as they are, and with nothing changed. */
interface Probe {
  readonly values: Float64Array;
  readonly loss: () => number;
  readonly base: number;
}

function compare(
  state: State,
  gradient: readonly number[],
  probe: Probe,
  scale: number,
  samples: number,
): GradientCheck {
  const { length } = probe.values;
  const stride = Math.max(1, Math.floor(length / samples));
  const found = { checked: 0, kinks: 0, notFinite: 0, relativeError: 0 };
  for (let k = 0; k < length && found.checked + found.kinks + found.notFinite < samples; k += stride) {
    const error = errorAt(k, gradient[k]!, probe, scale);
    if (error === 'kink') found.kinks++;
    else if (error === 'not finite') found.notFinite++;
    else {
      found.checked++;
      found.relativeError = Math.max(found.relativeError, error / scale);
    }
  }
  return { parameter: state.name, shape: state.shape, ...found };
}

/** |derived - difference|, or why there is none. `scale`: the largest gradient of the parameter. */
function errorAt(k: number, derived: number, probe: Probe, scale: number): number | 'kink' | 'not finite' {
  const slopes = STEPS.map((step) => slopesAt(k, step, probe));
  const all = [derived, ...slopes.flatMap(({ before, behind }) => [before, behind])];
  if (!all.every(Number.isFinite)) return 'not finite';
  const error = Math.min(...slopes.map(({ before, behind }) => Math.abs((before + behind) / 2 - derived)));
  if (error <= AGREEMENT * scale) return error;
  const [wide, narrow] = slopes.map(({ before, behind }) => Math.abs(behind - before));
  // Of a smooth function the slopes on both sides meet as the step shrinks, down to what the loss rounds.
  const rounding = (100 * Number.EPSILON * Math.abs(probe.base)) / STEPS[1];
  const isKink = narrow! > Math.max(wide! / 4, rounding, error / 1000);
  return isKink ? 'kink' : error;
}

/** Of the loss, on both sides of element `k`. */
function slopesAt(k: number, step: number, { values, loss, base }: Probe): { before: number; behind: number } {
  const kept = values[k]!;
  values[k] = kept + step;
  const above = loss();
  values[k] = kept - step;
  const below = loss();
  values[k] = kept;
  return { before: (base - below) / step, behind: (above - base) / step };
}

function largestOf(values: readonly number[]): number {
  return values.reduce((largest, value) => (Number.isFinite(value) ? Math.max(largest, Math.abs(value)) : largest), 0);
}

type Data = Readonly<Record<string, Float64Array>>;

/** Inputs in (-1, 1), or in (0, 1) if `positive`, weights small enough to keep every unit alive, statistics as at the start of training. */
export function randomData(
  graph: Graph,
  { count, seed, positive = false }: Pick<GradientCheckOptions, 'count' | 'seed'> & { readonly positive?: boolean },
): Record<string, Float64Array> {
  const data: Record<string, Float64Array> = {};
  graph.nodes.forEach((node, stream) => {
    const source = sourceOf(node);
    if (!source) return;
    const size = elementCount(node.shape) * (node.varying ? count : 1);
    const draw = (k: number) => random(seed, stream, k);
    data[node.name] = Float64Array.from({ length: size }, (_, k) => {
      switch (source.role) {
        case 'image':
          return positive ? draw(k) : 2 * draw(k) - 1;
        case 'target':
          return source.classes === undefined ? draw(k) : Math.floor(draw(k) * source.classes);
        case 'seed':
          return Math.floor(draw(k) * 2 ** 24);
        case 'state':
          return initialValue(source.state, draw(k));
        case 'scalar':
          return hostValue(source.scalar.expression, 0.01, 1);
        case 'weight':
          return 1 / count;
      }
    });
  });
  return data;
}

function initialValue({ role, initializer }: State, draw: number): number {
  if (role === 'optimizer') return 0;
  if (initializer.kind === 'constant') return drawOf(initializer).value;
  // Scales and shifts are moved off 1 and 0, where mistakes could hide.
  if (initializer.kind === 'ones') return 0.5 + draw;
  if (initializer.kind === 'zeros') return draw - 0.5;
  return (2 * draw - 1) * Math.sqrt(3 / Math.max(1, initializer.fanIn));
}
