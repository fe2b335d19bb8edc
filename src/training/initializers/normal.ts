import { product } from '../../common/shape.ts';
import { normal as normalNumber } from '../../data/normal.ts';
import { type Initializer, type InitializerEffect, width } from './initializer.ts';

const attributes = { deviation: width('the standard deviation') };

export const effect: InitializerEffect = {
  fill(memory, offset, shape, random, deviation) {
    const end = offset + product(shape);
    for (let i = offset; i < end; i++) memory[i] = normalNumber(random) * deviation;
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
