import type { Shape, State } from '../../ir/graph.ts';
import { drawOf } from '../../plan/initial-draw.ts';
import type { Layer } from '../../semantics/model.ts';
import { defineRule } from '../rule.ts';

export const equalInitialWeights = defineRule({
  code: 'CNN5002',
  name: 'equal-initial-weights',
  level: 'warning',
  title: 'weights of a hidden layer start equal',
  explanation:
    'Units with equal weights compute the same value, get the same gradient and stay equal for ever; with zeros the layers before get no gradient at all. A hidden layer needs random initial weights. A network of one layer may start from zeros.',
  source: 'Goodfellow, Bengio and Courville 2016, section 8.4',
  needs: ['model'],
  check({ model: { layers } }) {
    const learned = layers.filter((layer) => weightOf(layer) !== undefined);
    const hidden = learned.slice(0, -1).find((layer) => drawOf(weightOf(layer)!.initializer).kind === 'constant');
    if (!hidden) return [];
    const { kind } = weightOf(hidden)!.initializer;
    return [
      {
        message: `all weights of \`${hidden.name}\` start equal (\`init ${kind}\`), so its units stay equal`,
        span: hidden.span,
        fix: { message: 'use `init kaiming` with relu, or `init xavier_normalized` with tanh and sigmoid' },
      },
    ];
  },
  examples: [{ wrong: 'train N { init zeros }', right: 'train N { init kaiming }' }],
});

/** The matrix or kernel; scales and shifts may well start equal: they are vectors, or stretch to the shape of the result. */
function weightOf({ states, output }: Layer): State | undefined {
  return states.find(
    ({ role, trainable, shape }) =>
      role === 'parameter' && trainable && shape.length > 1 && !stretches(shape, output.shape),
  );
}

function stretches(shape: Shape, to: Shape): boolean {
  return shape.length === to.length && shape.every((extent, dimension) => extent === 1 || extent === to[dimension]);
}
