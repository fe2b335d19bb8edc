import type { Sizes } from '../../specs/attributes.ts';
import { defineRule } from '../rule.ts';

export const checkerboard = defineRule({
  code: 'CNN5036',
  name: 'checkerboard',
  level: 'advice',
  title: 'transposed convolution that overlaps unevenly',
  explanation:
    'A transposed convolution puts a kernel down at every step. Where the stride does not divide the kernel, some places get more of the kernels than their neighbours, and pictures show a pattern of squares. A kernel of twice the stride overlaps evenly; so does `upsample` with a convolution behind it.',
  source: 'Odena, Dumoulin and Olah 2016',
  needs: ['model'],
  check: ({ model: { layers } }) =>
    layers.flatMap((layer) => {
      if (layer.operator !== 'convtranspose') return [];
      const { kernel, stride } = layer.resolved as { kernel: Sizes; stride: Sizes };
      if (stride.every((step, axis) => step === 1 || kernel[axis]! % step === 0)) return [];
      const even = stride.map((step, axis) => Math.ceil(kernel[axis]! / step) * step).join('x');
      return [
        {
          message: `kernels of ${kernel.join('x')} at steps of ${stride.join('x')} overlap unevenly in \`${layer.name}\``,
          span: layer.attributeSpans.get('kernel') ?? layer.span,
          fix: { message: `use a kernel of ${even}, or \`upsample\` and a convolution` },
        },
      ];
    }),
  examples: [
    {
      wrong: 'y = image -> convtranspose(4, 3x3, stride: 2) -> relu -> maxpool(8) -> flatten -> dense(10)',
      right: 'y = image -> convtranspose(4, 4x4, stride: 2) -> relu -> maxpool(8) -> flatten -> dense(10)',
    },
  ],
});
