import { diagnostic } from '../../diagnostics/catalogue.ts';
import { shareOnInput } from '../cost.ts';
import type { Rule } from './rule.ts';

/** Where fewer taps than these read the input, most weights are never used. Kernels of 3x3 on maps of 2x2 stay above. */
const SHARE = 0.25;

export const mostlyPadding: Rule = ({ model }) => {
  const shares = new Map<string, number>();
  for (const node of model.graph.nodes) {
    const share = shareOnInput(node);
    if (share < SHARE) for (const { layer } of node.origins) shares.set(layer, share);
  }
  return model.layers.flatMap(({ name, inputs, span }) => {
    const share = shares.get(name);
    if (share === undefined) return [];
    const [, ...size] = inputs[0]!.shape;
    const padding = `${Math.round(100 * (1 - share))} %`;
    return [
      diagnostic('CNN5010', `${padding} of what \`${name}\` reads is padding, on a map of ${size.join('x')}`, {
        span,
        fix: { message: 'use a smaller kernel, or fewer strides and poolings before it' },
      }),
    ];
  });
};
