import type { Layer } from '../../semantics/model.ts';
import { traitsOf } from '../model-facts.ts';
import { isSamePlace, stageEdit } from '../places.ts';
import { defineRule } from '../rule.ts';

export const idleDropout = defineRule({
  code: 'CNN5039',
  name: 'idle-dropout',
  level: 'advice',
  title: 'dropout that drops nothing',
  explanation:
    'A rate of 0 leaves everything as it is. Where the rate is a parameter, 0 is one of its values; written as a number, it is left over from a trial.',
  needs: ['text', 'model'],
  check({ text, model: { model, layers } }) {
    return model.layers.flatMap((layer) => {
      const rate = layer.attributeSpans.get('rate');
      if (!traitsOf(layer).drops || layer.attributes.rate !== 0 || !rate || !isZero(text, rate)) return [];
      const before = layers.find(({ output }) => output === layer.inputs[0]);
      // A block that is applied often has one text for all of them.
      const isOnce = model.layers.filter((other) => isSamePlace(layer, other)).length === 1;
      const edit = before && isOnce ? stageEdit(text, before, layer as Layer) : undefined;
      return [
        {
          message: `\`${layer.name}\` drops nothing: its rate is 0`,
          span: layer.span,
          fix: { message: 'leave it out', ...(edit && { edits: [edit] }) },
        },
      ];
    });
  },
  examples: [
    {
      wrong: 'y = image -> dense(20) -> relu -> dropout(0) -> dense(10)',
      right: 'y = image -> dense(20) -> relu -> dropout(20%) -> dense(10)',
    },
  ],
});

function isZero(text: string, { start, end }: { readonly start: number; readonly end: number }): boolean {
  return /^[0.]+%?$/.test(text.slice(start, end).replace(/^rate:\s*/, ''));
}
