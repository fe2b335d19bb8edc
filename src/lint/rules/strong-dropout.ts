import { traitsOf } from '../model-facts.ts';
import { defineRule } from '../rule.ts';

/** Of the numbers; usual rates are 0.1 to 0.5. */
const MOST = 0.7;

export const strongDropout = defineRule({
  code: 'CNN5045',
  name: 'strong-dropout',
  level: 'advice',
  title: 'dropout leaves little',
  explanation:
    'The rate of a dropout is the share of the numbers that is dropped, 0.1 to 0.5 as a rule. Of one above 0.7 less than a third is left in a training step, scaled up by more than three: its variance is what the layers behind it learn from. Older programs, and the paper, give the share that is kept, so `dropout(0.8)` there is `dropout(0.2)` here.',
  source: 'Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014, section 7.3 and appendix A.4',
  needs: ['model'],
  check: ({ model: { layers } }) =>
    layers.flatMap((layer) => {
      const { rate } = layer.attributes;
      if (!traitsOf(layer).drops || typeof rate !== 'number' || rate <= MOST) return [];
      const kept = Number((1 - rate).toPrecision(6));
      return [
        {
          message: `\`${layer.name}\` drops ${Number((100 * rate).toPrecision(6))} % of its numbers in training`,
          span: layer.span,
          fix: { message: `write \`${layer.operator}(${kept})\` if this is the share to keep` },
        },
      ];
    }),
  examples: [
    {
      wrong: 'y = image -> dense(100) -> relu -> dropout(0.8) -> dense(10)',
      right: 'y = image -> dense(100) -> relu -> dropout(0.2) -> dense(10)',
    },
    {
      wrong: 'y = image -> conv(16, 3x3) -> relu -> spatialdropout(90%) -> dense(10)',
      right: 'y = image -> conv(16, 3x3) -> relu -> spatialdropout(0.1) -> dense(10)',
    },
  ],
});
