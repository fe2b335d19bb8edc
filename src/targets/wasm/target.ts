import { FEW_TOGETHER, IMAGES_TOGETHER, type TargetTraits } from '../../loop/schedule.ts';
import type { Target } from '../target.ts';
import { printWasmInstantiate } from './print-instantiate.ts';

/** Two vectors of four lanes: four outputs of a contraction fill eight of fifteen registers, and reuse every weight. */
export const WASM_TRAITS: TargetTraits = {
  lanes: IMAGES_TOGETHER,
  accumulators: 8,
  registers: 15,
  width: 4,
  registersPerVarying: 2,
  // What such a sum reads is kept for the whole batch; it is worth that for weights that do not fit the cache.
  waitingSums: 2 ** 13,
  longestRun: 256,
  // The first dense layer of LeNet: a second loop for so few terms costs more than they gain.
  longestWholeSum: 400,
  unrollBudget: 32,
};

/** A vector holds four images. One image: four channels, and eight of them fill the registers. */
export const WASM_ONE_IMAGE: TargetTraits = { ...WASM_TRAITS, lanes: FEW_TOGETHER, registersPerVarying: 1 };

export const wasm = {
  name: 'wasm',
  doc: 'WebAssembly with SIMD',
  traits: WASM_TRAITS,
  oneImage: WASM_ONE_IMAGE,
  fewImages: WASM_ONE_IMAGE,
  joins: true,
  threads: true,
  allocates: true,
  tunable: true,
  print: printWasmInstantiate,
} as const satisfies Target;
