import { diagnostic } from '../../diagnostics/catalogue.ts';
import { receptiveFields } from '../receptive-field.ts';
import type { Rule } from './rule.ts';

/** Part of the image that features should see before they are averaged over it. */
const SHARE = 0.5;

/**
 * Global pooling forgets where features were, so a feature must itself see enough of the object: otherwise the network
 * is a bag of small patches (Brendel and Bethge 2019).
 */
export const narrowView: Rule = ({ model }) => {
  const fields = receptiveFields(model);
  const image = model.inputs.find(({ shape }) => shape.length === 3);
  if (!image) return [];
  const [, height, width] = image.shape as readonly [number, number, number];
  return model.layers.flatMap((layer) => {
    const field = layer.operator === 'globalavgpool' ? fields.get(layer.inputs[0]!) : undefined;
    if (!field || (field.size[0] >= SHARE * height && field.size[1] >= SHARE * width)) return [];
    const seen = field.size.join('x');
    return [
      diagnostic('CNN5005', `\`${layer.name}\` averages features that see ${seen} of ${height}x${width} pixels each`, {
        span: layer.span,
        fix: { message: 'add layers, strides or pooling before it' },
      }),
    ];
  });
};
