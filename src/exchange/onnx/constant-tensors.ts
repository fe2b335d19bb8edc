/** @file The weights of an ONNX model, without its layers. */
import type { NamedTensor } from '../weights/named-tensors.ts';
import type { OnnxGraph } from './messages.ts';
import { tensorValues } from './tensors.ts';

const FLOATS = new Set(['float', 'double', 'float16', 'bfloat16']);

/** Initialisers with floats. Reports CNN4303, also for values in another file. */
export function constantTensors({ initializers }: OnnxGraph): NamedTensor[] {
  return initializers.flatMap((tensor) => {
    const { type, shape, data } = tensorValues(tensor);
    if (!FLOATS.has(type)) return [];
    return [
      { name: tensor.name, shape, data: data instanceof Float32Array ? data : Float32Array.from(data as Float64Array) },
    ];
  });
}
