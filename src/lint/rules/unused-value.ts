import { defineRule } from '../rule.ts';
import { itemOf, unused } from '../unused.ts';

export const unusedValue = defineRule({
  code: 'CNN2004',
  name: 'unused-value',
  level: 'warning',
  title: 'value never used',
  explanation:
    'Nothing that is wanted of the network depends on this value, so it is not computed and its parameters are not trained. Often a wrong name is behind it: a skip connection that was forgotten, for example.',
  needs: ['tree', 'names'],
  check: ({ tree, names }) =>
    unused(names, ['value']).flatMap(({ name: { text, span } }) => {
      const item = itemOf(tree, span);
      // In a network without a loss and outputs, values that nothing uses are what it computes.
      if (item?.kind === 'network' && !item.body.some(({ kind }) => kind === 'loss' || kind === 'output')) return [];
      const message = isStatement(text)
        ? `write \`${text} …\`, without a sign: with \`=\` it is a value that happens to be called so`
        : `use it, put it out with \`output ${text}\`, or remove it`;
      return [{ message: `\`${text}\` is never used`, span, fix: { message } }];
    }),
  examples: [
    {
      wrong: 'side = image -> flatten -> dense(4)\nlogits = image -> flatten -> dense(10)',
      right: 'logits = image -> flatten -> dense(10)',
    },
  ],
});

/** `loss = crossentropy(logits, label)` */
const isStatement = (name: string) => ['loss', 'metric', 'output'].includes(name);
