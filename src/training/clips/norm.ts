import { number } from '../../specs/attributes.ts';
import type { Clip } from './clip.ts';

const attributes = { length: number({ doc: 'the most that all gradients are long, as one vector', above: 0 }) };

/** Pascanu, Mikolov and Bengio 2013; PyTorch's `clip_grad_norm_`. */
export const norm: Clip<typeof attributes> = {
  name: 'norm',
  summary: 'Shortens all gradients by one factor where they are longer than this together.',
  example: 'clip norm(1)',
  attributes,
  gradient: 'g[k] * min(1, length / (norm + 0.000001))',
};
