import { defineRule } from '../rule.ts';
import { placesOf } from '../sliding.ts';

/** Part of the image that features should see before they are averaged over it. */
const SHARE = 0.5;

/** Global pooling forgets where features were, so a feature must itself see enough of the object. */
export const narrowView = defineRule({
  code: 'CNN5005',
  name: 'narrow-view',
  level: 'advice',
  title: 'features see little of the image',
  explanation:
    'Global pooling averages features over all places and forgets where they were. Where each feature sees less than half of the height or width of the image, the network can only count small patches. Depth, strides, pooling and dilation widen the receptive field; `cnnc summary` shows it.',
  source: 'Brendel and Bethge 2019',
  needs: ['model', 'figures'],
  check({ model: { model, layers }, figures }) {
    const [size] = model.inputs.flatMap(({ shape }) => (placesOf(shape) ? [placesOf(shape)!] : []));
    if (!size) return [];
    return layers.flatMap((layer) => {
      const field = layer.operator === 'globalavgpool' ? figures.fieldOf(layer.inputs[0]!) : undefined;
      if (field?.size.length !== size.length || field.size.every((seen, axis) => seen >= SHARE * size[axis]!))
        return [];
      const seen = field.size.join('x');
      return [
        {
          message: `\`${layer.name}\` averages features that see ${seen} of ${size.join('x')} ${size.length === 1 ? 'places' : 'pixels'} each`,
          span: layer.span,
          fix: { message: 'add layers, strides or pooling before it' },
        },
      ];
    });
  },
  examples: [
    {
      wrong: 'y = image -> conv(64, 3x3) -> relu -> globalavgpool -> dense(10)',
      right:
        'y = image -> conv(64, 3x3) -> relu -> maxpool(2) -> conv(64, 3x3) -> relu -> maxpool(2) -> conv(64, 3x3) -> relu -> globalavgpool -> dense(10)',
    },
  ],
});
