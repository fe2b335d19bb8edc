/** @file What every trainer module carries: bundled to one text, it defines `cnncRuntime` with these names. */

// The further parts of the runtime that some modules carry use these; see `scripts/runtime-plugin.mjs`.
export { sizeOf } from '../data/dataset.ts';
export { listFolder, readMaybeGzip } from '../data/files.ts';
export { loadWith } from '../data/load-with.ts';
export { TrainerError } from '../data/trainer-error.ts';
export { main } from './program.ts';
export { createTrainer, freeze } from './trainer.ts';
