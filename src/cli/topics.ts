/** @file What `cnnc explain` knows besides codes: layers, losses, metrics and functions from their records, and settings. */
import { nearest } from '../common/nearest.ts';
import { wrap } from '../diagnostics/display.ts';
import { functionNamed, functionNames } from '../formula/functions.ts';
import type { OperatorDefinition } from '../ops/operator.ts';
import { findOperator, OPERATORS } from '../ops/registry.ts';
import { foreignHelp, ourName } from '../semantics/foreign-names.ts';
import { listed } from '../semantics/problems.ts';
import { type AttributeSpec, type AttributeValue, isRequired } from '../specs/attributes.ts';

interface Topic {
  readonly text: string;
  readonly example: string;
}

/** The `train` block: its settings, and the words that they take. */
export const SETTINGS: Readonly<Record<string, Topic>> = {
  data: { text: 'The images to learn from; `cnnc train --data` overrides it.', example: 'data mnist("data/mnist")' },
  normalize: {
    text: 'Mean and deviation of each channel, which are taken off.',
    example: 'normalize mean: 0.13, std: 0.31',
  },
  augment: { text: 'How training images are varied.', example: 'augment flip(horizontal), crop(pad: 4)' },
  flip: { text: 'Mirrors half of the training images.', example: 'augment flip(horizontal)' },
  init: { text: 'How weights start; a layer may have an `init` of its own.', example: 'init kaiming' },
  optimizer: {
    text: 'How weights are changed: `sgd`, `adam`, `adamw` or `rmsprop`.',
    example: 'optimizer sgd(lr: 0.1, momentum: 0.9)',
  },
  sgd: {
    text: 'Stochastic gradient descent, with `lr`, `momentum`, `nesterov` and `weight_decay`.',
    example: 'optimizer sgd(lr: 0.1, momentum: 0.9, nesterov: true)',
  },
  adam: {
    text: 'Steps scaled by running moments of the gradient, with `lr`, `beta1`, `beta2`, `eps` and `weight_decay`.',
    example: 'optimizer adam(lr: 0.001)',
  },
  adamw: {
    text: 'As `adam`, but weights decay apart from the gradient.',
    example: 'optimizer adamw(lr: 0.001, weight_decay: 0.01)',
  },
  rmsprop: {
    text: 'Steps scaled by the running square of the gradient, with `lr`, `alpha`, `eps` and `weight_decay`.',
    example: 'optimizer rmsprop(lr: 0.01)',
  },
  schedule: {
    text: 'How the learning rate changes: `constant`, `cosine` or `step`.',
    example: 'schedule cosine(warmup: 2 epochs)',
  },
  constant: { text: 'The learning rate stays.', example: 'schedule constant' },
  cosine: {
    text: 'The learning rate falls to 0 along a cosine, after a `warmup`.',
    example: 'schedule cosine(warmup: 2 epochs)',
  },
  step: {
    text: 'Every so many epochs the learning rate is multiplied by a factor.',
    example: 'schedule step(every: 10 epochs, factor: 0.1)',
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
export const LISTS = [...KINDS.map(([title]) => title), 'functions', 'settings'] as const;

/** The page of a word; undefined where there is none. */
export function topicPage(word: string, width: number): string | undefined {
  const [, kind] = KINDS.find(([title]) => title === word) ?? [];
  if (kind) return rows(OPERATORS.filter((one) => one.kind === kind).map(({ name, example }) => [name, example]));
  if (word === 'functions') return rows(functionNames().map((name) => [name, functionNamed(name).meaning]));
  if (word === 'settings') return rows(Object.entries(SETTINGS).map(([name, { example }]) => [name, example]));
  const operator = findOperator(word);
  if (operator) return operatorPage(operator, width);
  if (Object.hasOwn(SETTINGS, word)) {
    const { text, example } = SETTINGS[word]!;
    return `${word}: a setting of the \`train\` block\n\n${wrap(text, width).join('\n')}\n\n  ${example}\n`;
  }
  return functionNames().includes(word) ? `${word}: a function\n\n  y = ${functionNamed(word).meaning}\n` : undefined;
}

/** What may have been meant by a word without a page. */
export function unknownTopic(word: string, codes: readonly string[]): string {
  const names = [...LISTS, ...OPERATORS.map(({ name }) => name), ...functionNames(), ...Object.keys(SETTINGS)];
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
  const table = attributes.map((spec): [string, string] => [`  ${spec.name}`, `${spec.doc} (${standard(spec)})`]);
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
  return `${parts.join('\n')}\n${attributes.length > 0 ? `arguments:\n${rows(table)}` : ''}`;
}

function standard(spec: AttributeSpec): string {
  if (isRequired(spec)) return 'needed';
  return spec.default === undefined ? 'may be left out' : written(spec.default);
}

function written(value: AttributeValue): string {
  if (typeof value !== 'object') return String(value);
  return value.length === 2 ? value.join('x') : `[${value.join(', ')}]`;
}
