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

type ExternalData = readonly { readonly path: string; readonly data: Uint8Array }[];

/** A model that is run more than once. */
export async function openOnnx(model: Uint8Array, externalData: ExternalData = []) {
  started ??= start();
  const { InferenceSession, Tensor: Value } = await started;
  const session = await InferenceSession.create(model, { graphOptimizationLevel: 'basic', externalData });
  const inputNames: readonly string[] = session.inputNames;
  return {
    inputNames,
    run: async (inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Numbers>> => {
      const feeds = Object.entries(inputs).map(([name, { shape, data }]) => {
        if (data instanceof BigInt64Array) return [name, new Value('int64', data, shape)] as const;
        return [name, new Value('float32', Float32Array.from(data), shape)] as const;
      });
      const results = await session.run(Object.fromEntries(feeds));
      return Object.fromEntries(
        Object.entries(results).map(([name, { dims, data }]) => [name, { shape: dims, data: data as Float32Array }]),
      );
    },
    close: () => session.release(),
  };
}

/** What a model makes of its inputs; `externalData`: the files beside it. */
export async function runOnnx(
  model: Uint8Array,
  inputs: Readonly<Record<string, Tensor>>,
  externalData: ExternalData = [],
): Promise<Record<string, Numbers>> {
  const session = await openOnnx(model, externalData);
  try {
    return await session.run(inputs);
  } finally {
    await session.close();
  }
}
