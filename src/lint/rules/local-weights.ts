import { elementCount } from '../../ir/graph.ts';
import { defineRule } from '../rule.ts';

/** Of all parameters. */
const SHARE = 0.5;
const MANY = 10_000;

export const localWeights = defineRule({
  code: 'CNN5017',
  name: 'local-weights',
  level: 'advice',
  title: 'locally connected layer that has most parameters',
  explanation:
    'A locally connected layer learns a kernel for every place, from what happens to lie there. That pays where places differ for good, as in aligned faces. Elsewhere a convolution finds the same features with one kernel for all places, and as many images teach it as there are places.',
  source: 'LeCun 1989; Taigman, Yang, Ranzato and Wolf 2014, section 3',
  needs: ['model', 'figures'],
  check({ model: { layers, elaboration } }) {
    const count = (states: typeof elaboration.states) =>
      states.reduce((sum, { role, shape }) => (role === 'parameter' ? sum + elementCount(shape) : sum), 0);
    const all = count(elaboration.states);
    return layers.flatMap((layer) => {
      const own = layer.operator === 'local' ? count(layer.states) : 0;
      if (own < MANY || own < SHARE * all) return [];
      const places = elementCount(layer.output.shape.slice(1));
      const text = (value: number) => value.toLocaleString('en-US');
      return [
        {
          message: `\`${layer.name}\` has ${text(own)} of ${text(all)} parameters, a kernel for each of ${places} places`,
          span: layer.span,
          fix: {
            message: `write \`conv\`, which has ${text(Math.round(own / places))}, unless places differ for good`,
          },
        },
      ];
    });
  },
  examples: [
    {
      wrong: 'y = image -> local(8, 3x3) -> relu -> maxpool(4) -> flatten -> dense(10)',
      right: 'y = image -> conv(8, 3x3) -> relu -> maxpool(4) -> flatten -> dense(10)',
    },
  ],
});
