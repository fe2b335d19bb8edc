import type { Fix } from '../../diagnostics/diagnostic.ts';
import type { Node } from '../../ir/graph.ts';
import { isOfLayer } from '../../ir/origin.ts';
import type { Layer, Model } from '../../semantics/model.ts';
import { traitsOf } from '../model-facts.ts';
import { isFoundEverywhere } from '../places.ts';
import { defineRule } from '../rule.ts';

export const biasBeforeBatchnorm = defineRule({
  code: 'CNN5001',
  name: 'bias-before-batchnorm',
  level: 'advice',
  title: 'bias before batch norm',
  explanation:
    'Batch norm subtracts the mean of every channel, and with it the bias of the layer before. The bias gets no gradient; it only costs memory and time. The shift of the batch norm does its work.',
  source: 'Ioffe and Szegedy 2015, section 3.2',
  needs: ['model'],
  check({ model: facts }) {
    const { layers, usersOf, model } = facts;
    const found = layers.filter((layer) => {
      const users = usersOf(layer);
      const isNormalized = users.length > 0 && users.every((user) => traitsOf(user).normalizes === 'channels');
      return isNormalized && hasBias(layer) && !isReadOtherwise(layer.output, users, model);
    });
    return found.map((layer) => ({
      message: `the bias of \`${layer.name}\` does nothing: \`${usersOf(layer)[0]!.operator}\` subtracts it again`,
      span: layer.span,
      fix: withoutBias(layer, isFoundEverywhere(layer, found, facts)),
    }));
  },
  examples: [
    {
      wrong: 'y = image -> conv(16, 3x3) -> batchnorm -> relu -> dense(10)',
      right: 'y = image -> conv(16, 3x3, bias: false) -> batchnorm -> relu -> dense(10)',
    },
    {
      wrong: 'stem = conv(16, 3x3, bias: true)\ny = image -> stem -> instancenorm -> relu -> dense(10)',
      right: 'stem = conv(16, 3x3, bias: false)\ny = image -> stem -> instancenorm -> relu -> dense(10)',
    },
  ],
});

/** One for each channel: that of a locally connected layer differs from place to place. */
function hasBias({ attributes, states }: Layer): boolean {
  return attributes.bias === true && states.some(({ owner, shape }) => owner?.part === 'bias' && shape.length === 1);
}

/** By a loss or an output, which are no layers. */
function isReadOtherwise(output: Node, users: readonly Layer[], { graph }: Model): boolean {
  const readers = graph.nodes.filter(({ inputs }) => inputs.includes(output));
  const isByLayer = ({ origins }: Node) => users.some(({ name }) => isOfLayer(origins, name));
  return !readers.every(isByLayer) || graph.results.some(({ node }) => node === output);
}

/** Certain where all layers that the text makes are followed by a norm. What `bias_init` says would go with the bias. */
function withoutBias({ attributeSpans, written, training }: Layer, isCertain: boolean): Fix {
  const message = 'write `bias: false`';
  const given = attributeSpans.get('bias');
  if (!isCertain || training?.biasInit) return { message };
  if (given) return { message, edits: [{ span: given, replacement: 'false' }] };
  return { message, edits: [{ span: { ...written, start: written.end - 1 }, replacement: ', bias: false)' }] };
}
