import { defineRule } from '../rule.ts';
import { unused } from '../unused.ts';

export const unusedSource = defineRule({
  code: 'CNN2005',
  name: 'unused-source',
  level: 'warning',
  title: 'input or target never used',
  explanation:
    'Every input and target has to be fed at each step, used or not. One that nothing depends on was forgotten or is left over.',
  needs: ['names'],
  check: ({ names }) =>
    unused(names, ['input', 'target']).map(({ name: { text, span }, kind }) => ({
      message: `${kind} \`${text}\` is never used`,
      span,
      fix: { message: kind === 'input' ? `let it flow into a layer: \`${text} -> …\`` : 'use it in the loss' },
    })),
  examples: [
    {
      wrong: 'target depth: [4]\nlogits = image -> flatten -> dense(10)',
      right: 'logits = image -> flatten -> dense(10)',
    },
    {
      wrong: 'input image: [1, 28, 28]\ninput mask: [1, 28, 28]\nlogits = image -> flatten -> dense(10)',
      right: 'input image: [1, 28, 28]\ninput mask: [1, 28, 28]\nlogits = image * mask -> flatten -> dense(10)',
    },
  ],
});
