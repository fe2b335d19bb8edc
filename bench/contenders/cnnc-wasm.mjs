/** @file This project, WebAssembly target. */
import { setUpOwn } from '../own-contender.mjs';

export function setup(task) {
  return setUpOwn('wasm', task);
}
