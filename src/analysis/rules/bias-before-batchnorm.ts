import { diagnostic } from '../../diagnostics/catalogue.ts';
import type { Rule } from './rule.ts';

/** Batch norm subtracts the mean of each channel, and with it any bias (Ioffe and Szegedy 2015, section 3.2). */
export const biasBeforeBatchnorm: Rule = ({ model, usersOf }) =>
  model.layers
    .filter((layer) => {
      const users = usersOf(layer);
      const isNormalized = users.length > 0 && users.every((user) => user.operator === 'batchnorm');
      return isNormalized && layer.attributes.bias === true && !isReadOtherwise(layer.output, users.length, model);
    })
    .map((layer) =>
      diagnostic('CNN5001', `the bias of \`${layer.name}\` does nothing: \`batchnorm\` subtracts it again`, {
        span: layer.span,
        fix: { message: 'write `bias: false`' },
      }),
    );

/** By a loss or an output, which are no layers. */
function isReadOtherwise(output: unknown, users: number, model: Parameters<Rule>[0]['model']): boolean {
  const reads = model.graph.nodes.flatMap((node) => node.inputs).filter((input) => input === output).length;
  return reads > users || model.graph.results.some((result) => result.node === output);
}
