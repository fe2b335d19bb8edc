import { elementCount } from '../../ir/graph.ts';
import { defineRule } from '../rule.ts';
import { mixedChannels, placesOf } from '../sliding.ts';

/** Channels of the narrow layer, and how many times wider the layers around it are. */
const NARROW = 4;
const RATIO = 16;

export const narrowBottleneck = defineRule({
  code: 'CNN5027',
  name: 'narrow-bottleneck',
  level: 'advice',
  title: 'very few channels between many',
  explanation:
    'All that a network knows of a place has to pass through the channels of each layer on the way. A layer with a few of them between layers with many is where it is lost, whatever comes behind. An autoencoder wants just this; what tells classes apart does not.',
  source: 'Szegedy, Vanhoucke, Ioffe and others 2016, section 2',
  needs: ['model'],
  check({ model: { layers, model, usersOf, sourcesOf } }) {
    if (!model.targets.some(({ type }) => type.kind === 'class')) return [];
    return layers.flatMap((layer) => {
      const channels = mixedChannels(layer);
      if (!channels || channels[1] > NARROW || channels[0] < RATIO * channels[1]) return [];
      if (elementCount(layer.output.shape.slice(1)) === 1 || sourcesOf(layer).some((one) => usersOf(one).length > 1))
        return [];
      const widest = nextWidth(layer, usersOf);
      if (widest < RATIO * channels[1]) return [];
      return [
        {
          message: `\`${layer.name}\` leaves ${channels[1]} of ${channels[0]} channels, and the next convolution makes ${widest} of them`,
          span: layer.span,
          fix: { message: `give it more channels: at least ${Math.ceil(channels[0] / RATIO)}` },
        },
      ];
    });
  },
  examples: [
    {
      wrong:
        'y = image -> conv(64, 3x3) -> relu -> maxpool(2) -> conv(2, 3x3) -> relu -> conv(64, 3x3) -> relu -> maxpool(3) -> flatten -> dense(10)',
      right:
        'y = image -> conv(64, 3x3) -> relu -> maxpool(2) -> conv(16, 3x3) -> relu -> conv(64, 3x3) -> relu -> maxpool(3) -> flatten -> dense(10)',
    },
  ],
});

type Layers = Parameters<typeof mixedChannels>[0];

/** Of the convolution that all of it flows into; 0 where it flows into several layers, or none. */
function nextWidth(layer: Layers, usersOf: (layer: Layers) => readonly Layers[]): number {
  const [next, ...others] = usersOf(layer);
  if (!next || others.length > 0) return 0;
  return mixedChannels(next)?.[1] ?? (placesOf(next.output.shape) ? nextWidth(next, usersOf) : 0);
}
