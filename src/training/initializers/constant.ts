import { anyNumber, type Initializer } from './initializer.ts';

const attributes = { value: anyNumber('what every value is') };

export const constant: Initializer<typeof attributes> = {
  name: 'constant',
  summary: 'Every value is the same number.',
  example: 'init constant(0.1)',
  attributes,
  draw: ({ value }) => ({ kind: 'constant', value }),
};
