/**
 * @file What operators are tested on, and by what. The tests take their samples and their engines from here, and so does
 * the matrix of docs/operators.md: what it shows is what is run.
 */

import type { ExecutorOptions } from '../../src/check/execute-graph.ts';
import { functionNames } from '../../src/formula/functions.ts';
import type { Graph } from '../../src/ir/graph.ts';
import type { TargetTraits } from '../../src/loop/schedule.ts';
import { findOperator, OPERATORS } from '../../src/ops/registry.ts';
import { WASM_TRAITS } from '../../src/targets/wasm/target.ts';
import { WEBGPU_TRAITS } from '../../src/targets/webgpu/target.ts';
import { operatorCases } from '../oracle/cases.ts';
import { layer } from './middle.ts';
import { LOSSES, lossOperator, METRICS, MIDDLES, metricNetwork, middleNetwork } from './middles.ts';
import { TRAITS } from './run-graph.ts';

export const TARGETS = ['interpreter', 'js', 'wasm', 'webgpu'] as const;
export type Target = (typeof TARGETS)[number];
export const DIRECTIONS = ['forward', 'gradient'] as const;
export type Direction = (typeof DIRECTIONS)[number];

export interface Run {
  readonly engine: ExecutorOptions['engine'];
  readonly traits: TargetTraits;
  /** Largest difference, relative to the largest element. */
  readonly tolerance: number;
}

/** Scalar registers of one lane each, as JavaScript has them. */
const scalars = (lanes: number): TargetTraits => ({ ...TRAITS, lanes, registersPerVarying: lanes });
/** Vectors of four lanes; a block has one or two. */
const vectors = (lanes: number): TargetTraits => ({ ...TRAITS, lanes, width: 4, registersPerVarying: lanes / 4 });

/** Operators alone against PyTorch: `test/formula/operators.test.ts`. */
export const PYTORCH_RUNS: readonly Run[] = [
  { engine: 'interpreter', traits: scalars(4), tolerance: 1e-10 },
  { engine: 'js', traits: scalars(4), tolerance: 1e-10 },
  { engine: 'js', traits: scalars(1), tolerance: 1e-10 },
  { engine: 'wasm', traits: vectors(4), tolerance: 3e-5 },
  { engine: 'wasm', traits: vectors(8), tolerance: 3e-5 },
];

/** Whole graphs, optimised, against the naive evaluator on the graph before: `test/formula/gradients.test.ts`. */
export const NAIVE_RUNS: readonly Run[] = [
  { engine: 'interpreter', traits: TRAITS, tolerance: 1e-10 },
  { engine: 'js', traits: TRAITS, tolerance: 1e-10 },
];

/** Whole graphs against the interpreter, which the naive evaluator has checked: `test/wasm/parity.test.ts`. */
export const PARITY_RUNS: readonly Run[] = [4, 8].flatMap((lanes) =>
  (['wasm', 'wasm-fused'] as const).map((engine) => ({
    engine,
    traits: { ...WASM_TRAITS, lanes, registersPerVarying: lanes / 4 },
    tolerance: 2e-5,
  })),
);

/** Both, on a graphics card, or a program in its place: `test/webgpu/operators.test.ts`. */
export const DEVICE_RUN = { engine: 'webgpu', traits: WEBGPU_TRAITS, tolerance: 3e-5 } as const;

/** A small network around an operator. */
export interface NetworkSample {
  readonly name: string;
  readonly operator: string;
  /** Not so of a metric. */
  readonly differentiated: boolean;
  graph(): Graph;
}

export const NETWORKS: readonly NetworkSample[] = [
  ...MIDDLES.map(([name, middle, image]) => ({
    name,
    operator: name.split(' ')[0]!,
    differentiated: true,
    graph: () => middleNetwork(middle, 'crossentropy', image),
  })),
  ...LOSSES.map((loss) => ({
    name: `loss ${loss}`,
    operator: lossOperator(loss),
    differentiated: true,
    graph: () => middleNetwork(layer('relu'), loss),
  })),
  ...METRICS.map((metric) => ({
    name: `metric ${metric}`,
    operator: metric,
    differentiated: false,
    graph: () => metricNetwork(metric),
  })),
];

/** Functions of the language that are no layers; `detach` has nothing to differentiate. */
export const FUNCTIONS: readonly string[] = functionNames().filter((name) => !findOperator(name) && name !== 'detach');

/** How many samples test an operator. */
export interface Cell {
  readonly pytorch: number;
  readonly networks: number;
  /** Not so of gradients of metrics, which there are none of. */
  readonly differentiated: boolean;
}

const targetOf = (engine: Run['engine'] | typeof DEVICE_RUN.engine): Target => {
  if (engine === 'js-f32') return 'js';
  return engine === 'wasm-fused' ? 'wasm' : engine;
};
const reaches = (runs: readonly Pick<Run | typeof DEVICE_RUN, 'engine'>[], target: Target) =>
  runs.some(({ engine }) => targetOf(engine) === target);

/** Of every operator and every function: forward and gradient, by every target. */
export function coverage(): ReadonlyMap<string, (direction: Direction, target: Target) => Cell> {
  const cases = operatorCases();
  return new Map(
    [...OPERATORS, ...FUNCTIONS.map((name) => ({ name, kind: 'function' }))].map(({ name, kind }) => [
      name,
      (direction: Direction, target: Target): Cell => {
        if (kind === 'metric' && direction === 'gradient') return { pytorch: 0, networks: 0, differentiated: false };
        const isRun = reaches([...NAIVE_RUNS, ...PARITY_RUNS, DEVICE_RUN], target);
        return {
          pytorch: reaches([...PYTORCH_RUNS, DEVICE_RUN], target) ? cases.filter(({ op }) => op === name).length : 0,
          networks: isRun ? NETWORKS.filter(({ operator }) => operator === name).length : 0,
          differentiated: true,
        };
      },
    ]),
  );
}
