import { mapKind } from '../../ops/map-axes.ts';
import { defineRule } from '../rule.ts';
import { slidingOf } from '../sliding.ts';

export const evenSame = defineRule({
  code: 'CNN5024',
  name: 'even-same',
  level: 'advice',
  title: '`same` padding of an even kernel',
  explanation:
    'An even kernel has no middle. To keep the size of a map it is padded by one more on one side, so what it gives lies half a pixel off. Many such layers shift the map further and further, towards one corner. Odd kernels stay where they are.',
  source: 'Wu, Wang, Tang and others 2019, section 3',
  needs: ['model'],
  check: ({ model: { layers } }) =>
    layers.flatMap((layer) => {
      const window = layer.attributes.pad === 'same' ? slidingOf(layer) : undefined;
      if (!window || window.stride.some((step) => step > 1)) return [];
      const axes = window.map.length;
      if (window.map.every((_, axis) => window.pad[axis] === window.pad[axis + axes])) return [];
      const sides = window.pad.map((side, k) => `${mapKind(axes).sides[k]} ${side}`).join(', ');
      return [
        {
          message: `\`${layer.name}\` is padded unevenly (${sides}), and shifts its map by half a ${axes === 1 ? 'place' : 'pixel'}`,
          span: layer.attributeSpans.get('kernel') ?? layer.span,
          fix: { message: 'use a kernel of an odd size' },
        },
      ];
    }),
  examples: [
    {
      wrong: 'y = image -> conv(16, 4x4, pad: same) -> relu -> maxpool(2) -> flatten -> dense(10)',
      right: 'y = image -> conv(16, 5x5, pad: same) -> relu -> maxpool(2) -> flatten -> dense(10)',
    },
  ],
});
