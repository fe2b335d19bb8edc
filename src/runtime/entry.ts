/** @file What every trainer module carries: bundled to one text, it defines `cnncRuntime` with these names. */

export { checkShape } from '../data/dataset.ts';
export { readBytes, writeBytes } from '../data/files.ts';
export { loadData } from '../data/load-data.ts';
export { describeError, TrainerError } from '../data/trainer-error.ts';
export { describeEpoch, describeTest, main } from './program.ts';
export { createTrainer } from './trainer.ts';
