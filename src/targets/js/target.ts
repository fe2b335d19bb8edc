import type { TargetTraits } from '../../loop/schedule.ts';
import type { Target } from '../target.ts';
import { printJsInstantiate } from './print-instantiate.ts';

/**
 * What the scheduler knows of JavaScript engines: sixteen floating-point registers, eight of them for accumulators.
 * Measured: tiles of 8 with one tap per iteration run fastest; unrolled taps spill.
 */
export const JS_TRAITS: TargetTraits = {
  lanes: 4,
  accumulators: 8,
  registers: 15,
  width: 1,
  registersPerVarying: 4,
  // Tiles of 5 x 5 kernels would add half to the module of a network like LeNet.
  longestTiledKernel: 3,
  unrollBudget: 32,
};

/** One image is computed number by number. */
export const JS_ONE_IMAGE: TargetTraits = { ...JS_TRAITS, lanes: 1, registersPerVarying: 1 };

export const js = {
  name: 'js',
  doc: 'JavaScript',
  traits: JS_TRAITS,
  oneImage: JS_ONE_IMAGE,
  threads: false,
  allocates: false,
  tunable: false,
  print: (plan) => printJsInstantiate(plan),
} as const satisfies Target;
