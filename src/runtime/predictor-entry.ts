/** @file What a module that only predicts carries: bundled to one text, it defines `cnncRuntime` with these names. */
export { TrainerError } from '../data/trainer-error.ts';
export { freeze } from './freeze.ts';
export { createPredictor } from './predictor.ts';
