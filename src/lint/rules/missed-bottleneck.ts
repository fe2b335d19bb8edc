import { elementCount } from '../../ir/graph.ts';
import { defineRule } from '../rule.ts';
import { mixedChannels, slidingOf } from '../sliding.ts';

/** U-Net mixes 1024 at its bottom, and no published network more by a plain kernel of 3x3. */
const MANY = 1536;

export const missedBottleneck = defineRule({
  code: 'CNN5016',
  name: 'missed-bottleneck',
  level: 'advice',
  title: 'convolution of very many channels without a bottleneck',
  explanation:
    'A 3x3 convolution from C to C channels has 9 C² weights. With a 1x1 convolution to C/4 before it and one back to C behind it, the three have 1.06 C² together. From a thousand channels on nothing else is affordable.',
  source: 'He, Zhang, Ren and Sun 2016, section 4.1, figure 5',
  needs: ['model', 'figures'],
  check: ({ model: { layers }, figures }) =>
    layers.flatMap((layer) => {
      const [channels, window] = [mixedChannels(layer), slidingOf(layer)];
      if (!channels || !window || Math.min(...channels) < MANY || Math.min(...window.kernel) < 3) return [];
      const [inputs, outputs] = channels;
      const taps = elementCount(window.kernel);
      const narrow = outputs / 4;
      const share = (inputs * narrow + taps * narrow ** 2 + narrow * outputs) / (taps * inputs * outputs);
      const text = (value: number) => Math.round(value).toLocaleString('en-US');
      const macs = figures.macsOf(layer);
      return [
        {
          message: `\`${layer.name}\` mixes ${inputs} channels into ${outputs} at ${taps} taps: ${text(taps * inputs * outputs)} weights`,
          span: layer.span,
          fix: {
            message: `narrow it to ${text(narrow)} channels by ${window.kernel.map(() => 1).join('x')} convolutions: MACs ${text(macs)} -> about ${text(macs * share)}`,
          },
        },
      ];
    }),
  examples: [
    {
      wrong:
        'y = image -> conv(1536, 1x1) -> relu -> maxpool(4) -> conv(1536, 3x3) -> relu -> conv(8, 3x3) -> relu -> flatten -> dense(10)',
      right:
        'y = image -> conv(256, 1x1) -> relu -> maxpool(4) -> conv(256, 3x3) -> relu -> conv(8, 3x3) -> relu -> flatten -> dense(10)',
    },
  ],
});
