/**
 * @file Every word of the `train` block, and every number of it, has its place in a file for PyTorch: a file changes when the block does. A word
 * that is added, and an attribute, fail here until they are written there or are refused with CNN4301.
 */
import { helperText, pythonParts } from 'cnnc:pytorch';
import { describe, expect, it } from 'vitest';
import { FORMATS } from '../../src/data/formats.ts';
import { exportPytorch } from '../../src/export/pytorch/export.ts';
import type { Elaboration, TrainSettings } from '../../src/semantics/model.ts';
import { type Attribute, type AttributeValue, named } from '../../src/specs/attributes.ts';
import { SETTINGS } from '../../src/training/settings.ts';
import { type Chosen, choose, type Word } from '../../src/training/word.ts';
import { WORD_LISTS, type WordList } from '../../src/training/words.ts';
import { elaborated } from '../semantics/elaborated.ts';

const network = (block: string) => `network N {
  input image: [3, 32, 32]
  target label: class(10)
  logits = image -> conv(4, 3x3) -> batchnorm -> flatten -> dense(10)
  loss crossentropy(logits, label)
  metric accuracy(logits, label)
  output logits
}
train N { ${block} }`;

const PLAIN = elaborated(network(''));
const PLAIN_TEXT = exportPytorch(PLAIN);

/** Lines that say what holds anyway. */
const USUAL = ['data digits', 'init kaiming', 'schedule constant', 'batch 64', 'epochs 10', 'seed 42'];

describe('every word and setting', () => {
  const examples = [...WORD_LISTS.flatMap(({ words }) => words), ...SETTINGS].map(({ example }) => example);
  it.each([...new Set(examples)])('%s', (example) => {
    const text = exportPytorch(elaborated(network(example)));
    if (USUAL.includes(example)) expect(text).toBe(PLAIN_TEXT);
    else expect(text).not.toBe(PLAIN_TEXT);
  });
});

/** Where the numbers of a word are in the settings. */
const PLACES: Readonly<Record<string, (chosen: Chosen) => Partial<TrainSettings>>> = {
  init: (weightInitializer) => ({ weightInitializer: weightInitializer as TrainSettings['weightInitializer'] }),
  optimizer: (optimizer) => ({ optimizer: optimizer as TrainSettings['optimizer'] }),
  schedule: (schedule) => ({ schedule: schedule as TrainSettings['schedule'] }),
  augment: (word) => ({
    augment: WORD_LISTS.find(({ setting }) => setting === 'augment')!.words.some(
      (one) => one.name === word.kind && 'mix' in (one as unknown as { effect: object }).effect,
    )
      ? { steps: [], mix: { words: [word], size: { height: 32, width: 32 } } }
      : { steps: [word] },
  }),
  stop: ({ patience, watch }) => ({ patience, watch }) as Partial<TrainSettings>,
  clip: (clip) => ({ clip }),
  average: (average) => ({ average }),
};

/** Some of the values that an attribute may have. */
function valuesOf({ type, choices, minimum, maximum, above, below, item }: Attribute): AttributeValue[] {
  if (type === 'boolean') return [true, false];
  if (type === 'choice') return [...choices!];
  if (type === 'list') return [valuesOf(item!).slice(0, 1) as number[], valuesOf(item!).slice(0, 2) as number[]];
  return [3, 5, 0.5, 0.25].filter(
    (value) =>
      (type !== 'integer' || Number.isInteger(value)) &&
      value >= (minimum ?? value) &&
      value <= (maximum ?? value) &&
      value > (above ?? -1) &&
      value < (below ?? 9),
  );
}

/** What must be there for another to have an effect. */
const NEEDS: Readonly<Record<string, Readonly<Record<string, AttributeValue>>>> = {
  decay_norms: { weight_decay: 0.5 },
  stretch: { every: 3 },
};

interface Case {
  readonly list: WordList;
  readonly word: Word;
  readonly attribute: string;
}

const CASES: readonly Case[] = WORD_LISTS.flatMap((list) =>
  // The options of data formats are read by the script itself, from the text.
  list.setting === 'data'
    ? []
    : list.words.flatMap((word) => named(word.attributes).map(({ name }) => ({ list, word, attribute: name }))),
);

function written({ list, word }: Case, values: Readonly<Record<string, AttributeValue>>): string {
  const required = named(word.attributes).flatMap((spec) =>
    spec.default === undefined && !spec.optional ? [[spec.name, valuesOf(spec)[0]] as const] : [],
  );
  const chosen = choose(word, { ...Object.fromEntries(required), ...values } as never) as Chosen;
  const settings = { ...PLAIN.settings, ...PLACES[list.setting]!(chosen) };
  const states = PLAIN.states.map((state) =>
    state.role === 'parameter' && state.shape.length > 1 && list.setting === 'init'
      ? { ...state, initializer: { ...state.initializer, ...chosen } }
      : state,
  );
  return exportPytorch({ ...PLAIN, settings, states } as Elaboration);
}

describe('every attribute has its place', () => {
  it.each(CASES.map((one) => [one.list.setting, one.word.name, one.attribute, one] as const))(
    '%s %s: %s',
    (_setting, _word, attribute, one) => {
      const spec = one.word.attributes[attribute]!;
      const texts = valuesOf(spec).map((value) => written(one, { ...NEEDS[attribute], [attribute]: value }));
      expect(texts.length).toBeGreaterThan(1);
      expect(new Set(texts).size).toBe(texts.length);
    },
  );
});

describe('every format of data is read, with its options', () => {
  /** Drawn by cnnc alone: the script says so. */
  const OWN = ['digits'];

  it.each(FORMATS.map((format) => [format.name, format] as const))('%s', (name, { options, place }) => {
    expect(place === undefined).toBe(OWN.includes(name));
    if (OWN.includes(name)) return expect(PLAIN_TEXT).toContain(`if kind == "${name}":`);
    const mono = exportPytorch(elaborated(network('').replace('[3, 32, 32]', '[1, 28, 28]')));
    expect([PLAIN_TEXT, mono].some((text) => text.includes(`"${name}": read_`))).toBe(true);
    const known = /known = \{(.*)\}/.exec(PLAIN_TEXT)![1]!;
    for (const option of options) expect(known).toContain(`"${option.name.replace(/_.*/, '')}"`);
  });
});

it('no two functions of a file have one name', () => {
  const names = [helperText, ...Object.values(pythonParts)].flatMap((text) =>
    [...text.matchAll(/^(?:def|class) (\w+)/gm)].map(([, name]) => name!),
  );
  expect(names.filter((name, k) => names.indexOf(name) < k)).toEqual([]);
});
