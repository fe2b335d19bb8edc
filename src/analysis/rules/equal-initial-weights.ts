import { diagnostic } from '../../diagnostics/catalogue.ts';
import type { Shape, State } from '../../ir/graph.ts';
import type { Layer } from '../../semantics/model.ts';
import type { Rule } from './rule.ts';

const EQUAL = ['zeros', 'ones', 'constant'];

/** Units that start equal get equal gradients and stay equal (Goodfellow, Bengio and Courville 2016, section 8.4). */
export const equalInitialWeights: Rule = ({ model }) => {
  const learned = model.layers.filter((layer) => weightOf(layer) !== undefined);
  const hidden = learned.slice(0, -1).find((layer) => EQUAL.includes(weightOf(layer)!.initializer.kind));
  if (!hidden) return [];
  const { kind } = weightOf(hidden)!.initializer;
  return [
    diagnostic('CNN5002', `all weights of \`${hidden.name}\` start equal (\`init ${kind}\`), so its units stay equal`, {
      span: hidden.span,
      fix: { message: 'use `init kaiming` with relu, or `init xavier_normalized` with tanh and sigmoid' },
    }),
  ];
};

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
