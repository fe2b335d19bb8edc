import { defineRule } from '../rule.ts';

/** Of what the windows read. */
const SHARE = 0.6;

export const fullPadding = defineRule({
  code: 'CNN5023',
  name: 'full-padding',
  level: 'advice',
  title: '`full` padding on a small map',
  explanation:
    '`pad: full` gives a place to every overlap, and makes the map larger. On a small map most of these places lie at the border and read mostly zeros: on 4x4 a kernel of 3x3 reads padding more often than the map.',
  source: 'Dumoulin and Visin 2016, section 2.3',
  needs: ['model', 'figures'],
  check: ({ model: { layers }, figures }) =>
    layers.flatMap((layer) => {
      const share = layer.attributes.pad === 'full' ? figures.shareOnInputOf(layer) : 1;
      // Below a quarter another rule speaks of it, whatever the padding is called.
      if (share >= SHARE || share < 0.25) return [];
      const size = layer.inputs[0]!.shape.slice(1).join('x');
      return [
        {
          message: `${Math.round(100 * (1 - share))} % of what \`${layer.name}\` reads is padding, on a map of ${size}`,
          span: layer.attributeSpans.get('pad') ?? layer.span,
          fix: { message: 'write `pad: same`, which keeps the size of the map' },
        },
      ];
    }),
  examples: [
    {
      wrong: 'y = image -> maxpool(7) -> conv(16, 3x3, pad: full) -> relu -> flatten -> dense(10)',
      right: 'y = image -> maxpool(7) -> conv(16, 3x3, pad: same) -> relu -> flatten -> dense(10)',
    },
  ],
});
