import type { Layer } from '../../semantics/model.ts';
import { type ModelFacts, traitsOf } from '../model-facts.ts';
import { defineRule } from '../rule.ts';
import { mixedChannels, slidingOf } from '../sliding.ts';

/** 1x1, and 1x7 behind 7x1, are parts of a factorised kernel; two that are wide along the same axis are not. */
export const linearConvolutions = defineRule({
  code: 'CNN5018',
  name: 'linear-convolutions',
  level: 'advice',
  title: 'convolutions with nothing between',
  explanation:
    'A convolution of a convolution is a convolution with a larger kernel: two of 3x3 without an activation between can do no more than one of 5x5. A norm between them scales and shifts, and bends nothing either. Factors on purpose (1x1, depthwise, 1x7 behind 7x1) are not meant.',
  source: 'Simonyan and Zisserman 2015, section 2.3',
  needs: ['model'],
  check: ({ model }) =>
    model.layers.flatMap((layer) => {
      const before = mixedChannels(layer) ? linearSource(layer, model) : undefined;
      if (!before) return [];
      const [first, second] = [slidingOf(before), slidingOf(layer)];
      if (!first!.kernel.some((taps, axis) => taps > 1 && second!.kernel[axis]! > 1)) return [];
      return [
        {
          message: `nothing bends between \`${before.name}\` and \`${layer.name}\`: together they are one convolution`,
          span: layer.span,
          notes: [{ message: `\`${before.name}\` is here`, span: before.span }],
          fix: { message: 'put an activation such as `relu` between them' },
        },
      ];
    }),
  examples: [
    {
      wrong: 'y = image -> conv(16, 3x3) -> conv(16, 3x3) -> relu -> maxpool(2) -> flatten -> dense(10)',
      right: 'y = image -> conv(16, 3x3) -> relu -> conv(16, 3x3) -> relu -> maxpool(2) -> flatten -> dense(10)',
    },
  ],
});

function linearSource(layer: Layer, facts: ModelFacts): Layer | undefined {
  const [source] = facts.sourcesOf(layer);
  if (!source || facts.usersOf(source).length > 1) return undefined;
  const { keeps, normalizes } = traitsOf(source);
  if (keeps === 'numbers' || normalizes === 'channels') return linearSource(source, facts);
  return mixedChannels(source) ? source : undefined;
}
