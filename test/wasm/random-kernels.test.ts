/**
 * @file Random stacks of convolutions, pooling and dense layers with odd sizes, strides, dilations, pads and groups:
 * JavaScript and WebAssembly against the f64 interpreter, loss and every gradient.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomData } from '../../src/check/check-gradients.ts';
import { createExecutor, type ExecutorOptions } from '../../src/check/execute-graph.ts';
import type { Graph, Node } from '../../src/ir/graph.ts';
import type { TargetTraits } from '../../src/loop/schedule.ts';
import { WASM_TRAITS } from '../../src/targets/wasm/target.ts';
import { NetworkBuilder } from '../support/build-network.ts';
import { trainingGraph } from '../support/middles.ts';
import { enableRelaxedSimd } from '../support/relaxed-simd.ts';

const relaxed = enableRelaxedSimd();

type Four = readonly [number, number, number, number];
type Two = readonly [number, number];

interface LayerSpec {
  readonly operator: 'conv' | 'maxpool' | 'avgpool' | 'tanh' | 'relu';
  readonly channels: number;
  readonly kernel: Two;
  readonly stride: Two;
  readonly dilation: Two;
  readonly pad: Four;
  readonly ceil: boolean;
  readonly grouped: boolean;
}

interface StackSpec {
  readonly image: readonly [channels: number, height: number, width: number];
  readonly layers: readonly LayerSpec[];
  readonly units: number;
  readonly count: number;
  readonly seed: number;
}

const upTo = (largest: number) => fc.integer({ min: 1, max: largest });
const pair = (largest: number) => fc.tuple(upTo(largest), upTo(largest));
const side = fc.integer({ min: 0, max: 2 });

const layerSpec: fc.Arbitrary<LayerSpec> = fc.record({
  operator: fc.constantFrom('conv', 'conv', 'conv', 'maxpool', 'avgpool', 'tanh', 'relu'),
  channels: upTo(9),
  kernel: pair(4),
  stride: pair(3),
  dilation: pair(2),
  pad: fc.tuple(side, side, side, side),
  ceil: fc.boolean(),
  grouped: fc.boolean(),
});

const stackSpec: fc.Arbitrary<StackSpec> = fc.record({
  image: fc.tuple(upTo(4), upTo(9), upTo(9)),
  layers: fc.array(layerSpec, { minLength: 1, maxLength: 3 }),
  units: fc.integer({ min: 2, max: 9 }),
  count: upTo(10),
  seed: fc.nat(1000),
});

/** The window's size with its holes, at most that of the padded map. */
function fits([, height, width]: readonly number[], { kernel, dilation, pad }: LayerSpec, spread: Two): boolean {
  const extent = (k: 0 | 1) => (kernel[k] - 1) * (spread === dilation ? dilation[k] : 1) + 1;
  return extent(0) <= height! + pad[0] + pad[2] && extent(1) <= width! + pad[1] + pad[3];
}

const ONES: Two = [1, 1];

/** A window may lie wholly in the padding of a maximum, which has no value; so pooling pads less than its kernel. */
function poolPad({ kernel, pad }: LayerSpec): Four {
  const [top, left] = [Math.min(pad[0], Math.floor(kernel[0] / 2)), Math.min(pad[1], Math.floor(kernel[1] / 2))];
  return [top, left, top, left];
}

function apply(net: NetworkBuilder, x: Node, spec: LayerSpec): Node {
  const { operator, channels, kernel, stride, dilation, pad, ceil, grouped } = spec;
  if (operator === 'conv') {
    const spread = fits(x.shape, spec, dilation) ? dilation : ONES;
    if (!fits(x.shape, spec, spread)) return x;
    const groups = grouped ? x.shape[0]! : 1;
    const attributes = {
      channels: groups * Math.ceil(channels / groups),
      kernel,
      stride,
      dilation: spread,
      pad,
      groups,
    };
    return net.layer('conv', x, attributes);
  }
  if (operator === 'maxpool' || operator === 'avgpool') {
    const padding = poolPad(spec);
    if (!fits(x.shape, { ...spec, pad: padding }, ONES)) return x;
    return net.layer(operator, x, {
      kernel,
      stride,
      pad: padding,
      ceil: ceil && stride.every((s, k) => s <= kernel[k]!),
    });
  }
  return net.layer(operator, x);
}

function stackGraph({ image, layers, units }: StackSpec): Graph {
  const net = new NetworkBuilder();
  const features = layers.reduce((x, spec) => apply(net, x, spec), net.input('image', image));
  const scores = net.layer('dense', net.layer('tanh', features), { units });
  net.loss('crossentropy', [scores, net.classTarget('label', units)]);
  return trainingGraph(net.builder.finish());
}

type Values = ReadonlyMap<string, readonly number[]>;

function lossAndGradients(
  graph: Graph,
  { count, seed }: StackSpec,
  options: Pick<ExecutorOptions, 'engine' | 'traits'>,
): Values {
  const data = randomData(graph, { count, seed });
  const execution = createExecutor(graph, { ...options, maxCount: count }).run({ count, data, update: false });
  return new Map(
    graph.results.flatMap((result): [string, number[]][] => {
      if (result.role === 'loss') return [['loss', execution.values(result.node)]];
      return result.role === 'gradient' ? [[`d.${result.state.name}`, execution.values(result.node)]] : [];
    }),
  );
}

const sizeOf = (values: readonly number[]) => values.reduce((size, value) => Math.max(size, Math.abs(value)), 0);

/** Largest difference, relative to the largest element of its tensor or, where that is tiny, of all. */
function worstError(found: Values, wanted: Values): number {
  const floor = 1e-2 * Math.max(...[...wanted.values()].map(sizeOf));
  let worst = 0;
  for (const [name, values] of wanted) {
    const scale = Math.max(floor, sizeOf(values));
    values.forEach((value, k) => {
      worst = Math.max(worst, Math.abs(found.get(name)![k]! - value) / scale);
    });
  }
  return worst;
}

/** More of them: CNNC_RANDOM_RUNS=1000 npx vitest run test/wasm/random-kernels.test.ts */
const RUNS = Number(process.env.CNNC_RANDOM_RUNS ?? 30);

const one: TargetTraits = { ...WASM_TRAITS, lanes: 4, registersPerVarying: 1 };
const scalars: TargetTraits = { ...WASM_TRAITS, lanes: 4, registersPerVarying: 4 };

const TARGETS = [
  ['js', scalars, 1e-10],
  ['wasm', one, 1e-5],
  ['wasm', WASM_TRAITS, 1e-5],
  ...(relaxed ? ([['wasm-fused', WASM_TRAITS, 1e-5]] as const) : []),
] as const;

describe('random stacks', () => {
  it('have the same loss and gradients on every target', () => {
    fc.assert(
      fc.property(stackSpec, (spec) => {
        const graph = stackGraph(spec);
        const wanted = lossAndGradients(graph, spec, { engine: 'interpreter', traits: one });
        expect([...wanted.values()].flat().every(Number.isFinite)).toBe(true);
        for (const [engine, traits, bound] of TARGETS) {
          const found = lossAndGradients(graph, spec, { engine, traits });
          expect(worstError(found, wanted), `${engine}, ${traits.lanes} lanes`).toBeLessThan(bound);
        }
      }),
      // One seed: rounding may decide between equals of a maximum, and no bound holds for that.
      { numRuns: RUNS, seed: 1 },
    );
  });
});
