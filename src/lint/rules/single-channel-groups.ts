import type { Fix } from '../../diagnostics/diagnostic.ts';
import type { Layer } from '../../semantics/model.ts';
import { isFoundEverywhere } from '../places.ts';
import { defineRule } from '../rule.ts';

export const singleChannelGroups = defineRule({
  code: 'CNN5029',
  name: 'single-channel-groups',
  level: 'advice',
  title: 'group norm with one channel in each group',
  explanation:
    'With as many groups as channels, group norm is instance norm: each channel loses its own mean and strength, which may be what tells classes apart. Group norm lives from channels that share them; 16 channels and more in a group are usual. If instance norm is meant, its own name says so.',
  source: 'Wu and He 2018, section 3.1 and table 3',
  needs: ['model'],
  check({ model: facts }) {
    const found = facts.layers.filter(({ operator, resolved, inputs }) => {
      const [channels, height = 1, width = 1] = inputs[0]!.shape;
      return operator === 'groupnorm' && channels! > 1 && resolved.groups === channels && height * width > 1;
    });
    return found.map((layer) => ({
      message: `each group of \`${layer.name}\` is one channel: this is instance norm`,
      span: layer.span,
      fix: asInstanceNorm(layer, isFoundEverywhere(layer, found, facts)),
    }));
  },
  examples: [
    {
      wrong: 'y = image -> conv(16, 3x3, bias: false) -> groupnorm(16) -> relu -> maxpool(4) -> dense(10)',
      right: 'y = image -> conv(16, 3x3) -> groupnorm(4) -> relu -> maxpool(4) -> dense(10)',
    },
  ],
});

/** The same formulas and parameters, where nothing but the groups is said. */
function asInstanceNorm({ attributeSpans, written, resolved }: Layer, isCertain: boolean): Fix {
  const replacement = 'instancenorm(affine: true)';
  const message = `write \`${replacement}\`, or use fewer groups`;
  const isPlain = [...attributeSpans.keys()].every((name) => name === 'groups') && resolved.affine === true;
  return isCertain && isPlain ? { message, edits: [{ span: written, replacement }] } : { message };
}
