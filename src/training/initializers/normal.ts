import { normal as normalNumber } from '../../data/normal.ts';
import { type Initializer, type InitializerEffect, width } from './initializer.ts';

const attributes = { deviation: width('the standard deviation') };

export const effect: InitializerEffect = {
  fill(values, _, random, deviation) {
    for (let i = 0; i < values.length; i++) values[i] = normalNumber(random) * deviation;
  },
};

export const normal: Initializer<typeof attributes> = {
  name: 'normal',
  summary: 'Normal about 0.',
  example: 'init normal(0.01)',
  attributes,
  draw: ({ deviation }) => ({ kind: 'normal', value: deviation }),
  effect,
};
