/** @file Pages of the words of the language, as Markdown: for hovers, and beside what is proposed. They follow from the records. */
import { functionNamed, functionNames } from '../formula/functions.ts';
import type { OperatorDefinition } from '../ops/operator.ts';
import { findOperator } from '../ops/registry.ts';
import { type Attribute, type AttributeSpec, type AttributeValue, isRequired, named } from '../specs/attributes.ts';
import type { Setting } from '../training/settings/setting.ts';
import { SETTINGS } from '../training/settings.ts';
import type { Word } from '../training/word.ts';
import { WORD_LISTS } from '../training/words.ts';

/** A block of the language's text. */
export function code(text: string): string {
  return `\`\`\`cnn\n${text}\n\`\`\``;
}

/** What an operator or a function does; nothing for other words. */
export function builtinPage(name: string): string | undefined {
  const operator = findOperator(name);
  if (operator) return operatorPage(operator);
  if (!functionNames().includes(name)) return undefined;
  return `${code(`y = ${functionNamed(name).meaning}`)}\n\n\`${name}\`: a function`;
}

export function operatorPage({ name, kind, summary, formula, attributes, example }: OperatorDefinition): string {
  const parts = [`**${name}**: a ${kind}`, summary, `    ${formula}`, code(example), argumentList(attributes)];
  return parts.filter((part) => part !== '').join('\n\n');
}

export function wordPage({ name, summary, attributes, example }: Word, what: string): string {
  const parts = [`**${name}**: ${what}`, summary, code(example), argumentList(named(attributes))];
  return parts.filter((part) => part !== '').join('\n\n');
}

export function settingNamed(name: string): Setting | undefined {
  return SETTINGS.find((setting) => setting.name === name);
}

export function settingPage({ name, summary, example, otherwise, value }: Setting): string {
  const bounds = value
    ? boundsOf(value)
        .map((bound) => `; ${bound}`)
        .join('')
    : '';
  return `**${name}**: a setting\n\n${summary}; without it: ${otherwise}${bounds}\n\n${code(example)}`;
}

/** The page of a word that a setting takes: `optimizer` has `sgd`. */
export function settingWordPage(setting: string, name: string): string | undefined {
  const word = settingNamed(setting)?.words?.find((one) => one.name === name);
  return word && wordPage(word, WORD_LISTS.find((list) => list.setting === setting)?.what ?? `for \`${setting}\``);
}

function argumentList(attributes: readonly AttributeSpec[]): string {
  return attributes.map((spec) => `- \`${spec.name}\`: ${attributeText(spec)}`).join('\n');
}

/** What an attribute means, takes, and is where it is left out. */
export function attributeText(spec: AttributeSpec): string {
  const takes = spec.choices ? spec.choices.map((word) => `\`${word}\``).join(', ') : boundsOf(spec).join(', ');
  return [`${spec.doc} (${standardOf(spec)})`, takes].filter((part) => part !== '').join('; ');
}

function boundsOf({ minimum, maximum, above, below }: Attribute): string[] {
  return [
    minimum !== undefined && `at least ${minimum}`,
    above !== undefined && `above ${above}`,
    maximum !== undefined && `at most ${maximum}`,
    below !== undefined && `below ${below}`,
  ].filter((bound) => bound !== false);
}

function standardOf(spec: AttributeSpec): string {
  if (isRequired(spec)) return 'needed';
  return spec.default === undefined ? 'may be left out' : `default \`${valueText(spec.default)}\``;
}

export function valueText(value: AttributeValue): string {
  if (typeof value !== 'object') return String(value);
  return value.length <= 2 ? value.join('x') : `[${value.join(', ')}]`;
}

/** `conv(channels, kernel, stride: 1, …)`, and where each argument lies in it. */
export interface Signature {
  readonly label: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly start: number;
    readonly end: number;
    readonly doc: string;
  }[];
  readonly doc: string;
}

export function signatureOf(name: string, attributes: readonly AttributeSpec[], doc: string): Signature {
  let label = `${name}(`;
  const parameters = attributes.map((spec, k) => {
    const text =
      isRequired(spec) || spec.default === undefined ? spec.name : `${spec.name}: ${valueText(spec.default)}`;
    const start = label.length + (k === 0 ? 0 : 2);
    label += `${k === 0 ? '' : ', '}${text}`;
    return { name: spec.name, start, end: start + text.length, doc: attributeText(spec) };
  });
  return { label: `${label})`, parameters, doc };
}
