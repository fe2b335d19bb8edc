import { number } from '../../specs/attributes.ts';
import type { Average } from './average.ts';

const attributes = {
  keeps: number({ doc: 'share of the mean that a step keeps', share: true, default: 0.999, above: 0, below: 1 }),
};

/** Polyak and Juditsky 1992, with weights that fall exponentially; PyTorch's `AveragedModel` with such an `avg_fn`. */
export const ema: Average<typeof attributes> = {
  name: 'ema',
  summary: 'Evaluates and saves the running mean of the weights in place of the last ones.',
  example: 'average ema(0.999)',
  attributes,
  mean: 'keeps * average[k] + (1 - keeps) * w[k]',
};
