import { defineRule } from '../rule.ts';
import { slidingOf } from '../sliding.ts';

export const widePadding = defineRule({
  code: 'CNN5022',
  name: 'wide-padding',
  level: 'warning',
  title: 'padding wider than the kernel',
  explanation:
    'Where a map is padded by as much as the kernel is wide, or more, windows at the border lie on padding alone. What they give is the bias, the same for every image, and it costs as much as the rest.',
  needs: ['model'],
  check: ({ model: { layers } }) =>
    layers.flatMap((layer) => {
      const window = slidingOf(layer);
      const mode = layer.resolved.mode ?? 'zeros';
      const isWide = window?.pad.some((side, k) => side >= window.reach[k % window.reach.length]!);
      if (!window || !isWide || mode !== 'zeros') return [];
      return [
        {
          message: `\`${layer.name}\` pads by ${window.pad.join(', ')}, and its kernel reaches ${window.reach.join('x')}: windows at the border see nothing`,
          span: layer.attributeSpans.get('pad') ?? layer.span,
          fix: { message: 'pad by less than the kernel size: `pad: same` keeps the size of the map' },
        },
      ];
    }),
  examples: [
    {
      wrong: 'y = image -> conv(16, 3x3, pad: 3, stride: 2) -> relu -> flatten -> dense(10)',
      right: 'y = image -> conv(16, 3x3, pad: 1, stride: 2) -> relu -> flatten -> dense(10)',
    },
  ],
});
