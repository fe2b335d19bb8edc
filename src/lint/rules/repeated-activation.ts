import type { Layer } from '../../semantics/model.ts';
import { type ModelFacts, traitsOf } from '../model-facts.ts';
import { isFoundEverywhere, stageEdit } from '../places.ts';
import { defineRule } from '../rule.ts';

export const repeatedActivation = defineRule({
  code: 'CNN5038',
  name: 'repeated-activation',
  level: 'warning',
  title: 'activation that changes nothing',
  explanation:
    'The `relu` of a `relu` is the same again, through a dropout or a pooling too: there is nothing negative left. The second one costs time and memory, and was often meant to stand behind a layer that got lost.',
  needs: ['text', 'model'],
  check({ text, model: facts }) {
    const found = facts.layers.filter((layer) => sameBefore(layer, facts) !== undefined);
    return found.map((layer) => {
      const before = sameBefore(layer, facts)!;
      const [source] = facts.sourcesOf(layer);
      const edit = isFoundEverywhere(layer, found, facts) ? stageEdit(text, source!, layer) : undefined;
      return {
        message: `\`${layer.name}\` changes nothing: \`${before.name}\` gives what \`${layer.operator}\` would`,
        span: layer.span,
        notes: [{ message: `\`${before.name}\` is here`, span: before.span }],
        fix: { message: 'leave it out', ...(edit && { edits: [edit] }) },
      };
    });
  },
  examples: [
    {
      wrong: 'y = image -> dense(20) -> relu -> relu -> dense(10)',
      right: 'y = image -> dense(20) -> relu -> dense(10)',
    },
    {
      wrong: 'y = image -> conv(8, 3x3) -> relu -> maxpool(2) -> relu -> maxpool(2) -> dense(10)',
      right: 'y = image -> conv(8, 3x3) -> relu -> maxpool(2) -> conv(8, 3x3) -> relu -> maxpool(2) -> dense(10)',
    },
  ],
});

function sameBefore(layer: Layer, facts: ModelFacts): Layer | undefined {
  if (!traitsOf(layer).idempotent) return undefined;
  let [source] = facts.sourcesOf(layer);
  while (source && traitsOf(source).keeps) [source] = facts.sourcesOf(source);
  const isSame =
    source?.operator === layer.operator && JSON.stringify(source.attributes) === JSON.stringify(layer.attributes);
  return isSame ? source : undefined;
}
