import { diagnostic } from '../../diagnostics/catalogue.ts';
import type { Node } from '../../ir/graph.ts';
import { isOfLayer } from '../../ir/origin.ts';
import type { Layer } from '../../semantics/model.ts';
import { type Rule, traitsOf } from './rule.ts';

/** A mean of each channel is subtracted, and any bias with it (Ioffe and Szegedy 2015, section 3.2). */
export const biasBeforeBatchnorm: Rule = ({ model, usersOf }) =>
  model.layers
    .filter((layer) => {
      const users = usersOf(layer);
      const isNormalized = users.length > 0 && users.every((user) => traitsOf(user).normalizes === 'channels');
      return isNormalized && hasBias(layer) && !isReadOtherwise(layer.output, users, model);
    })
    .map((layer) =>
      diagnostic(
        'CNN5001',
        `the bias of \`${layer.name}\` does nothing: \`${usersOf(layer)[0]!.operator}\` subtracts it again`,
        { span: layer.span, fix: { message: 'write `bias: false`' } },
      ),
    );

/** One for each channel: that of a locally connected layer differs from place to place. */
function hasBias({ attributes, states }: Layer): boolean {
  return attributes.bias === true && states.some(({ owner, shape }) => owner?.part === 'bias' && shape.length === 1);
}

/** By a loss or an output, which are no layers. */
function isReadOtherwise(output: Node, users: readonly Layer[], { graph }: Parameters<Rule>[0]['model']): boolean {
  const readers = graph.nodes.filter(({ inputs }) => inputs.includes(output));
  const isByLayer = ({ origins }: Node) => users.some(({ name }) => isOfLayer(origins, name));
  return !readers.every(isByLayer) || graph.results.some(({ node }) => node === output);
}
