/** @file What random programs are made of. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OPERATORS } from '../../src/ops/registry.ts';
import { ProgramWriter, recipesOf } from './random-program.ts';

const FORMS = ['block', 'repeat', 'for', 'if', 'fn', 'op', 'freeze', 'ignore', 'shared', 'lr_factor', 'init'];
/** Parts of programs that are no words of their own. */
const PARTS = [
  'input other',
  'input positive',
  'units / sqrt',
  'log(positive)',
  'output result1',
  'output probs',
  '= max(',
  ') / 2',
  'std/',
];

test('random programs have every operator and every form of statement in them', () => {
  const seen = new Set<string>();
  for (const recipe of fc.sample(recipesOf(5), { seed: 1, numRuns: 1000 })) {
    const { operators, text } = new ProgramWriter(recipe);
    for (const operator of operators) seen.add(operator);
    for (const form of FORMS) if (new RegExp(`\\b${form}(?![a-z])`).test(text)) seen.add(form);
    for (const part of PARTS) if (text.includes(part)) seen.add(part);
  }
  expect([...OPERATORS.map(({ name }) => name), ...FORMS, ...PARTS].filter((name) => !seen.has(name))).toEqual([]);
}, 120_000);
