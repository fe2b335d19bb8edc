/** @file What modules for graphics cards carry in the place of `entry.ts`: the same names, and a trainer of their own. */

export { createTrainer } from './device-trainer.ts';
export * from './entry.ts';
