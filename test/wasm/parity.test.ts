/**
 * @file WebAssembly against the f64 interpreter and against the JavaScript target: every operator's gradients, dropout's
 * masks, and whole training runs.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { randomData } from '../../src/check/check-gradients.ts';
import { createExecutor, type ExecutorOptions, type GraphExecution } from '../../src/check/execute-graph.ts';
import type { EmitOptions } from '../../src/compile.ts';
import { affineAxis } from '../../src/ir/affine.ts';
import type { Graph, Node } from '../../src/ir/graph.ts';
import { access } from '../../src/ir/scalar.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { OPTIMIZING_PASSES } from '../../src/passes/pipeline.ts';
import { WASM_TRAITS } from '../../src/targets/wasm/target.ts';
import { imageBatch } from '../oracle/inputs.ts';
import { NetworkBuilder } from '../support/build-network.ts';
import { loadModule } from '../support/load-module.ts';
import { trainingGraph } from '../support/middles.ts';
import { enableRelaxedSimd } from '../support/relaxed-simd.ts';
import { NETWORKS, PARITY_RUNS } from '../support/suites.ts';

const COUNT = 11;

const relaxed = enableRelaxedSimd();

function compared(graph: Graph): readonly { readonly name: string; readonly node: Node }[] {
  return graph.results.flatMap((result) => {
    if (result.role === 'metric') return [{ name: result.name, node: result.node }];
    if (result.role === 'loss') return [{ name: 'loss', node: result.node }];
    return result.role === 'gradient' ? [{ name: `d.${result.state.name}`, node: result.node }] : [];
  });
}

const largest = (values: readonly number[]) => values.reduce((size, value) => Math.max(size, Math.abs(value)), 0);

function run(graph: Graph, options: Pick<ExecutorOptions, 'engine' | 'traits'>): GraphExecution {
  const data = randomData(graph, { count: COUNT, seed: 11 });
  return createExecutor(graph, { ...options, maxCount: COUNT }).run({ count: COUNT, data, update: false });
}

describe.each(NETWORKS)('$name', (sample) => {
  const graph = trainingGraph(sample.graph());
  const oracle = run(graph, { engine: 'interpreter', traits: { ...WASM_TRAITS, lanes: 4 } });

  it.for(PARITY_RUNS)('by $engine on $traits.lanes lanes', ({ engine, traits, tolerance }, { skip }) => {
    if (engine === 'wasm-fused' && !relaxed) skip('this engine has no relaxed SIMD');
    const found = run(graph, { engine, traits });
    // A bias before batch norm has no gradient but rounding errors: it is measured against the others.
    const floor = 1e-2 * Math.max(...compared(graph).map(({ node }) => largest(oracle.values(node))));
    for (const { name, node } of compared(graph)) {
      const wanted = oracle.values(node);
      const scale = Math.max(floor, largest(wanted));
      const values = found.values(node);
      expect(values.length).toBe(wanted.length);
      const error = values.reduce((worst, value, k) => {
        const difference = Math.abs(value - wanted[k]!) / scale;
        return Math.max(worst, difference);
      }, 0);
      expect(error, name).toBeLessThan(tolerance);
    }
  });
});

/** Uniform numbers of the random layers, and what dropout makes of ones. */
function dropoutGraph(rate: number): Graph {
  const net = new NetworkBuilder();
  const draws = net.builder.formula(
    [net.builder.source({ role: 'seed' }, [], 'draws')],
    [{ name: 'k', extent: 1000 }],
    { kind: 'random', seed: access(0, []), stream: 5, element: affineAxis('k', 3) },
    { name: 'draws' },
  );
  net.output('draws', draws);
  net.output('dropped', net.layer('dropout', net.input('image', [1000]), { rate }));
  return runPasses(net.builder.finish(), OPTIMIZING_PASSES);
}

describe('random numbers have the same bits on every target', () => {
  it.each([0.1, 0.25, 0.5, 0.8])('dropout of %f', (rate) => {
    const graph = dropoutGraph(rate);
    const data = { ...randomData(graph, { count: COUNT, seed: 5 }), image: new Float64Array(COUNT * 1000).fill(1) };
    const [js, wasm] = (['js', 'wasm'] as const).map((engine) => {
      const executor = createExecutor(graph, { engine, traits: WASM_TRAITS, maxCount: COUNT });
      const execution = executor.run({ count: COUNT, data, update: false });
      return graph.results.map(({ node }) => execution.values(node));
    });
    expect(wasm![0]).toEqual(js![0]);
    expect(wasm![1]!.map(Math.sign)).toEqual(js![1]!.map(Math.sign));
    const kept = wasm![1]!.filter((value) => value > 0).length / (COUNT * 1000);
    expect(kept).toBeGreaterThan(1 - rate - 0.03);
    expect(kept).toBeLessThan(1 - rate + 0.03);
  });
});

/** Their numbers leave lanes of a block unused: 6 of 8, 3 of 4. */
const IMAGES = {
  convnet: { shape: [1, 28, 28], count: 6 },
  resnet8: { shape: [3, 32, 32], count: 3 },
} as const;

interface RunOptions {
  readonly relaxedSimd?: boolean;
  readonly steps: number;
}

const load = (name: keyof typeof IMAGES, options: EmitOptions) =>
  loadModule(readFileSync(`examples/${name}.cnn`, 'utf8'), options);

/** Losses of some steps on random images with a weak pattern, and the checkpoint behind them. */
async function trainingRun(
  module: Awaited<ReturnType<typeof load>>,
  name: keyof typeof IMAGES,
  { relaxedSimd = false, steps }: RunOptions,
) {
  const trainer = await module.createTrainer({ seed: 4, relaxedSimd });
  const { shape, count } = IMAGES[name];
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const batch = imageBatch({ shape, classes: 10, seed: 9, signal: 1 }, step, count);
    losses.push((await trainer.step(batch, { lr: 1e-3 })).loss);
  }
  const checkpoint = trainer.save();
  trainer.dispose();
  return { losses, checkpoint };
}

describe.each([
  // JavaScript computes in doubles between stores, so the runs drift apart; Adam divides by small numbers and drifts
  // faster. Convolutions in tiles round more coarsely: of them, the first steps are compared.
  ['convnet', [6, 2e-4], [6, 2e-4]],
  ['resnet8', [12, 5e-6], [12, 5e-5]],
] as const)('steps of %s', (name, direct, inTiles) => {
  it('lose the same by JavaScript and by WebAssembly, with convolutions in tiles and without', async () => {
    const { losses } = await trainingRun(await load(name, { target: 'js', passes: { skip: ['winograd'] } }), name, {
      steps: direct[0],
    });
    for (const [skip, [steps, bound]] of [
      [['winograd'], direct],
      [[], inTiles],
    ] as const) {
      const module = await load(name, { target: 'wasm', passes: { skip } });
      for (const relaxedSimd of [false, true]) {
        const found = (await trainingRun(module, name, { relaxedSimd, steps })).losses;
        found.forEach((loss, step) => {
          const wanted = losses[step]!;
          expect(Math.abs(loss - wanted) / wanted, `step ${step}: ${loss}, JavaScript ${wanted}`).toBeLessThan(bound);
        });
      }
    }
  });
});

it.each(['js', 'wasm'] as const)('four steps of convnet leave the same bytes when run again by %s', async (target) => {
  const module = await load('convnet', { target });
  const checkpoint = async (steps: number) => Buffer.from((await trainingRun(module, 'convnet', { steps })).checkpoint);
  const first = await checkpoint(4);
  expect(first.equals(await checkpoint(4))).toBe(true);
  expect(first.equals(await checkpoint(3))).toBe(false);
});

/** Products around products: `a * b + (c * d + e * f)`. */
const PRODUCTS = `network Products() {
  input  image: [1, 6, 6]
  target wanted: [4, 4, 4]
  y = image -> first: conv(4, 3x3)
  z = image -> second: conv(4, 3x3)
  mixed = y * z + (y * y + z * (y * 0.5 + z * z)) + y * 0.25
  loss   mse(mixed, wanted)
  output mixed
}
train Products { optimizer sgd(lr: 0.01) }`;

it('nested sums of products keep their value when the module fuses what it can', async () => {
  const { createTrainer } = await loadModule(PRODUCTS, { target: 'wasm' });
  const images = imageBatch({ shape: [1, 6, 6], classes: 2, seed: 3, signal: 2 }, 0, 5).images;
  const outputs = await Promise.all(
    [false, true].map(async (relaxedSimd) => (await createTrainer({ seed: 2, relaxedSimd })).predict(images)),
  );
  const [plain, fused] = outputs.map((output) => [...output]);
  const size = largest(plain!);
  expect(size).toBeGreaterThan(0.01);
  plain!.forEach((value, k) => {
    expect(Math.abs(fused![k]! - value)).toBeLessThan(1e-6 * size);
  });
  if (relaxed) expect(fused).not.toEqual(plain);
});

it('maps of a single tile train as by JavaScript', async () => {
  const text = `network Tile {
    input image: [64, 4, 4]
    target wanted: class(3)
    y = image -> conv(64, 3x3, pad: 1) -> relu -> conv(128, 3x3, pad: 1) -> relu -> flatten -> dense(3)
    loss crossentropy(y, wanted)
    output y
  }
  train Tile { optimizer sgd(lr: 0.001) batch 64 }`;
  const images = imageBatch({ shape: [64, 4, 4], classes: 3, seed: 3, signal: 2 }, 0, 16);
  const [js, wasm] = await Promise.all(
    (['js', 'wasm'] as const).map(async (target) => {
      const trainer = await (await loadModule(text, { target })).createTrainer({ seed: 2 });
      return Array.from({ length: 4 }, () => trainer.step(images).loss);
    }),
  );
  js!.forEach((loss, step) => {
    expect(Math.abs(wasm![step]! - loss) / loss).toBeLessThan(1e-5);
  });
});
