/** @file What others call our things leads to ours, and our names are those of something. */
import { expect, test } from 'vitest';
import { topicNames } from '../../src/cli/topics.ts';
import { functionNames } from '../../src/formula/functions.ts';
import { findOperator, OPERATORS } from '../../src/ops/registry.ts';
import {
  FOREIGN_HELP,
  FOREIGN_NAMES,
  FOREIGN_SETTINGS,
  foreignHelp,
  ourName,
} from '../../src/semantics/names/foreign-names.ts';
import { didYouMean } from '../../src/semantics/problems.ts';
import { diagnosed, network } from './elaborated.ts';

const arguments_ = [...OPERATORS.flatMap(({ attributes }) => attributes.map(({ name }) => name)), 'lr', 'weight_decay'];
const figures = ['parameters', 'macs'];
const ours = new Set([
  ...OPERATORS.map(({ name }) => name),
  ...functionNames(),
  // `exponential` is a schedule of ours, and Keras's activation `exp`.
  ...topicNames().filter((name) => name !== 'exponential'),
  ...arguments_,
  ...figures,
]);

test('every name of ours is something', () => {
  expect(Object.keys(FOREIGN_NAMES).filter((name) => !ours.has(name))).toEqual([]);
  expect(Object.keys(FOREIGN_NAMES).length).toBeGreaterThan(100);
});

test('every name of theirs leads to ours, however it is written', () => {
  for (const [own, theirs] of Object.entries(FOREIGN_NAMES))
    for (const name of theirs.split(' ')) {
      for (const word of [name, name.toUpperCase(), name.replaceAll('_', '')])
        expect({ word, fix: didYouMean(word, [own], undefined).fix?.message }).toEqual({
          word,
          fix: `did you mean \`${own}\`?`,
        });
      expect(ours.has(name), name).toBe(false);
    }
});

test('what has no counterpart has an advice', () => {
  for (const [word, advice] of [...Object.entries(FOREIGN_HELP), ...Object.entries(FOREIGN_SETTINGS)]) {
    expect(advice).toMatch(/^[a-z].*[^.]$/);
    expect(word).toMatch(/^[a-z\d]+$/);
  }
  for (const word of Object.keys(FOREIGN_HELP)) {
    expect(findOperator(word)).toBeUndefined();
    expect(foreignHelp(word)).toBe(didYouMean(word, ['conv', 'dense'], undefined).fix!.message);
  }
  expect(foreignHelp('toString')).toBeUndefined();
  expect(ourName('constructor', ['conv'])).toBeUndefined();
});

test('a layer in the words of another tool is told in one round, and its edit mends it', () => {
  for (const name of ['MaxPooling2D', 'MaxPool2d', 'max_pool2d'])
    expect(
      diagnosed(network(`y = image -> ${name}(2)`)).diagnostics.map(({ fix }) => fix?.edits?.[0]?.replacement),
    ).toEqual(['maxpool']);
});
