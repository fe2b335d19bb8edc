import { normal } from '../../data/normal.ts';
import { type Initializer, type InitializerEffect, width } from './initializer.ts';

const attributes = { deviation: width('the standard deviation before values beyond twice that are drawn again') };

export const effect: InitializerEffect = {
  fill(values, _, random, deviation) {
    for (let i = 0; i < values.length; i++) {
      let drawn = 3;
      while (Math.abs(drawn) > 2) drawn = normal(random);
      values[i] = drawn * deviation;
    }
  },
};

export const truncatedNormal: Initializer<typeof attributes> = {
  name: 'truncated_normal',
  summary: 'Normal about 0; values beyond two deviations are drawn again.',
  example: 'init truncated_normal(0.02)',
  attributes,
  draw: ({ deviation }) => ({ kind: 'truncated_normal', value: deviation }),
  effect,
};
