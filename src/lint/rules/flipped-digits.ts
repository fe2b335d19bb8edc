import { formatOf } from '../../data/formats.ts';
import type { Argument, Setting } from '../../syntax/ast.ts';
import { itemEdit, settingsOf } from '../places.ts';
import { defineRule } from '../rule.ts';

export const flippedDigits = defineRule({
  code: 'CNN5033',
  name: 'flipped-digits',
  level: 'warning',
  title: 'mirrored digits',
  explanation:
    'An augmentation must leave the class of an image what it is. A digit that is mirrored is another sign, or none: a 2 becomes an S, a 6 upside down a 9. Shifts (`crop`) and small turns keep it. Fashion-MNIST and the like, whose files are read as `mnist` too, may be mirrored; `allow` says so.',
  source: 'Shorten and Khoshgoftaar 2019, section "Safety of application"',
  needs: ['text', 'tree', 'model'],
  check({ text, tree, model }) {
    const { name: kind, known } = formatOf(model.elaboration.settings.data) ?? {};
    if (!known?.characters) return [];
    return settingsOf(tree, model, 'augment').flatMap((setting) =>
      setting.arguments.flatMap((argument) => {
        if (argument.value.kind !== 'call' || argument.value.callee.text !== 'flip') return [];
        const edits = [setting.arguments.length === 1 ? wholeSetting(text, setting) : itemEdit(text, argument)];
        const fix = { message: 'leave out `flip`', edits };
        return [
          { message: `a mirrored digit of \`${kind}\` is no digit, or another one`, span: spanOf(argument), fix },
        ];
      }),
    );
  },
  examples: [
    {
      wrong: 'y = image -> dense(10)\ntrain N { data digits augment flip(horizontal), crop(pad: 2) }',
      right: 'y = image -> dense(10)\ntrain N { data digits augment crop(pad: 2) }',
    },
    {
      wrong: 'y = image -> dense(10)\ntrain N { augment flip(horizontal) }',
      right: 'y = image -> dense(10)\ntrain N { augment crop(pad: 2) }',
    },
  ],
});

const spanOf = ({ span }: Argument) => span;

/** With the line that it stands on, where it stands alone there. */
function wholeSetting(text: string, { span }: Setting) {
  const line = /\n[ \t]*$/.exec(text.slice(0, span.start));
  const isAlone = line && /^[ \t]*(\r?\n|$)/.test(text.slice(span.end));
  return { span: isAlone ? { ...span, start: span.start - line[0].length } : span, replacement: '' };
}
