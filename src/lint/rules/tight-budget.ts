import { elementCount } from '../../ir/graph.ts';
import type { Claim } from '../../semantics/evaluate/claims.ts';
import { defineRule } from '../rule.ts';

/** Of the budget. */
const LEFT = 0.05;

export const tightBudget = defineRule({
  code: 'CNN5043',
  name: 'tight-budget',
  level: 'advice',
  title: 'budget that is nearly used up',
  explanation:
    'An assertion such as `assert parameters < 300k` is a budget. With less than a twentieth of it left, the next change may well exceed it; better known now than when it fails. An assertion of equality (`==`) states a figure, and is no budget.',
  needs: ['model', 'figures'],
  check({ model: { elaboration }, figures }) {
    const spent = {
      parameters: () =>
        elaboration.states.reduce(
          (sum, { role, shape }) => (role === 'parameter' ? sum + elementCount(shape) : sum),
          0,
        ),
      macs: () => elaboration.training.layers.reduce((sum, layer) => sum + figures.macsOf(layer), 0),
    };
    return elaboration.claims.flatMap(budgetsOf).flatMap(({ name, limit, span }) => {
      const value = spent[name]();
      if (value > limit || value < (1 - LEFT) * limit) return [];
      const [used, all] = [value, limit].map((number) => number.toLocaleString('en-US'));
      const left = `${(100 * (1 - value / limit)).toFixed(1)} %`;
      return [
        {
          message: `${used} of ${all} ${name === 'macs' ? 'MACs' : name} are used: ${left} is left`,
          span,
          fix: { message: 'raise the budget, or make the network smaller' },
        },
      ];
    });
  },
  examples: [
    {
      wrong: 'y = image -> dense(10)\nassert parameters < 8000',
      right: 'y = image -> dense(10)\nassert parameters < 10k',
    },
  ],
});

interface Budget {
  readonly name: 'parameters' | 'macs';
  readonly limit: number;
  readonly span: Claim['span'];
}

/** `parameters < 300k`, `300k >= macs`, and what of them is joined by `and`. */
function budgetsOf(claim: Claim): Budget[] {
  if (claim.kind !== 'binary') return [];
  const { operator, left, right, span } = claim;
  if (operator === 'and') return [...budgetsOf(left), ...budgetsOf(right)];
  const [figure, bound] = operator === '<' || operator === '<=' ? [left, right] : [right, left];
  if (!['<', '<=', '>', '>='].includes(operator) || figure.kind !== 'figure' || bound.kind !== 'constant') return [];
  if ('of' in figure || (figure.name !== 'parameters' && figure.name !== 'macs')) return [];
  return [{ name: figure.name, limit: Number(bound.value), span }];
}
