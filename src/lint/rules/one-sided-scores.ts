import { traitsOf } from '../model-facts.ts';
import { defineRule } from '../rule.ts';
import { squeezedScores } from '../scores.ts';

export const oneSidedScores = defineRule({
  code: 'CNN5008',
  name: 'one-sided-scores',
  level: 'advice',
  title: 'activation before a loss that takes scores',
  explanation:
    'Scores (logits) may be of either sign. `relu` in front of the loss makes the negative ones 0, so the network can rule out no class, and units whose score is 0 get no gradient. Of functions that let small negative numbers through, such as `silu` or `elu`, the same is true to a lesser degree.',
  needs: ['model'],
  check: ({ model }) =>
    squeezedScores(model, ({ taker, activation, range: [low, high], direct }) => {
      // Poolings of activations that are not negative are what some networks end with.
      if (traitsOf({ operator: taker }).range || !direct || !Number.isFinite(low) || Number.isFinite(high))
        return undefined;
      return `\`${taker}\` takes scores of any size, and \`${activation}\` gives none below ${low}`;
    }),
  examples: [
    {
      wrong: 'y = image -> dense(10) -> relu\nloss crossentropy(y, label)',
      right: 'y = image -> dense(64) -> relu -> dense(10)\nloss crossentropy(y, label)',
    },
  ],
});
