/** @file This project, WebAssembly target, with kernels that the engine joins to ones of 256 bits: Node 24 on x64. */
import { setUpOwn } from '../own-contender.mjs';

export function setup(task) {
  return setUpOwn('wasm', task, { wide: true });
}
