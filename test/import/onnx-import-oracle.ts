/** @file An ONNX model as ONNX Runtime runs it, and as the network that was made of it predicts. */
import { type Imported, importOnnx } from '../../src/import/onnx/import.ts';
import type { ReadOptions } from '../../src/import/onnx/read-graph.ts';
import { expectEqual } from '../export/onnx-oracle.ts';
import { runOnnx } from '../support/onnx-runtime.ts';
import { predictions } from '../support/predict-imported.ts';

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
