import { defineRule } from '../rule.ts';
import { itemOf, unused } from '../unused.ts';

export const unusedParameter = defineRule({
  code: 'CNN2015',
  name: 'unused-parameter',
  level: 'warning',
  title: 'parameter never used',
  explanation: 'A parameter that its body does not mention has no effect.',
  needs: ['tree', 'names'],
  check: ({ tree, names }) =>
    unused(names, ['parameter']).flatMap(({ name: { text, span } }) => {
      const item = itemOf(tree, span);
      // Those of an `op` must be read: that is an error of its own.
      if (item?.kind !== 'network' && item?.kind !== 'block' && item?.kind !== 'fn') return [];
      const message = `parameter \`${text}\` of \`${item.name.text}\` is never used`;
      return [{ message, span, fix: { message: 'use it, or remove it' } }];
    }),
  examples: [
    {
      wrong: 'block B(channels, stride) { return in -> conv(channels, 3x3) }',
      right: 'block B(channels, stride) { return in -> conv(channels, 3x3, stride: stride) }',
    },
  ],
});
