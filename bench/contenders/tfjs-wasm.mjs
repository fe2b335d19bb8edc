/** @file TensorFlow.js, backend in WebAssembly, with SIMD where Node has it. */
import { setUpTensorFlow } from '../tensorflow-contender.mjs';

export function setup(task) {
  return setUpTensorFlow('wasm', task);
}
