import type { Layer } from '../../semantics/model.ts';
import { type ModelFacts, traitsOf } from '../model-facts.ts';
import { defineRule } from '../rule.ts';

/** Two linear maps in a row are one. Convolutions may be factorised on purpose (depthwise, bottleneck); dense layers not. */
export const linearPair = defineRule({
  code: 'CNN5007',
  name: 'linear-pair',
  level: 'advice',
  title: 'dense layers with nothing between',
  explanation:
    'A linear map of a linear map is a linear map: two dense layers without an activation between can do no more than one, but cost more.',
  needs: ['model'],
  check: ({ model }) =>
    model.layers.flatMap((layer) => {
      const before = layer.operator === 'dense' ? linearSource(layer, model) : undefined;
      if (!before || layer.output.shape[0]! > before.output.shape[0]!) return [];
      return [
        {
          message: `nothing bends between \`${before.name}\` and \`${layer.name}\`: together they are one layer`,
          span: layer.span,
          notes: [{ message: `\`${before.name}\` is here`, span: before.span }],
          fix: { message: 'put an activation such as `relu` between them, or remove one' },
        },
      ];
    }),
  examples: [
    {
      wrong: 'y = image -> dense(128) -> dense(10)',
      right: 'y = image -> dense(128) -> relu -> dense(10)',
    },
  ],
});

function linearSource(layer: Layer, facts: ModelFacts): Layer | undefined {
  const [source] = facts.sourcesOf(layer);
  if (!source || facts.usersOf(source).length > 1) return undefined;
  if (traitsOf(source).keeps === 'numbers') return linearSource(source, facts);
  return source.operator === 'dense' ? source : undefined;
}
