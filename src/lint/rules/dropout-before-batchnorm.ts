import type { Layer } from '../../semantics/model.ts';
import { traitsOf } from '../model-facts.ts';
import { defineRule } from '../rule.ts';

export const dropoutBeforeBatchnorm = defineRule({
  code: 'CNN5006',
  name: 'dropout-before-batchnorm',
  level: 'advice',
  title: 'dropout before batch norm',
  explanation:
    'Dropout raises the variance of what follows, but only in training. The running variance that batch norm gathers there does not fit inference, where there is no dropout.',
  source: 'Li, Chen, Hu and Yang 2019',
  needs: ['model'],
  check({ model: { layers, sourcesOf } }) {
    const dropped = new Map<Layer, Layer>();
    for (const layer of layers) {
      const before = sourcesOf(layer).flatMap((source) => dropped.get(source) ?? [])[0];
      const own = traitsOf(layer).drops && layer.attributes.rate !== 0 ? layer : before;
      if (own) dropped.set(layer, own);
    }
    const first = layers.find((layer) => gathersStatistics(layer) && dropped.has(layer));
    if (!first) return [];
    return [
      {
        message: `\`${first.name}\` gathers its statistics behind dropout and will not find them in inference`,
        span: first.span,
        notes: [{ message: 'the dropout is here', span: dropped.get(first)!.span }],
        fix: { message: 'move the dropout behind the last `batchnorm`' },
      },
    ];
  },
  examples: [
    {
      wrong:
        'y = image -> conv(16, 3x3) -> relu -> dropout -> conv(16, 3x3, bias: false) -> batchnorm -> relu -> dense(10)',
      right:
        'y = image -> conv(16, 3x3) -> relu -> conv(16, 3x3, bias: false) -> batchnorm -> dropout -> relu -> dense(10)',
    },
  ],
});

function gathersStatistics({ states }: Layer): boolean {
  return states.some(({ role }) => role === 'buffer');
}
