/** @file A training step of one convolution between a 1 x 1 convolution, which wants its input gradient, and a loss. */
import { type Graph, sourceOf } from '../../src/ir/graph.ts';
import { type RunOptions, runPasses } from '../../src/passes/pass.ts';
import { trainingPasses } from '../../src/passes/pipeline.ts';
import { NetworkBuilder } from './build-network.ts';
import { RULE } from './middles.ts';

export interface ConvolutionShape {
  readonly channels: number;
  readonly outputs: number;
  readonly height: number;
  readonly width: number;
  readonly pad: unknown;
  readonly relu: boolean;
  readonly kernel?: number | readonly [number, number];
  readonly stride?: number;
  readonly dilation?: number;
}

export interface TrainingStep {
  readonly graph: Graph;
  readonly data: Readonly<Record<string, Float32Array>>;
  readonly count: number;
}

export function trainingStep(shape: ConvolutionShape, options: RunOptions & { seed?: number }): TrainingStep {
  const net = new NetworkBuilder();
  const { channels, outputs, height, width, pad, kernel = 3, stride = 1, dilation = 1 } = shape;
  const before = net.layer('conv', net.input('image', [2, height, width]), { channels, kernel: 1 }, 'before');
  const made = net.layer('conv', before, { channels: outputs, kernel, stride, dilation, pad }, 'conv');
  const y = shape.relu ? net.layer('relu', made) : made;
  net.loss('mse', [y, net.tensorTarget('wanted', y.shape)], { reduction: 'half' });
  net.output('y', y);
  const taps = typeof kernel === 'number' ? kernel * kernel : kernel[0] * kernel[1];
  return stepOf(net.builder.finish(), channels * taps, options);
}

/** The step of a forward graph with random data; `fanIn` of its weights. Convolutions of any size are tiled. */
export function stepOf(forward: Graph, fanIn: number, options: RunOptions & { seed?: number }): TrainingStep {
  const graph = runPasses(forward, trainingPasses(RULE), { verify: true, leastTiledWork: 0, ...options });
  const random = mulberry(options.seed ?? 1);
  const count = 5;
  const data: Record<string, Float32Array> = {};
  for (const node of graph.nodes) {
    const size = node.shape.reduce((product, extent) => product * extent, 1);
    const spread = sourceOf(node)?.role === 'state' ? Math.sqrt(3 / fanIn) : 1;
    if (sourceOf(node))
      data[node.name] = Float32Array.from({ length: size * count }, () => spread * (2 * random() - 1));
    if (sourceOf(node)?.role === 'state') data[node.name] = data[node.name]!.subarray(0, size);
    if (sourceOf(node)?.role === 'scalar') data[node.name] = new Float32Array([0.1]);
  }
  return { graph, data, count };
}

/** Does the graph compute a part called `part` of a convolution in tiles? */
export function hasPart(graph: Graph, part: string): boolean {
  return graph.nodes.some((node) => node.name.endsWith(`.${part}`));
}

/** Uniform numbers in [0, 1). */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
