/** @file What random programs are made of. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OPERATORS } from '../../src/ops/registry.ts';
import { ProgramWriter, recipes } from './random-program.ts';

const FORMS = ['block', 'repeat', 'for', 'if', 'fn', 'op', 'freeze', 'ignore', 'shared', 'lr_factor', 'init'];

test('random programs have every operator and every form of statement in them', () => {
  const seen = new Set<string>();
  for (const recipe of fc.sample(recipes, { seed: 1, numRuns: 1000 })) {
    const { operators, text } = new ProgramWriter(recipe);
    for (const operator of operators) seen.add(operator);
    for (const form of FORMS) if (new RegExp(`\\b${form}(?![a-z])`).test(text)) seen.add(form);
  }
  expect([...OPERATORS.map(({ name }) => name), ...FORMS].filter((name) => !seen.has(name))).toEqual([]);
}, 120_000);
