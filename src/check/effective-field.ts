/**
 * @file The effective receptive field: where the gradient of one place of a map really falls. It is a small part of what the
 * place can see, and nearly Gaussian: Luo, Li, Urtasun and Zemel, "Understanding the Effective Receptive Field in Deep
 * Convolutional Neural Networks", NeurIPS 2016. The sum over the channels of the place is derived by the image, in inference
 * mode, with weights and images drawn from a seed; the squares of the gradient are averaged over the draws.
 */
import { axesOf } from '../analysis/cell-field.ts';
import { affineAdd, affineAxis, affineConstant, axisIndex, plainIndex } from '../ir/affine.ts';
import { GraphBuilder } from '../ir/builder.ts';
import { elementCount, type Graph, type Node } from '../ir/graph.ts';
import { type Axis, access, multiply, type Scalar } from '../ir/scalar.ts';
import { deriveBackward } from '../passes/derive-backward.ts';
import { eliminateDead } from '../passes/eliminate-dead.ts';
import { runPasses } from '../passes/pass.ts';
import { OPTIMIZING_PASSES } from '../passes/pipeline.ts';
import type { EffectiveField } from '../report/cell-report.ts';
import type { Layer, Model } from '../semantics/model.ts';
import { WASM_TRAITS } from '../targets/wasm/target.ts';
import { randomData } from './check-gradients.ts';
import { createExecutor } from './execute-graph.ts';

export interface EffectiveFieldOptions {
  readonly seed?: number;
  /** Times that weights are drawn, each with a block of images. */
  readonly draws?: number;
}

/** `model`: for inference. `place`: along the axes of the map of the layer. */
export function effectiveField(
  model: Model,
  layer: Layer,
  place: readonly number[],
  { seed = 1, draws = 2 }: EffectiveFieldOptions = {},
): EffectiveField {
  const input = model.inputs.find(({ shape }) => axesOf(shape).length > 0) ?? model.inputs[0]!;
  const { graph, gradient } = gradientOfPlace(model.graph, layer.output, place, input.node);
  const axes = axesOf(input.shape);
  if (!gradient) return { axes, shares: new Float64Array() };
  const count = WASM_TRAITS.lanes;
  const executor = createExecutor(graph, { engine: 'wasm', traits: WASM_TRAITS, maxCount: count });
  const shares = new Float64Array(elementCount(axes));
  for (let draw = 0; draw < draws; draw++) {
    const data = randomData(graph, { count, seed: seed + draw });
    const values = executor.run({ count, data, update: false }).values(gradient);
    // Draws count alike, whatever the scale of their weights.
    const sum = values.reduce((total, value) => total + value * value, 0);
    if (sum === 0) continue;
    values.forEach((value, k) => {
      shares[k % shares.length]! += (value * value) / sum;
    });
  }
  const total = shares.reduce((sum, share) => sum + share, 0);
  return { axes, shares: total > 0 ? shares.map((share) => share / total) : new Float64Array() };
}

function gradientOfPlace(forward: Graph, output: Node, place: readonly number[], image: Node) {
  const builder = GraphBuilder.from({ ...forward, results: [] });
  const axes = output.shape.map((extent, k): Axis => ({ name: `a${k}`, extent }));
  const read = access(
    0,
    axes.map(({ name }) => axisIndex(name)),
  );
  const body = place.reduce<Scalar>((product, at, k) => multiply(product, isAt(axes[k + 1]!, at)), read);
  const loss = builder.formula(
    [output],
    [],
    { kind: 'reduce', operator: 'sum', axes, batch: false, body },
    {
      name: 'place',
    },
  );
  builder.results.push({ role: 'loss', node: loss });
  const derived = deriveBackward(eliminateDead(builder.finish()), [image]);
  const results = derived.results.filter(({ role }) => role === 'output');
  const graph = runPasses(eliminateDead({ ...derived, results }), OPTIMIZING_PASSES);
  return { graph, gradient: graph.results[0]?.node };
}

/** 1 at one place along the axis, else 0. */
function isAt({ name }: Axis, place: number): Scalar {
  return { kind: 'inside', index: plainIndex(affineAdd(affineAxis(name), affineConstant(-place))), extent: 1 };
}
