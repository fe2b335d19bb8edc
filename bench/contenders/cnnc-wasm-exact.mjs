/** @file This project, WebAssembly target without fused multiply-adds: the same bits on every machine. */
import { setUpOwn } from '../own-contender.mjs';

export function setup(task) {
  return setUpOwn('wasm', task, { relaxedSimd: false });
}
