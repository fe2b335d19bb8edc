/** @file TensorFlow.js, backend in plain JavaScript. */
import { setUpTensorFlow } from '../tensorflow-contender.mjs';

export function setup(task) {
  return setUpTensorFlow('cpu', task);
}
