import { traitsOf } from '../model-facts.ts';
import { defineRule } from '../rule.ts';
import { squeezedScores } from '../scores.ts';

export const boundedScores = defineRule({
  code: 'CNN5004',
  name: 'bounded-scores',
  level: 'warning',
  title: 'probabilities where scores are expected',
  explanation:
    '`crossentropy`, `focal` and `kldiv` take scores (logits) and apply softmax themselves, `bce` applies sigmoid; `hinge` compares scores as they are. That is exact and cheap. Of probabilities they would take the softmax again: the cross-entropy of ten classes cannot fall below 1.46 then, and gradients are small. The same holds for `tanh` and whatever else keeps scores within bounds, also where a `dropout`, a `flatten` or a pooling stands between.',
  needs: ['model'],
  check: ({ model }) =>
    squeezedScores(model, ({ taker, activation, range: [low, high] }) => {
      if (low === 0 && high === 1)
        return `\`${taker}\` takes scores, and gets the probabilities that \`${activation}\` made of them`;
      const { takesScores, range: taken } = traitsOf({ operator: taker });
      // A softmax within a network may be meant to stay soft; scores for a loss may not.
      if (taken) return undefined;
      const what = `\`${taker}\` takes scores of any size, and \`${activation}\` gives none`;
      if (Number.isFinite(low) && Number.isFinite(high)) return `${what} below ${low} or above ${high}`;
      // All scores may be shifted alike, but for a sigmoid.
      return !Number.isFinite(low) && takesScores === 'sigmoid' ? `${what} above ${high}` : undefined;
    }),
  examples: [
    {
      wrong: 'y = image -> dense(10)\nprobs = y -> softmax\nloss crossentropy(probs, label)',
      right: 'y = image -> dense(10)\nloss crossentropy(y, label)\noutput probs = softmax(y)',
    },
    {
      wrong: 'y = image -> dense(10) -> tanh -> flatten\nloss focal(y, label)',
      right: 'y = image -> dense(10)\nloss focal(y, label)',
    },
  ],
});
