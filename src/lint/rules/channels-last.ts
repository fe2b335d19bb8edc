import { nodesOf } from '../../syntax/visit.ts';
import { defineRule } from '../rule.ts';

export const channelsLast = defineRule({
  code: 'CNN5011',
  name: 'channels-last',
  level: 'advice',
  title: 'channels come first',
  explanation:
    'A shape is written channels, height, width, as in PyTorch; TensorFlow and image libraries put the channels last. With `[28, 28, 1]` an image has 28 channels, each a column of 28x1 pixels.',
  needs: ['tree'],
  check: ({ tree }) =>
    nodesOf(tree, 'input').flatMap(({ name: { text }, type }) => {
      const items = type.kind === 'list' ? type.items : [];
      const [height, width, channels] = items.map((item) => (item.kind === 'number' ? item.value : Number.NaN));
      if (!isChannelsLast(height, width, channels)) return [];
      const order = `[${channels}, ${height}, ${width}]`;
      return [
        {
          message: `\`${text}\` has ${height} channels, and maps of ${width}x${channels}`,
          span: type.span,
          fix: { message: `the order is channels, height, width: \`${order}\`` },
        },
      ];
    }),
  examples: [
    {
      wrong: 'input image: [28, 28, 1]\ny = image -> dense(10)',
      right: 'input image: [1, 28, 28]\ny = image -> dense(10)',
    },
  ],
});

/** A square of some size with few channels behind it, as other frameworks write images. */
function isChannelsLast(first = 0, second = 0, third = 0): boolean {
  return first === second && first > 4 && third > 0 && third <= 4;
}
