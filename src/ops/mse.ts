/** @file Mean squared error, in both conventions of the field. */
import { elementCount, type Node, sourceOf } from '../ir/graph.ts';
import { choice } from '../specs/attributes.ts';
import { defineOperator, type OperatorContext } from './operator.ts';

export const mse = defineOperator({
  name: 'mse',
  summary:
    'Squared error: the mean over all elements, or with `reduction: half` the textbook sum of (t - o)^2 / 2 per example, ' +
    'meaned over the batch. A class target stands for its one-hot vector.',
  formula: 'loss = mean (o - t)^2, or mean over the batch of sum (t - o)^2 / 2',
  kind: 'loss',
  inputs: 2,
  attributes: {
    reduction: choice(['mean', 'half'], {
      default: 'mean',
      doc: '`mean` over elements, or `half` the sum per example',
    }),
  },
  example: 'loss mse(probs, label, reduction: half)',
  build(context) {
    const [output, target] = alike(context, 'mse');
    const size = elementCount(output.shape);
    const factor = context.attributes.reduction === 'half' ? 0.5 : 1 / size;
    return context.apply(
      'op mse(o[k], t[k], w[]) -> y[] = sum(batch, k) (o[k] - t[k])^2 * factor * w',
      [context.view(output, [size]), context.view(target, [size]), context.weight],
      { constants: { factor } },
    );
  },
});

/** Output and target, which must have one shape, or a diagnostic. */
export function alike(
  context: OperatorContext,
  name: string,
  help = 'give the target the shape of the output',
): [output: Node, target: Node] {
  const [output, given] = context.inputs as [Node, Node];
  const target = oneHot(context, given);
  if (target.shape.join() === output.shape.join()) return [output, target];
  const isSwapped = sourceOf(output)?.role === 'target' && sourceOf(given)?.role !== 'target';
  const shapes = `[${output.shape.join(', ')}] and [${target.shape.join(', ')}]`;
  return context.fail({
    code: 'CNN3009',
    message: isSwapped
      ? `\`${name}\` takes the target second, and these are the other way round`
      : `\`${name}\` needs equal shapes, found ${shapes}`,
    help: isSwapped ? `write \`${name}(…, ${output.name})\`` : help,
  });
}

/** A class target as a tensor: 1 at the class, 0 elsewhere, classes first. Other values pass unchanged. */
export function oneHot(context: OperatorContext, target: Node): Node {
  const source = sourceOf(target);
  if (source?.role !== 'target' || source.classes === undefined) return target;
  const axes = ['h', 'w'].slice(0, target.shape.length);
  const read = axes.length > 0 ? `t[${axes.join(', ')}]` : 't';
  const formula = `op onehot(t[${axes.join(', ')}]) -> y[${['k', ...axes].join(', ')}] = if k == ${read} { 1 } else { 0 }`;
  return context.apply(formula, [target], {
    name: 'onehot',
    extents: { k: source.classes },
  });
}
