/** @file The `train` block: every setting with its value or its default. */
import type { Span } from '../../diagnostics/diagnostic.ts';
import type { NetworkItem, Program, Setting, TrainItem } from '../../syntax/ast.ts';
import { kaiming } from '../../training/initializers/kaiming.ts';
import { sgd } from '../../training/optimizers/sgd.ts';
import { constant } from '../../training/schedules/constant.ts';
import type { Setting as SettingRecord } from '../../training/settings/setting.ts';
import { SETTINGS } from '../../training/settings.ts';
import { choose } from '../../training/word.ts';
import { INITIALIZERS, OPTIMIZERS, type OptimizerSettings, optimizerNamed, STOPS } from '../../training/words.ts';
import type { NumberSpec } from '../layers/number-spec.ts';
import type { TrainSettings } from '../model.ts';
import { foreignSettingHelp, ourName } from '../names/foreign-names.ts';
import { didYouMean, fail, help } from '../problems.ts';
import type { Place } from '../walk/walk.ts';
import { augment, data, normalize } from './data.ts';
import { checkKnownData } from './known-data.ts';
import { wordOf } from './read-word.ts';
import { evaluateNumber, onlyArgument } from './terms.ts';

/** What the records of numbers say of themselves. */
const numbers = Object.fromEntries(
  SETTINGS.flatMap(({ name, value }) => (value?.default === undefined ? [] : [[name, value.default]])),
) as Pick<TrainSettings, 'accumulate' | 'batch' | 'epochs' | 'seed'>;

export const defaultSettings: TrainSettings = {
  ...numbers,
  data: 'digits',
  augment: { steps: [] },
  weightInitializer: choose(kaiming),
  optimizer: choose(sgd, { lr: 0.05, momentum: 0.9 }),
  schedule: choose(constant),
  patience: 0,
  watch: 'validation',
};

type Reader = (file: Place, setting: Setting, earlier: TrainSettings) => Partial<TrainSettings>;

/** What is more than a number or a word, or is kept under another name. */
const readers: Readonly<Record<string, Reader>> = {
  data: (file, setting) => ({ data: checkedData(file, setting) }),
  normalize: (file, setting, earlier) => ({ normalize: normalize(file, setting, earlier.normalize) }),
  augment: (file, setting) => ({ augment: augment(file, setting) }),
  init: (file, setting) => ({ weightInitializer: wordOf(file, setting, onlyArgument(setting), INITIALIZERS).chosen }),
  stop: (file, setting) => {
    const { patience, watch } = wordOf(file, setting, onlyArgument(setting), STOPS).chosen;
    return { patience, watch } as Pick<TrainSettings, 'patience' | 'watch'>;
  },
};

export const SETTING_NAMES: readonly string[] = SETTINGS.map(({ name }) => name);

function read(record: SettingRecord, file: Place, setting: Setting, earlier: TrainSettings): Partial<TrainSettings> {
  const { name, value, words } = record;
  const own = readers[name];
  if (own) return own(file, setting, earlier);
  const argument = onlyArgument(setting);
  if (name === 'optimizer') return { optimizer: optimizer(file, setting) };
  if (words) return { [name]: wordOf(file, setting, argument, words).chosen };
  return { [name]: evaluateNumber(file, { name, ...value } as NumberSpec, argument.value) };
}

function optimizer(file: Place, setting: Setting): OptimizerSettings {
  const { chosen, term } = wordOf(file, setting, onlyArgument(setting), OPTIMIZERS);
  if (chosen.decay_norms === false && chosen.weight_decay === 0)
    fail(
      'CNN2054',
      '`decay_norms` has no effect without `weight_decay`',
      term.span,
      help('write `weight_decay: 1e-4`'),
    );
  return chosen as OptimizerSettings;
}

function checkedData(file: Place, setting: Setting): string {
  const spec = data(file, setting);
  checkKnownData(file.walk, spec, setting.span);
  return spec;
}

/** The settings for `network`. Reports CNN205x to the walk of `file`. */
export function trainSettings(program: Program, network: NetworkItem, file: Place): TrainSettings {
  const items = program.items.filter((item) => item.kind === 'train');
  const networks = program.items.flatMap((item) => (item.kind === 'network' ? item.name.text : []));
  const settings = { ...defaultSettings };
  const seen = new Map<string, TrainItem>();
  for (const item of items) {
    file.walk.attempt(() => checkHead(item, networks, seen));
    if (item.network.text === network.name.text) readSettings(file, item, settings);
  }
  return settings;
}

function checkHead(item: TrainItem, networks: readonly string[], seen: Map<string, TrainItem>): void {
  const { text, span } = item.network;
  if (!networks.includes(text))
    fail('CNN2052', `there is no network \`${text}\` to train`, span, didYouMean(text, networks, span));
  const earlier = seen.get(text);
  if (earlier)
    fail('CNN2053', `\`${text}\` is trained twice`, span, {
      notes: [{ message: 'its first `train` block is here', span: earlier.network.span }],
      ...help('join the two blocks'),
    });
  seen.set(text, item);
}

function unknownSetting(text: string, span: Span): never {
  const advice = ourName(text, SETTING_NAMES) === undefined ? foreignSettingHelp(text) : undefined;
  const details = advice === undefined ? didYouMean(text, SETTING_NAMES, span) : help(advice);
  return fail('CNN2050', `unknown setting \`${text}\``, span, details);
}

function readSettings(file: Place, item: TrainItem, settings: TrainSettings): void {
  const seen = new Map<string, Setting>();
  for (const setting of item.settings)
    file.walk.attempt(() => {
      if (file.walk.options.damage?.isBroken(setting)) return;
      const { text, span } = setting.name;
      const record = SETTINGS.find(({ name }) => name === text);
      if (!record) return unknownSetting(text, span);
      const earlier = record.repeatable ? undefined : seen.get(text);
      if (earlier)
        fail('CNN2051', `\`${text}\` is set twice`, span, {
          notes: [{ message: 'it was set here', span: earlier.name.span }],
          ...help('remove one of them'),
        });
      seen.set(text, setting);
      Object.assign(settings, read(record, file, setting, settings));
    });
  const schedule = seen.get('schedule');
  if (schedule) file.walk.attempt(() => checkMomentum(settings, schedule.span));
}

/** A schedule moves a momentum only where there is one. */
function checkMomentum({ schedule, optimizer }: TrainSettings, span: Span): void {
  const name = optimizerNamed(optimizer.kind).momentum;
  if (schedule.momentum === undefined || (name && optimizer[name])) return;
  fail(
    'CNN2054',
    `\`${schedule.kind}\` is to move the momentum, and \`${optimizer.kind}\` has none that it could`,
    span,
    {
      ...help(
        name
          ? `give the optimiser one: \`${optimizer.kind}(${name}: 0.95)\``
          : 'leave out `momentum`, or choose `sgd` or `adam`',
      ),
    },
  );
}
