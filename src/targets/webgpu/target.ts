import type { TargetTraits } from '../../loop/schedule.ts';
import type { Target } from '../target.ts';
import { printDevice } from './print-device.ts';

/**
 * What the scheduler knows of graphics cards: many registers, and invocations that each compute a few elements of a result,
 * so that what they load is used more than once. A block is one image: neighbours in a map are neighbours in memory.
 */
export const WEBGPU_TRAITS: TargetTraits = {
  lanes: 1,
  accumulators: 8,
  registers: 24,
  width: 1,
  registersPerVarying: 1,
  allAtOnce: true,
  longestRun: 128,
  longestWholeSum: 256,
  unrollBudget: 64,
};

export const webgpu = {
  name: 'webgpu',
  doc: 'WebGPU: the graphics card',
  traits: WEBGPU_TRAITS,
  threads: true,
  allocates: false,
  onDevice: true,
  tunable: false,
  print: printDevice,
} as const satisfies Target;
