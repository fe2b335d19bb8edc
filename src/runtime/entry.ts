/** @file What every trainer module carries: bundled to one text, it defines `cnncRuntime` with these names. */

// The further parts of the runtime that some modules carry use these; see `scripts/runtime-plugin.mjs`.
export { checkShape, showShape, sizeOf, soleOf } from '../data/dataset.ts';
export { holdOut } from '../data/hold-out.ts';
export { Random } from '../data/random.ts';
export { similar } from '../data/similar.ts';
export { refuse, TrainerError } from '../data/trainer-error.ts';
export { imageIndex, isMap, makeFeed, onlyOnes } from './batch.ts';
export { freeze } from './freeze.ts';
export { fingerprint } from './run-data.ts';
export { parseSafetensors } from './safetensors.ts';
export { makeShares } from './share.ts';
export { takeImages } from './take-images.ts';
export { createTrainer } from './trainer.ts';
