/** @file An ONNX model as ONNX Runtime runs it, and as the network that was made of it predicts. */
import { createExecutor } from '../../src/check/execute-graph.ts';
import { type Imported, importOnnx } from '../../src/import/onnx/import.ts';
import type { ReadOptions } from '../../src/import/onnx/read-graph.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { OPTIMIZING_PASSES } from '../../src/passes/pipeline.ts';
import { predictedGraph } from '../../src/plan/program-graphs.ts';
import { understand } from '../../src/semantics/understand.ts';
import { WASM_TRAITS } from '../../src/targets/wasm/target.ts';
import { expectEqual, type Numbers } from '../export/onnx-oracle.ts';
import { runOnnx } from '../support/onnx-runtime.ts';

/** What the imported network makes of images, by WebAssembly; inputs in the order of the text. */
export function predictions(
  { text, weights }: Pick<Imported, 'text'> & { readonly weights: readonly { name: string; data: Float32Array }[] },
  inputs: readonly Float32Array[],
  count: number,
): Numbers {
  const elaboration = understand(text, 'imported.cnn').elaboration!;
  const graph = runPasses(predictedGraph(elaboration), OPTIMIZING_PASSES);
  const data: Record<string, Float32Array> = {};
  for (const { name, data: values } of weights) data[name] = values;
  elaboration.inference.inputs.forEach(({ node }, k) => {
    data[node.name] = inputs[k]!;
  });
  const executor = createExecutor(graph, { engine: 'wasm', traits: WASM_TRAITS, maxCount: count });
  const run = executor.run({ count, data, update: false });
  return Object.fromEntries(
    graph.results.flatMap((result) => (result.role === 'output' ? [[result.name, run.values(result.node)]] : [])),
  );
}

export const noise = (length: number, seed = 1): Float32Array =>
  Float32Array.from({ length }, (_, k) => Math.sin(seed + k * k * 0.37) + 0.1);

/** Imports the model, and compares what both make of the same images; names of outputs may differ, their order does not. */
export async function expectImported(
  model: Uint8Array,
  shapes: Readonly<Record<string, readonly number[]>>,
  options: ReadOptions & { readonly name?: string; readonly tolerance?: number } = {},
): Promise<Imported> {
  const imported = importOnnx(model, options.name ?? 'model', options);
  const inputs = Object.entries(shapes).map(([name, shape], k) => {
    return [
      name,
      {
        shape,
        data: noise(
          shape.reduce((product, size) => product * size, 1),
          k + 1,
        ),
      },
    ] as const;
  });
  const count = Object.values(shapes)[0]![0]!;
  const wanted = Object.values(await runOnnx(model, Object.fromEntries(inputs)));
  const found = Object.values(
    predictions(
      imported,
      inputs.map(([, { data }]) => data),
      count,
    ),
  );
  const numbered = (list: readonly ArrayLike<number>[]) => Object.fromEntries(list.map((data, k) => [`${k}`, data]));
  expectEqual(numbered(found), numbered(wanted.map(({ data }) => data)), options.tolerance ?? 1e-5);
  return imported;
}
