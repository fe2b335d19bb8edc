import { type Initializer, width } from './initializer.ts';

const attributes = { deviation: width('the standard deviation') };

export const normal: Initializer<typeof attributes> = {
  name: 'normal',
  summary: 'Normal about 0.',
  example: 'init normal(0.01)',
  attributes,
  draw: ({ deviation }) => ({ kind: 'normal', value: deviation }),
};
