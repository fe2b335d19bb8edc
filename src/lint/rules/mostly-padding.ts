import { defineRule } from '../rule.ts';

/** Where fewer taps than these read the input, most weights are never used. Kernels of 3x3 on maps of 2x2 stay above. */
const SHARE = 0.25;

export const mostlyPadding = defineRule({
  code: 'CNN5010',
  name: 'mostly-padding',
  level: 'advice',
  title: 'kernel that mostly sees padding',
  explanation:
    'On a small map most of a large kernel lies beside the map and reads zeros. Its weights there are never used, but cost memory, and time. This happens where a network made for large images gets small ones: strides and poolings leave a map of one or two pixels.',
  needs: ['model', 'figures'],
  check: ({ model: { layers }, figures }) =>
    layers.flatMap((layer) => {
      const share = figures.shareOnInputOf(layer);
      if (share >= SHARE) return [];
      const [, ...size] = layer.inputs[0]!.shape;
      const padding = `${Math.round(100 * (1 - share))} %`;
      return [
        {
          message: `${padding} of what \`${layer.name}\` reads is padding, on a map of ${size.join('x')}`,
          span: layer.span,
          fix: { message: 'use a smaller kernel, or fewer strides and poolings before it' },
        },
      ];
    }),
  examples: [
    {
      wrong: 'y = image -> maxpool(14) -> conv(16, 7x7, pad: same) -> relu -> dense(10)',
      right: 'y = image -> maxpool(2) -> conv(16, 7x7, pad: same) -> relu -> dense(10)',
    },
  ],
});
