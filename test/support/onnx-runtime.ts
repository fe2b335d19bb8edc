/** @file ONNX Runtime as an oracle: its WebAssembly build from npm, on one thread of this process. */
import type * as Runtime from 'onnxruntime-web';

let started: Promise<typeof Runtime> | undefined;

async function start(): Promise<typeof Runtime> {
  const runtime = await import('onnxruntime-web/wasm');
  runtime.env.wasm.numThreads = 1;
  runtime.env.logLevel = 'error';
  return runtime;
}

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number> | BigInt64Array;
}

export interface Numbers {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** What a model makes of its inputs; `externalData`: the files beside it. */
export async function runOnnx(
  model: Uint8Array,
  inputs: Readonly<Record<string, Tensor>>,
  externalData: readonly { readonly path: string; readonly data: Uint8Array }[] = [],
): Promise<Record<string, Numbers>> {
  started ??= start();
  const { InferenceSession, Tensor: Value } = await started;
  const session = await InferenceSession.create(model, {
    graphOptimizationLevel: 'basic',
    externalData,
  });
  const feeds = Object.entries(inputs).map(([name, { shape, data }]) => {
    if (data instanceof BigInt64Array) return [name, new Value('int64', data, shape)] as const;
    return [name, new Value('float32', Float32Array.from(data), shape)] as const;
  });
  const results = await session.run(Object.fromEntries(feeds));
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { dims, data }]) => [name, { shape: dims, data: data as Float32Array }]),
  );
}
