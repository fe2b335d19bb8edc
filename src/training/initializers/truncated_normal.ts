import { type Initializer, width } from './initializer.ts';

const attributes = { deviation: width('the standard deviation before values beyond twice that are drawn again') };

export const truncatedNormal: Initializer<typeof attributes> = {
  name: 'truncated_normal',
  summary: 'Normal about 0; values beyond two deviations are drawn again.',
  example: 'init truncated_normal(0.02)',
  attributes,
  draw: ({ deviation }) => ({ kind: 'truncated_normal', value: deviation }),
};
