import { defineRule } from '../rule.ts';

export const weightsAndSmoothing = defineRule({
  code: 'CNN5037',
  name: 'weights-and-smoothing',
  level: 'advice',
  title: 'class weights together with smoothing',
  explanation:
    'Weights make rare classes count more; smoothing gives a part of each true class to all classes alike. Together, the parts that smoothing gives are weighted too: of an image of a common class most of the loss may then come from a rare class that it does not show. One of the two is clearer.',
  source: 'Müller, Kornblith and Hinton 2019, section 2',
  needs: ['model'],
  check: ({ model: { model } }) =>
    model.steps.flatMap(({ resolved, span, operator }) => {
      const { weights, smoothing } = resolved;
      if (!Array.isArray(weights) || new Set(weights).size < 2 || !(Number(smoothing) > 0)) return [];
      return [
        {
          message: `\`${operator}\` has weights of the classes, and a smoothing that is weighted by them too`,
          span,
          fix: { message: 'leave out one of `weights` and `smoothing`' },
        },
      ];
    }),
  examples: [
    {
      wrong:
        'y = image -> dense(10)\nloss crossentropy(y, label, weights: [1, 1, 1, 1, 1, 1, 1, 1, 1, 9], smoothing: 0.1)',
      right: 'y = image -> dense(10)\nloss crossentropy(y, label, weights: [1, 1, 1, 1, 1, 1, 1, 1, 1, 9])',
    },
  ],
});
