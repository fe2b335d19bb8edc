/** @file What the specification language offers beyond what operators use of it: every kind is read, and refused in words. */
import { expect, it } from 'vitest';
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts';
import type { Value } from '../../src/semantics/evaluate/values.ts';
import { attributeValue } from '../../src/semantics/layers/attributes.ts';
import {
  type Attribute,
  choice,
  integer,
  list,
  named,
  number,
  text,
  type ValuesOf,
} from '../../src/specs/attributes.ts';

const span = { file: 'test.cnn', start: 0, end: 1 };

const ATTRIBUTES = {
  lr: number({ above: 0, below: 1, doc: 'size of a step' }),
  warmup: number({ minimum: 0, unit: 'epochs', doc: 'until the whole rate' }),
  folder: text({ doc: 'where it lies' }),
  inputs: list(choice(['left', 'right'], { doc: 'an input' }), { doc: 'what is moved' }),
  sizes: list(integer({ minimum: 1, doc: 'a size' }), { doc: 'sizes' }),
} satisfies Record<string, Attribute>;

const read = (name: keyof typeof ATTRIBUTES, value: Value): unknown => {
  const spec = named(ATTRIBUTES).find((one) => one.name === name)!;
  try {
    return attributeValue({ name: 'thing', example: 'thing(1)' }, spec, value, { span });
  } catch (error) {
    if (error instanceof DiagnosticError) return `${error.diagnostic.message}: ${error.diagnostic.fix?.message}`;
    throw error;
  }
};

const given = (value: number, unit?: 'epochs' | 'steps'): Value => ({ kind: 'number', value, ...(unit && { unit }) });
const listOf = (...items: Value[]): Value => ({ kind: 'list', items });

it('types of values follow from the attributes', () => {
  const values: ValuesOf<typeof ATTRIBUTES> = { lr: 0.1, warmup: 2, folder: 'data', inputs: ['left'], sizes: [1] };
  // @ts-expect-error a word that is none of the choices
  const wrong: ValuesOf<typeof ATTRIBUTES> = { ...values, inputs: ['middle'] };
  expect(wrong).toBeDefined();
});

it.each([
  ['lr', given(0.5), 0.5],
  ['lr', given(0), '`lr` must be above 0, found 0: write a number above 0'],
  ['lr', given(1), '`lr` must be below 1, found 1: write a number below 1'],
  [
    'lr',
    given(0.5, 'epochs'),
    '`lr` of `thing` cannot be the number 0.5 epochs: it is a number, for example `thing(1)`',
  ],
  ['warmup', given(2, 'epochs'), 2],
  ['warmup', given(2), 2],
  ['warmup', given(-1), '`warmup` must be at least 0, found -1: write a number of at least 0'],
  ['folder', { kind: 'string', value: 'data' }, 'data'],
  ['folder', given(1), '`folder` of `thing` cannot be the number 1: it is a text, for example `thing(1)`'],
  ['inputs', listOf({ kind: 'word', value: 'left' }, { kind: 'word', value: 'right' }), ['left', 'right']],
  ['inputs', listOf({ kind: 'word', value: 'lefd' }), '`inputs` cannot be `lefd`: did you mean `left`?'],
  ['sizes', listOf(given(1), given(2)), [1, 2]],
  ['sizes', listOf(given(1.5)), '`sizes` must be a whole number, found 1.5: write 2'],
  [
    'sizes',
    given(1),
    '`sizes` of `thing` cannot be the number 1: it is a list of whole numbers, for example `thing(1)`',
  ],
] as const)('%s %j', (name, value, expected) => {
  expect(read(name, value)).toEqual(expected);
});
