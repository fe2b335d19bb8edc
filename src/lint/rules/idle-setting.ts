import type { Setting } from '../../syntax/ast.ts';
import { idleIn } from '../../training/idle.ts';
import type { Chosen } from '../../training/word.ts';
import { SCHEDULES, STOPS } from '../../training/words.ts';
import { defineRule, type Facts, type Finding } from '../rule.ts';

export const idleSetting = defineRule({
  code: 'CNN2062',
  name: 'idle-setting',
  level: 'warning',
  title: 'run too short for a setting',
  explanation:
    'A warm-up that fills the whole run never lets the schedule begin; steps and patience that outlast it never come. Such a setting was written for a longer run.',
  needs: ['tree', 'model'],
  check(facts) {
    const { schedule, patience, watch } = facts.model.elaboration.settings;
    const stop = { kind: 'early', patience, watch };
    return [
      ...findings(facts, 'schedule', SCHEDULES, schedule),
      ...(patience > 0 ? findings(facts, 'stop', STOPS, stop) : []),
    ];
  },
  examples: [
    {
      wrong:
        'network N {\n  input image: [1, 8, 8]\n  target label: class(2)\n  output scores = image -> dense(2)\n  loss crossentropy(scores, label)\n}\ntrain N {\n  epochs 5\n  stop early(patience: 8)\n}',
      right:
        'network N {\n  input image: [1, 8, 8]\n  target label: class(2)\n  output scores = image -> dense(2)\n  loss crossentropy(scores, label)\n}\ntrain N {\n  epochs 50\n  stop early(patience: 8)\n}',
    },
    {
      wrong:
        'network N {\n  input image: [1, 8, 8]\n  target label: class(2)\n  output scores = image -> dense(2)\n  loss crossentropy(scores, label)\n}\ntrain N {\n  epochs 5\n  schedule cosine(warmup: 5 epochs)\n}',
      right:
        'network N {\n  input image: [1, 8, 8]\n  target label: class(2)\n  output scores = image -> dense(2)\n  loss crossentropy(scores, label)\n}\ntrain N {\n  epochs 6\n  schedule cosine(warmup: 5 epochs)\n}',
    },
    {
      wrong:
        'network N {\n  input image: [1, 8, 8]\n  target label: class(2)\n  output scores = image -> dense(2)\n  loss crossentropy(scores, label)\n}\ntrain N {\n  epochs 5\n  schedule multistep(at: [3, 9])\n}',
      right:
        'network N {\n  input image: [1, 8, 8]\n  target label: class(2)\n  output scores = image -> dense(2)\n  loss crossentropy(scores, label)\n}\ntrain N {\n  epochs 10\n  schedule multistep(at: [3, 9])\n}',
    },
  ],
});

function findings(
  { tree, model }: Pick<Facts, 'tree' | 'model'>,
  setting: string,
  words: readonly Parameters<typeof idleIn>[1][],
  chosen: Chosen,
): Finding[] {
  const { settings } = model.elaboration;
  const written = settingOf(tree, model.model.name, setting);
  const word = words.find((one) => one.name === chosen.kind)!;
  return idleIn(settings.epochs, word, chosen).map(({ attribute, epochs, needs }) => ({
    message: `\`${attribute}\` of ${counted(epochs)} has no effect in a run of ${counted(settings.epochs)}`,
    ...(written && { span: written.span }),
    fix: { message: `shorten it, or write \`epochs ${needs}\` or more` },
  }));
}

const counted = (epochs: number) => `${epochs} epoch${epochs === 1 ? '' : 's'}`;

function settingOf({ items }: Facts['tree'], network: string, name: string): Setting | undefined {
  const blocks = items.flatMap((item) => (item.kind === 'train' && item.network.text === network ? [item] : []));
  return blocks.flatMap(({ settings }) => settings).find((setting) => setting.name.text === name);
}
