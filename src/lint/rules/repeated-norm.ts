import type { Layer } from '../../semantics/model.ts';
import { type ModelFacts, traitsOf } from '../model-facts.ts';
import { isFoundEverywhere, stageEdit } from '../places.ts';
import { defineRule } from '../rule.ts';

export const repeatedNorm = defineRule({
  code: 'CNN5041',
  name: 'repeated-norm',
  level: 'warning',
  title: 'two norms of a kind in a row',
  explanation:
    'A norm brings its values to mean 0 and variance 1, then scales and shifts them. The same norm right behind it undoes that scale and shift, and has its own: the parameters of the first do nothing.',
  source: 'Ioffe and Szegedy 2015, section 3',
  needs: ['text', 'model'],
  check({ text, model: facts }) {
    const found = facts.layers.filter((layer) => isRepeated(layer, facts));
    return found.map((layer) => {
      const [before] = facts.sourcesOf(layer);
      const edit = isFoundEverywhere(layer, found, facts) ? stageEdit(text, before!, layer) : undefined;
      return {
        message: `\`${layer.name}\` undoes the scale and shift of \`${before!.name}\` before it`,
        span: layer.span,
        notes: [{ message: `\`${before!.name}\` is here`, span: before!.span }],
        fix: { message: 'leave one of them out', ...(edit && { edits: [edit] }) },
      };
    });
  },
  examples: [
    {
      wrong: 'y = image -> conv(8, 3x3, bias: false) -> batchnorm -> batchnorm -> relu -> maxpool(2) -> dense(10)',
      right: 'y = image -> conv(8, 3x3, bias: false) -> batchnorm -> relu -> maxpool(2) -> dense(10)',
    },
  ],
});

/** With the same attributes, so that both divide the same values. */
function isRepeated(layer: Layer, { sourcesOf, usersOf }: ModelFacts): boolean {
  const [before] = sourcesOf(layer);
  if (!before || !traitsOf(layer).normalizes || before.operator !== layer.operator) return false;
  return JSON.stringify(before.resolved) === JSON.stringify(layer.resolved) && usersOf(before).length === 1;
}
