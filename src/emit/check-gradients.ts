/**
 * @file Derived gradients against central differences, both in f64, over random inputs and the network's own initial
 * weights. A difference is taken at two step sizes and the better one counts: at a kink of a relu or a change of a
 * max-pool's winner no single step size is right for every parameter.
 */
import { elementCount, type Graph, type HostExpression, type State, sourceOf } from '../ir/graph.ts';
import { random } from '../loop/random.ts';
import type { TargetTraits } from '../loop/schedule.ts';
import { createExecutor } from './execute-graph.ts';

export interface GradientCheck {
  readonly parameter: string;
  readonly shape: readonly number[];
  /** Elements compared. */
  readonly checked: number;
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

/** `graph`: a training graph after its passes; `executor`: of that graph, where there is one for that many images. */
export function checkGradients(
  graph: Graph,
  options: GradientCheckOptions,
  executor = createExecutor(graph, { ...options, maxCount: options.count }),
): GradientCheck[] {
  const { data = randomData(graph, options) } = options;
  const loss = graph.results.find((result) => result.role === 'loss')!.node;
  const run = () => executor.run({ count: options.count, data, update: false });
  const derived = run();
  const gradients = graph.results.flatMap((result) =>
    result.role === 'gradient' ? [{ state: result.state, values: derived.values(result.node) }] : [],
  );
  // Gradients that are 0 but for rounding (a bias before batch norm) are measured against the others; all may be 0.
  const floor = 1e-3 * gradients.reduce((largest, { values }) => Math.max(largest, largestOf(values)), 1e-2);
  return gradients.map(({ state, values }) =>
    compare(state, values, data[state.name] as Float64Array, floor, options.samples, () => run().values(loss)[0]!),
  );
}

const STEPS = [1e-4, 1e-6];

function compare(
  state: State,
  gradient: readonly number[],
  values: Float64Array,
  floor: number,
  samples: number,
  loss: () => number,
): GradientCheck {
  const scale = Math.max(floor, largestOf(gradient));
  const stride = Math.max(1, Math.floor(values.length / samples));
  let worst = 0;
  let checked = 0;
  for (let k = 0; k < values.length && checked < samples; k += stride) {
    const errors = STEPS.map((step) => Math.abs(centralDifference(values, k, step, loss) - gradient[k]!) / scale);
    worst = Math.max(worst, Math.min(...errors));
    checked++;
  }
  return { parameter: state.name, shape: state.shape, checked, relativeError: worst };
}

function largestOf(values: readonly number[]): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

function centralDifference(values: Float64Array, k: number, step: number, loss: () => number): number {
  const kept = values[k]!;
  values[k] = kept + step;
  const above = loss();
  values[k] = kept - step;
  const below = loss();
  values[k] = kept;
  return (above - below) / (2 * step);
}

/** Inputs in (-1, 1), weights small enough to keep every unit alive, statistics as at the start of training. */
export function randomData(
  graph: Graph,
  { count, seed }: Pick<GradientCheckOptions, 'count' | 'seed'>,
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
          return 2 * draw(k) - 1;
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
  if (initializer.kind === 'constant') return initializer.value ?? 0;
  // Scales and shifts are moved off 1 and 0, where mistakes could hide.
  if (initializer.kind === 'ones') return 0.5 + draw;
  if (initializer.kind === 'zeros') return draw - 0.5;
  return (2 * draw - 1) * Math.sqrt(3 / Math.max(1, initializer.fanIn));
}

/** The value of a host expression, as the emitted module computes it. */
export function hostValue(expression: HostExpression, lr: number, step: number): number {
  switch (expression.kind) {
    case 'constant':
      return expression.value;
    case 'lr':
      return lr;
    case 'step':
      return step;
    case 'sqrt':
      return Math.sqrt(hostValue(expression.operand, lr, step));
    case 'binary': {
      const [a, b] = [hostValue(expression.left, lr, step), hostValue(expression.right, lr, step)];
      if (expression.operator === '+') return a + b;
      if (expression.operator === '-') return a - b;
      if (expression.operator === '*') return a * b;
      return expression.operator === '/' ? a / b : a ** b;
    }
  }
}
