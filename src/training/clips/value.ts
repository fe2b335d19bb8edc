import { number } from '../../specs/attributes.ts';
import type { Clip } from './clip.ts';

const attributes = { limit: number({ doc: 'the largest magnitude of a number in a gradient', above: 0 }) };

/** PyTorch's `clip_grad_value_`. */
export const value: Clip<typeof attributes> = {
  name: 'value',
  summary: 'Cuts every number of the gradients to this magnitude.',
  example: 'clip value(0.5)',
  attributes,
  gradient: 'max(0 - limit, min(limit, g[k]))',
};
