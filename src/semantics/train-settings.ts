/** @file The `train` block: every setting with its value or its default. */
import type { Span } from '../diagnostics/diagnostic.ts';
import type { NetworkItem, Program, Setting, TrainItem } from '../syntax/ast.ts';
import { sgd } from '../training/optimizers/sgd.ts';
import { OPTIMIZERS, type OptimizerSettings, SCHEDULES, type ScheduleSettings } from '../training/registry.ts';
import { constant } from '../training/schedules/constant.ts';
import { early } from '../training/settings/stop.ts';
import { choose, type Word } from '../training/word.ts';
import { foreignSettingHelp, ourName } from './foreign-names.ts';
import { checkKnownData } from './known-data.ts';
import type { TrainSettings } from './model.ts';
import type { NumberSpec } from './number-spec.ts';
import { didYouMean, fail, help } from './problems.ts';
import { wordOf } from './read-word.ts';
import { augment, data, initializer, normalize } from './train-data.ts';
import { evaluateNumber, onlyArgument } from './train-terms.ts';
import type { Place } from './walk.ts';

export const defaultSettings: TrainSettings = {
  data: 'digits',
  augment: { steps: [] },
  weightInitializer: { kind: 'kaiming' },
  optimizer: choose(sgd, { lr: 0.05, momentum: 0.9 }),
  schedule: choose(constant),
  batch: 64,
  epochs: 10,
  patience: 0,
  watch: 'validation',
  seed: 42,
};

type Reader = (file: Place, setting: Setting, earlier: TrainSettings) => Partial<TrainSettings>;

const count = (name: string, limits: Partial<NumberSpec>): Reader => {
  const spec: NumberSpec = { name, type: 'integer', minimum: 1, ...limits };
  return (file, setting) => ({ [name]: evaluateNumber(file, spec, onlyArgument(setting).value) });
};

/** `10%` or `0.1`. */
const fraction = (name: string): Reader => {
  const spec: NumberSpec = { name, type: 'number', above: 0, maximum: 0.9 };
  return (file, setting) => ({ [name]: evaluateNumber(file, spec, onlyArgument(setting).value) });
};

const readers: Readonly<Record<string, Reader>> = {
  data: (file, setting) => ({ data: checkedData(file, setting) }),
  normalize: (file, setting, earlier) => ({ normalize: normalize(file, setting, earlier.normalize) }),
  augment: (file, setting) => ({ augment: augment(file, setting) }),
  init: (file, setting) => ({ weightInitializer: initializer(file, setting) }),
  optimizer: (file, setting) => ({ optimizer: chosen(file, setting, OPTIMIZERS) as OptimizerSettings }),
  schedule: (file, setting) => ({ schedule: chosen(file, setting, SCHEDULES) as ScheduleSettings }),
  batch: count('batch', { maximum: 65536 }),
  epochs: count('epochs', { maximum: 1e6, unit: 'epochs' }),
  stop: (file, setting) => stop(file, setting),
  validation: fraction('validation'),
  seed: count('seed', { minimum: 0, maximum: 2 ** 32 - 1 }),
};

export const SETTING_NAMES: readonly string[] = Object.keys(readers);

/** Settings that may stand once for each input. */
const repeatable: readonly string[] = ['normalize'];

/** `stop early(patience: 5)`, or `stop early(patience: 5, watch: test)`. */
function stop(file: Place, setting: Setting): Pick<TrainSettings, 'patience' | 'watch'> {
  const { patience, watch } = chosen(file, setting, [early]) as ReturnType<typeof choose<typeof early.attributes>>;
  return { patience, watch };
}

const chosen = (file: Place, setting: Setting, words: readonly Word[]) =>
  wordOf(file, setting, onlyArgument(setting), words).chosen;

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
      const reader = Object.hasOwn(readers, text) ? readers[text] : undefined;
      if (!reader) return unknownSetting(text, span);
      const earlier = repeatable.includes(text) ? undefined : seen.get(text);
      if (earlier)
        fail('CNN2051', `\`${text}\` is set twice`, span, {
          notes: [{ message: 'it was set here', span: earlier.name.span }],
          ...help('remove one of them'),
        });
      seen.set(text, setting);
      Object.assign(settings, reader(file, setting, settings));
    });
}
