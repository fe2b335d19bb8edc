import { defineRule } from '../rule.ts';
import { mixedChannels, slidingOf } from '../sliding.ts';

/** Kernels of 5x5 in few published networks are on purpose; from here on three and more of 3x3 do the same. */
const LARGE = 7;
/** Weights of the small kernels, in those of the large one. */
const SAVING = 0.6;
/** Of fewer, such as the channels of an image, most of the cost is what the layer makes. */
const CHANNELS = 16;

export const largeKernel = defineRule({
  code: 'CNN5014',
  name: 'large-kernel',
  level: 'advice',
  title: 'large kernel that small ones could replace',
  explanation:
    'Three convolutions of 3x3 see 7x7 pixels, as one of 7x7 does, but have 27 C² weights in place of 49 C², and two more activations between them. This holds for any odd size k: (k - 1) / 2 of 3x3. The layer that reads the image has few channels, and may well have a large kernel.',
  source: 'Simonyan and Zisserman 2015, section 2.3',
  needs: ['model', 'figures'],
  check: ({ model: { layers }, figures }) =>
    layers.flatMap((layer) => {
      const [channels, window] = [mixedChannels(layer), slidingOf(layer)];
      if (!channels || !window || Math.min(...channels) < CHANNELS) return [];
      const [size = 0, width] = window.kernel;
      if (size !== width || size < LARGE || size % 2 === 0 || window.stride.some((step) => step > 1)) return [];
      const count = (size - 1) / 2;
      const [inputs, outputs] = channels;
      const stacked = 9 * outputs * (inputs + (count - 1) * outputs);
      const weights = size * size * inputs * outputs;
      if (stacked > SAVING * weights) return [];
      const text = (value: number) => value.toLocaleString('en-US');
      const macs = figures.macsOf(layer);
      return [
        {
          message: `\`${layer.name}\` has ${text(weights)} weights; ${count} convolutions of 3x3 that see as much have ${text(stacked)}`,
          span: layer.span,
          fix: {
            message: `write ${count} of \`conv(${outputs}, 3x3, pad: same) -> relu\`: MACs ${text(macs)} -> about ${text(Math.round((macs * stacked) / weights))}`,
          },
        },
      ];
    }),
  examples: [
    {
      wrong: 'y = image -> conv(16, 3x3) -> relu -> conv(16, 7x7) -> relu -> flatten -> dense(10)',
      right:
        'y = image -> conv(16, 3x3) -> relu -> conv(16, 3x3) -> relu -> conv(16, 3x3) -> relu -> conv(16, 3x3) -> relu -> flatten -> dense(10)',
    },
  ],
});
