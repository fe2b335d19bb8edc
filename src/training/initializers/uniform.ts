import { type Initializer, width } from './initializer.ts';

const attributes = { bound: width('the largest magnitude of a value') };

export const uniform: Initializer<typeof attributes> = {
  name: 'uniform',
  summary: 'Uniform between the bound and its negative.',
  example: 'init uniform(0.1)',
  attributes,
  draw: ({ bound }) => ({ kind: 'uniform', value: bound }),
};
