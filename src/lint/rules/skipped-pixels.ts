import type { Layer } from '../../semantics/model.ts';
import type { ModelFacts } from '../model-facts.ts';
import { defineRule } from '../rule.ts';
import { slidingOf } from '../sliding.ts';

export const skippedPixels = defineRule({
  code: 'CNN5020',
  name: 'skipped-pixels',
  level: 'advice',
  title: 'stride larger than the window',
  explanation:
    'A window that moves on by more than its size leaves rows and columns between two places that it never reads: what was computed there is thrown away. The 1x1 convolution with stride 2 of a residual shortcut is not meant, since the other path reads the rest.',
  source: 'He, Zhang, Zhang and others 2019, section 4.2',
  needs: ['model'],
  check: ({ model }) =>
    model.layers.flatMap((layer) => {
      const window = slidingOf(layer);
      const skips = window?.stride.some((step, axis) => step > window.reach[axis]! && window.output[axis]! > 1);
      if (!window || !skips || isReadByOthers(layer, model)) return [];
      return [
        {
          message: `\`${layer.name}\` moves by ${window.stride.join('x')} and sees ${window.reach.join('x')}: what lies between is never read`,
          span: layer.attributeSpans.get('stride') ?? layer.span,
          fix: { message: 'use a larger kernel, or a smaller stride' },
        },
      ];
    }),
  examples: [
    {
      wrong: 'y = image -> conv(16, 3x3, stride: 4) -> relu -> flatten -> dense(10)',
      right: 'y = image -> conv(16, 4x4, stride: 4) -> relu -> flatten -> dense(10)',
    },
  ],
});

/** What it reads is read by another layer too. */
function isReadByOthers(layer: Layer, { layers }: ModelFacts): boolean {
  return layers.some((other) => other !== layer && other.inputs.includes(layer.inputs[0]!));
}
