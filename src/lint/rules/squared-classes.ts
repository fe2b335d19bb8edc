import { sourceOf } from '../../ir/graph.ts';
import { defineRule } from '../rule.ts';

/** Losses that compare numbers; the textbook's form of one (`reduction: half`) is written on purpose. */
const DIFFERENCES = ['mse', 'mae', 'huber'];

export const squaredClasses = defineRule({
  code: 'CNN5019',
  name: 'squared-classes',
  level: 'advice',
  title: 'squared error for classes',
  explanation:
    'The squared error treats the number of a class as a vector to come near to. Behind a softmax or sigmoid its gradient vanishes where the network is surely wrong, so it learns slowest from its worst mistakes. The cross-entropy of scores has the gradient p - t, however wrong they are. The form of the textbooks, `reduction: half`, is taken as meant.',
  source: 'Golik, Doetsch and Ney 2013; Bishop 2006, section 5.2',
  needs: ['model'],
  check: ({ model: { model } }) =>
    model.steps.flatMap(({ operator, inputs, resolved, span }) => {
      const target = inputs[1] && sourceOf(inputs[1]);
      const isClass = target?.role === 'target' && target.classes !== undefined;
      const isLoss = model.graph.results.some(({ role }) => role === 'loss');
      if (!DIFFERENCES.includes(operator) || !isClass || !isLoss || resolved.reduction === 'half') return [];
      return [
        {
          message: `\`${operator}\` compares scores with classes of \`${target.name}\` as if they were numbers`,
          span,
          fix: { message: `use \`crossentropy(scores, ${target.name})\`, with scores that no softmax has seen` },
        },
      ];
    }),
  examples: [
    {
      wrong: 'y = image -> dense(10) -> sigmoid\nloss mse(y, label)',
      right: 'y = image -> dense(10)\nloss crossentropy(y, label)',
    },
  ],
});
