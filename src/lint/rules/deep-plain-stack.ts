import type { Layer } from '../../semantics/model.ts';
import { shortestChains } from '../model-facts.ts';
import { defineRule } from '../rule.ts';
import { mixedChannels, slidingOf } from '../sliding.ts';

/** VGG-19 has 16 of them in a row; of plain networks with 20 and with 56 the deeper one is the worse. */
const MOST = 20;

export const deepPlainStack = defineRule({
  code: 'CNN5013',
  name: 'deep-plain-stack',
  level: 'advice',
  title: 'many convolutions without a shortcut',
  explanation:
    'A plain stack of many convolutions trains to a higher error than a shallower one, on the training images too: its layers find it hard to pass on what they need not change. A residual connection makes passing on the default. Counted are convolutions with a kernel that mix all channels, on the shortest way through the network.',
  source: 'He, Zhang, Ren and Sun 2016, section 4.1 and figure 1',
  needs: ['model'],
  check({ model }) {
    const depths = shortestChains(model, mixesPlaces);
    const deepest = Math.max(0, ...depths.values());
    const first = model.layers.find((layer) => mixesPlaces(layer) && depths.get(layer) === MOST + 1);
    if (!first) return [];
    const message = `${deepest} convolutions follow each other, and no shortcut leads past any`;
    const fix = { message: 'add what goes into a few layers to what comes out: `Basic` from `std/residual` does' };
    return [{ message, span: first.span, fix }];
  },
  examples: [
    {
      wrong:
        'input image: [1, 64, 64]\ny = image -> repeat(24) Unit -> maxpool(4) -> dense(10)\nblock Unit { return in -> conv(8, 3x3, pad: same) -> relu }',
      right:
        'input image: [1, 64, 64]\ny = image -> conv(8, 1x1) -> repeat(24) Unit -> maxpool(4) -> dense(10)\nblock Unit { return in + (in -> conv(8, 3x3, pad: same) -> relu) }',
    },
  ],
});

function mixesPlaces(layer: Layer): boolean {
  return mixedChannels(layer) !== undefined && Math.max(...slidingOf(layer)!.kernel) > 1;
}
