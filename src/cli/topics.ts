/** @file What `cnnc explain` knows besides codes: layers, losses, metrics and functions from their records, and settings. */
import { nearest } from '../common/nearest.ts';
import { tableText } from '../common/table.ts';
import { wrap } from '../diagnostics/display.ts';
import { functionNamed, functionNames } from '../formula/functions.ts';
import type { OperatorDefinition } from '../ops/operator.ts';
import { findOperator, OPERATORS } from '../ops/registry.ts';
import { foreignHelp, ourName } from '../semantics/names/foreign-names.ts';
import { listed } from '../semantics/problems.ts';
import { type AttributeSpec, type AttributeValue, isRequired, named, PADDING_WORDS } from '../specs/attributes.ts';
import { ALL_KEYWORDS, type Keyword } from '../syntax/keywords.ts';
import { LAYER_ARGUMENTS } from '../training/layer-arguments.ts';
import type { Setting } from '../training/settings/setting.ts';
import { SETTINGS } from '../training/settings.ts';
import type { Word } from '../training/word.ts';
import { WORD_LISTS } from '../training/words.ts';

const KINDS = [
  ['layers', 'layer'],
  ['losses', 'loss'],
  ['metrics', 'metric'],
] as const;

/** Names of lists: `cnnc explain layers`. */
export const LISTS = [
  ...KINDS.map(([title]) => title),
  'functions',
  'keywords',
  'settings',
  ...WORD_LISTS.map(({ title }) => title),
] as const;

/** Every name with a page. */
export function topicNames(): string[] {
  const words = WORD_LISTS.flatMap((list) => list.words.map(({ name }) => name));
  return [
    ...new Set([
      ...OPERATORS.map(({ name }) => name),
      ...functionNames(),
      ...SETTINGS.map(({ name }) => name),
      ...words,
      ...ALL_KEYWORDS.map(({ name }) => name),
    ]),
  ];
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
  if (word === 'keywords') return rows(ALL_KEYWORDS.map(({ name, summary }) => [name, summary]));
  if (word === 'settings') return rows(SETTINGS.map(({ name, example }) => [name, example]));
  const list = WORD_LISTS.find(({ title }) => title === word);
  return list && rows(list.words.map(({ name, example }) => [name, example]));
}

function* meanings(word: string, width: number): Generator<string> {
  const keyword = ALL_KEYWORDS.find(({ name }) => name === word);
  if (keyword) yield keywordPage(keyword);
  const operator = findOperator(word);
  if (operator) yield operatorPage(operator, width);
  for (const { what, words } of WORD_LISTS) {
    const found = words.find(({ name }) => name === word);
    if (found) yield wordPage(found, what, width);
  }
  const setting = SETTINGS.find(({ name }) => name === word);
  if (setting) yield settingPage(setting, width);
  if (functionNames().includes(word)) yield `${word}: a function\n\n  y = ${functionNamed(word).meaning}\n`;
  const words = WORD_LISTS.flatMap((list) => list.words.map((one) => ({ ...one, attributes: named(one.attributes) })));
  const layers = { name: 'layers with parameters', attributes: named(LAYER_ARGUMENTS) };
  const all = [...OPERATORS, ...words, layers];
  const owners = all.flatMap(({ name, attributes }) =>
    attributes.filter((spec) => spec.name === word).map((spec): [string, string] => [`  ${name}`, described(spec)]),
  );
  if (owners.length > 0) yield `${word}: an argument of\n${rows(owners)}`;
  yield* choicesPages(word, all, width);
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
  return tableText([{}, {}], lines);
}

/** What a word means that attributes choose, told once where several say the same. */
function* choicesPages(
  word: string,
  owners: readonly { readonly name: string; readonly attributes: readonly AttributeSpec[] }[],
  width: number,
): Generator<string> {
  const meanings = new Map<string, string[]>();
  for (const { name, attributes } of owners)
    for (const spec of attributes.filter((one) => wordsFor(one).includes(word)))
      meanings.set(spec.doc, [...(meanings.get(spec.doc) ?? []), `${name}(${spec.name}: ${word})`]);
  for (const [doc, uses] of meanings)
    yield `${word}: a word, in ${wrap(uses.join(', '), width).join('\n')}\n\n${wrap(doc, width).join('\n')}\n`;
}

/** The words that an attribute chooses from. */
function wordsFor({ type, choices = [] }: AttributeSpec): readonly string[] {
  return type === 'padding' ? PADDING_WORDS : choices;
}

/** The form with what may stand in its places. */
function keywordPage({ name, form, summary, example }: Keyword): string {
  const text = example ?? form.replace(/<([^<>]*)>/g, (_, filled: string) => filled || '…');
  const lines = text.split('\n').map((line) => `  ${line}\n`);
  return `${name}: ${summary}\n\n${lines.join('')}`;
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

function settingPage({ name, summary, example, otherwise, words = [] }: Setting, width: number): string {
  const choices =
    words.length > 0
      ? `; ${listed(
          words.map((one) => one.name),
          'or',
        )}`
      : '';
  const text = wrap(`${summary[0]!.toUpperCase()}${summary.slice(1)}${choices}.`, width).join('\n');
  return `${name}: a setting of the \`train\` block\n\n${text}\n\n  ${example}\n\nif left out: ${otherwise}\n`;
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
  return value.length <= 2 ? value.join('x') : `[${value.join(', ')}]`;
}
