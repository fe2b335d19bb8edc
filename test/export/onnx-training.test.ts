/** @file A step of training in ONNX Runtime gives the loss, the metrics and the states that ours does. */
import { expect, it } from 'vitest';
import { randomData } from '../../src/check/check-gradients.ts';
import { createExecutor } from '../../src/check/execute-graph.ts';
import { writeModel } from '../../src/exchange/onnx/model-file.ts';
import { exportOnnxTraining } from '../../src/export/onnx/training.ts';
import { sourceOf } from '../../src/ir/graph.ts';
import { hostValue } from '../../src/passes/host-expression.ts';
import { trainingGraph } from '../../src/plan/program-graphs.ts';
import { elaborated } from '../semantics/elaborated.ts';
import { runOnnx } from '../support/onnx-runtime.ts';
import { TRAITS } from '../support/run-graph.ts';
import { expectEqual } from './onnx-oracle.ts';

const COUNT = 3;
const LR = 0.05;
const STEP = 3;

/** What a step is given, by the names of sources; what is squared in an optimiser stays positive. */
function dataOf(graph: ReturnType<typeof trainingGraph>): Record<string, ArrayLike<number>> {
  const data: Record<string, ArrayLike<number>> = { ...randomData(graph, { count: COUNT, seed: 5 }) };
  for (const node of graph.nodes) {
    const source = sourceOf(node);
    if (source?.role === 'scalar') data[node.name] = [hostValue(source.scalar.expression, LR, STEP)];
    if (source?.role === 'state' && source.state.role !== 'parameter')
      data[node.name] = Array.from(data[node.name]!, (value) => 0.5 + Math.abs(value));
  }
  return data;
}

const program = (body: string, train = 'optimizer sgd(momentum: 0.9, weight_decay: 0.01)') =>
  elaborated(`network T {
  input image: [2, 6, 7]
  target label: class(3)
  ${body}
  loss crossentropy(scores, label)
  metric accuracy(scores, label)
}
train T {\n  ${train}\n}`);

it.each([
  ['a convolution', 'scores = image -> conv(4, 3x3, pad: same) -> relu -> maxpool(2) -> dense(3)', undefined],
  [
    'convolutions of all kinds',
    `scores = image -> convtranspose(4, 3x3, stride: 2, pad: 1, output_padding: 1) -> conv(4, 3x2, groups: 2, dilation: 2, stride: 2)
                    -> tanh -> depthwise(3x3, multiplier: 2, pad: [2, 0, 0, 1]) -> conv(3, 1x1) -> dense(3)`,
    undefined,
  ],
  ['norms', 'scores = image -> conv(4, 3x3, stride: 2) -> batchnorm -> gelu -> layernorm -> dense(3)', undefined],
  ['adam', 'scores = image -> depthwise(3x3) -> silu -> globalavgpool -> dense(3)', 'optimizer adam(lr: 0.01)'],
  ['limited gradients', 'scores = image -> avgpool(2) -> dense(3)', 'optimizer adamw(lr: 0.01)\n  clip norm(0.1)'],
  ['a residual', 'x = image -> conv(2, 1x1)\n  scores = (x + image * 2) -> tanh -> dense(3)', undefined],
])('%s', async (_, body, train) => {
  const elaboration = program(body, train);
  const graph = trainingGraph(elaboration);
  const data = dataOf(graph);
  const run = createExecutor(graph, { engine: 'js', traits: TRAITS, maxCount: COUNT }).run({
    count: COUNT,
    data,
    update: true,
  });
  const wanted = Object.fromEntries(
    graph.results.flatMap((result) => {
      if (result.role === 'loss') return [['loss', run.values(result.node)] as const];
      if (result.role === 'metric') return [[result.name, run.values(result.node)] as const];
      return result.role === 'assign' ? [[`${result.state.name}.next`, run.state(result.state)] as const] : [];
    }),
  );
  const { model, states } = exportOnnxTraining(elaboration);
  const { image, label } = Object.fromEntries(
    [...elaboration.training.inputs, ...elaboration.training.targets].map(({ name, node }) => [name, node.name]),
  );
  const inputs = {
    image: { shape: [COUNT, 2, 6, 7], data: data[image!]! },
    label: { shape: [COUNT], data: BigInt64Array.from(Array.from(data[label!]!), BigInt) },
    lr: { shape: [], data: [LR] },
    step: { shape: [], data: [STEP] },
    ...Object.fromEntries(states.map(({ name, shape }) => [name, { shape, data: data[name]! }])),
  };
  const named = model.graph!.inputs.map(({ name }) => name);
  const found = await runOnnx(
    writeModel(model),
    Object.fromEntries(Object.entries(inputs).filter(([name]) => named.includes(name))),
  );
  const values = Object.fromEntries(Object.entries(found).map(([name, value]) => [name, value.data]));
  expect(values.loss!.length).toBe(1);
  expectEqual(values, wanted, 2e-5);
});
