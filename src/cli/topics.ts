/** @file What `cnnc explain` knows besides codes: layers, losses, metrics and functions from their records, and settings. */
import { nearest } from '../common/nearest.ts';
import { wrap } from '../diagnostics/display.ts';
import { functionNamed, functionNames } from '../formula/functions.ts';
import type { OperatorDefinition } from '../ops/operator.ts';
import { findOperator, OPERATORS } from '../ops/registry.ts';
import { foreignHelp, ourName } from '../semantics/foreign-names.ts';
import { listed } from '../semantics/problems.ts';
import { type AttributeSpec, type AttributeValue, isRequired, named } from '../specs/attributes.ts';
import { OPTIMIZERS, SCHEDULES, WORD_LISTS } from '../training/registry.ts';
import type { Word } from '../training/word.ts';

interface Topic {
  readonly text: string;
  readonly example: string;
}

const either = (words: readonly Word[]) =>
  listed(
    words.map(({ name }) => name),
    'or',
  );

/** The `train` block: its settings. */
export const SETTINGS: Readonly<Record<string, Topic>> = {
  data: { text: 'The images to learn from; `cnnc train --data` overrides it.', example: 'data mnist("data/mnist")' },
  normalize: {
    text: 'Mean and deviation of each channel, which are taken off.',
    example: 'normalize mean: 0.13, std: 0.31',
  },
  augment: { text: 'How training images are varied.', example: 'augment flip(horizontal), crop(pad: 4)' },
  init: { text: 'How weights start; a layer may have an `init` of its own.', example: 'init kaiming' },
  optimizer: {
    text: `How weights are changed: ${either(OPTIMIZERS)}.`,
    example: 'optimizer sgd(lr: 0.1, momentum: 0.9)',
  },
  schedule: {
    text: `How the learning rate changes: ${either(SCHEDULES)}.`,
    example: 'schedule cosine(warmup: 2 epochs)',
  },
  batch: { text: 'Images of one step.', example: 'batch 64' },
  epochs: { text: 'How often every training image is seen.', example: 'epochs 10' },
  stop: { text: 'Ends training when nothing gets better for `patience` epochs.', example: 'stop early(patience: 5)' },
  validation: { text: 'The share of the training images that is held out.', example: 'validation 10%' },
  seed: { text: 'Of initial weights, order and dropout: the same seed gives the same bits.', example: 'seed 42' },
};

const KINDS = [
  ['layers', 'layer'],
  ['losses', 'loss'],
  ['metrics', 'metric'],
] as const;

/** Names of lists: `cnnc explain layers`. */
export const LISTS = [
  ...KINDS.map(([title]) => title),
  'functions',
  'settings',
  ...WORD_LISTS.map(({ title }) => title),
] as const;

/** Every name with a page. */
export function topicNames(): string[] {
  const words = WORD_LISTS.flatMap((list) => list.words.map(({ name }) => name));
  return [...new Set([...OPERATORS.map(({ name }) => name), ...functionNames(), ...Object.keys(SETTINGS), ...words])];
}

/** The list of that name, or the page of a word, which may have several meanings; undefined where there is none. */
export function topicPage(word: string, width: number): string | undefined {
  const pages = [listPage(word), ...meanings(word, width)].filter((page) => page !== undefined);
  return pages.length > 0 ? pages.join('\n') : undefined;
}

function listPage(word: string): string | undefined {
  const [, kind] = KINDS.find(([title]) => title === word) ?? [];
  if (kind) return rows(OPERATORS.filter((one) => one.kind === kind).map(({ name, example }) => [name, example]));
  if (word === 'functions') return rows(functionNames().map((name) => [name, functionNamed(name).meaning]));
  if (word === 'settings') return rows(Object.entries(SETTINGS).map(([name, { example }]) => [name, example]));
  const list = WORD_LISTS.find(({ title }) => title === word);
  return list && rows(list.words.map(({ name, example }) => [name, example]));
}

function* meanings(word: string, width: number): Generator<string> {
  const operator = findOperator(word);
  if (operator) yield operatorPage(operator, width);
  for (const { what, words } of WORD_LISTS) {
    const found = words.find(({ name }) => name === word);
    if (found) yield wordPage(found, what, width);
  }
  if (Object.hasOwn(SETTINGS, word)) {
    const { text, example } = SETTINGS[word]!;
    yield `${word}: a setting of the \`train\` block\n\n${wrap(text, width).join('\n')}\n\n  ${example}\n`;
  }
  if (functionNames().includes(word)) yield `${word}: a function\n\n  y = ${functionNamed(word).meaning}\n`;
  const words = WORD_LISTS.flatMap((list) => list.words.map((one) => ({ ...one, attributes: named(one.attributes) })));
  const owners = [...OPERATORS, ...words].flatMap(({ name, attributes }) =>
    attributes.filter((spec) => spec.name === word).map((spec): [string, string] => [`  ${name}`, described(spec)]),
  );
  if (owners.length > 0) yield `${word}: an argument of\n${rows(owners)}`;
}

/** What may have been meant by a word without a page. */
export function unknownTopic(word: string, codes: readonly string[]): string {
  const names = [...LISTS, ...topicNames()];
  const own = ourName(word, names);
  const advice = own === undefined ? foreignHelp(word) : undefined;
  if (advice) return `there is no \`${word}\` here; ${advice}`;
  const near = own ?? nearest(word, [...names, ...codes]);
  const otherwise = `\`cnnc explain\` lists the codes, and with ${listed(LISTS)} what there is of those`;
  return `there is nothing to explain about \`${word}\`;\n${near ? `did you mean \`${near}\`?` : otherwise}`;
}

export function listOfTopics(): string {
  const lists = LISTS.map((name) => `cnnc explain ${name}`);
  const single = ['cnnc explain conv', 'cnnc explain batch', 'cnnc explain CNN3005'];
  return `${[...lists, ...single].join('\n')}\n\n`;
}

function rows(lines: readonly (readonly [string, string])[]): string {
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, text]) => `${name.padEnd(width)}  ${text}\n`).join('');
}

function operatorPage(
  { name, kind, summary, formula, attributes, example }: OperatorDefinition,
  width: number,
): string {
  const parts = [
    `${name}: a ${kind}`,
    '',
    ...wrap(summary, width),
    '',
    `  ${formula}`,
    '',
    'for example:',
    `  ${example}`,
  ];
  return `${parts.join('\n')}\n${argumentTable(attributes)}`;
}

function wordPage({ name, summary, attributes, example }: Word, what: string, width: number): string {
  const parts = [`${name}: ${what}`, '', ...wrap(summary, width), '', `  ${example}`];
  return `${parts.join('\n')}\n${argumentTable(named(attributes))}`;
}

function argumentTable(attributes: readonly AttributeSpec[]): string {
  if (attributes.length === 0) return '';
  return `arguments:\n${rows(attributes.map((spec) => [`  ${spec.name}`, described(spec)]))}`;
}

function described(spec: AttributeSpec): string {
  return `${spec.doc} (${standard(spec)})`;
}

function standard(spec: AttributeSpec): string {
  if (isRequired(spec)) return 'needed';
  return spec.default === undefined ? 'may be left out' : written(spec.default);
}

function written(value: AttributeValue): string {
  if (typeof value !== 'object') return String(value);
  return value.length === 2 ? value.join('x') : `[${value.join(', ')}]`;
}
