/** @file What modules for the processor and for graphics cards carry in the place of `entry.ts`: the same names, and a trainer of their own. */

export { createTrainer } from './auto-trainer.ts';
export * from './entry.ts';
