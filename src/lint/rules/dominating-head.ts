import { elementCount } from '../../ir/graph.ts';
import type { Layer } from '../../semantics/model.ts';
import { type ModelFacts, traitsOf } from '../model-facts.ts';
import { defineRule } from '../rule.ts';
import { placesOf } from '../sliding.ts';

/** Of all parameters. VGG-16 has 74 % of them in such a layer, LeNet-5 four fifths. */
const SHARE = 0.9;
/** Fewer are no burden. */
const MANY = 1_000_000;

export const dominatingHead = defineRule({
  code: 'CNN5015',
  name: 'dominating-head',
  level: 'advice',
  title: 'dense layer on a map that has nearly all parameters',
  explanation:
    'A dense layer behind a map has a weight for every place and channel, and learns each place for itself. Where it has nine parameters of ten, the convolutions hardly count, and it is what overfits. The mean of each channel (`globalavgpool`) leaves one number per channel, and forgets where things are.',
  source: 'Lin, Chen and Yan 2014, section 3.2',
  needs: ['model'],
  check({ model: facts }) {
    const { layers, elaboration } = facts;
    const all = parametersOf(elaboration.states);
    return layers.flatMap((layer) => {
      const map = layer.operator === 'dense' ? mapBefore(layer, facts) : undefined;
      const own = parametersOf(layer.states);
      if (!map || own < MANY || own < SHARE * all) return [];
      const text = (value: number) => value.toLocaleString('en-US');
      const outputs = elementCount(layer.output.shape);
      const pooled = outputs * (map[0]! + 1);
      return [
        {
          message: `\`${layer.name}\` has ${text(own)} of ${text(all)} parameters, one for each place of a map of ${map.slice(1).join('x')}`,
          span: layer.span,
          fix: {
            message: `put \`globalavgpool\` before it, which leaves it ${text(pooled)}, or pool to a smaller map`,
          },
        },
      ];
    });
  },
  examples: [
    {
      wrong: 'y = image -> conv(256, 3x3, pad: same) -> relu -> flatten -> dense(10)',
      right: 'y = image -> conv(256, 3x3, pad: same) -> relu -> maxpool(4) -> flatten -> dense(10)',
    },
  ],
});

/** The map of features that it reads, where layers with weights made it. */
function mapBefore(layer: Layer, facts: ModelFacts): readonly number[] | undefined {
  const [source] = facts.sourcesOf(layer);
  if (!source) return undefined;
  const { shape } = source.output;
  if (placesOf(shape) && elementCount(shape.slice(1)) > 1) return shape;
  const keeps = source.operator === 'flatten' || traitsOf(source).keeps === 'numbers';
  return keeps ? mapBefore(source, facts) : undefined;
}

function parametersOf(states: ModelFacts['elaboration']['states']): number {
  return states.reduce((sum, { role, shape }) => (role === 'parameter' ? sum + elementCount(shape) : sum), 0);
}
