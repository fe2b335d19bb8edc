/** @file What every layer with parameters may be told about them, beside what its operator takes. */
import { type Attribute, number, optional, text } from '../specs/attributes.ts';

export const LAYER_ARGUMENTS = {
  init: optional(text({ doc: 'how the weights of this layer start, such as `xavier`' })),
  bias_init: optional(text({ doc: 'how its biases start, such as `constant(-1)`' })),
  lr_factor: optional(number({ doc: 'factor of the learning rate for its parameters', above: 0 })),
  weight_decay: optional(number({ doc: 'in the place of what the optimiser says', minimum: 0 })),
} as const satisfies Record<string, Attribute>;
