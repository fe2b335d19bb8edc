/** @file What an imported network makes of images. */
import { createExecutor, type ExecutorOptions } from '../../src/check/execute-graph.ts';
import type { Imported } from '../../src/import/onnx/import.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { OPTIMIZING_PASSES } from '../../src/passes/pipeline.ts';
import { predictedGraph } from '../../src/plan/program-graphs.ts';
import { understand } from '../../src/semantics/understand.ts';
import { WASM_TRAITS } from '../../src/targets/wasm/target.ts';

/** By the names of outputs; inputs in the order of the text. */
export function predictions(
  { text, weights }: Pick<Imported, 'text'> & { readonly weights: readonly { name: string; data: Float32Array }[] },
  inputs: readonly Float32Array[],
  count: number,
  engine: ExecutorOptions['engine'] = 'wasm',
): Readonly<Record<string, ArrayLike<number>>> {
  const elaboration = understand(text, 'imported.cnn').elaboration!;
  const graph = runPasses(predictedGraph(elaboration), OPTIMIZING_PASSES);
  const data: Record<string, Float32Array> = {};
  for (const { name, data: values } of weights) data[name] = values;
  elaboration.inference.inputs.forEach(({ node }, k) => {
    data[node.name] = inputs[k]!;
  });
  const executor = createExecutor(graph, { engine, traits: WASM_TRAITS, maxCount: count });
  const run = executor.run({ count, data, update: false });
  return Object.fromEntries(
    graph.results.flatMap((result) => (result.role === 'output' ? [[result.name, run.values(result.node)]] : [])),
  );
}
