/** @file docs/operators.md is what the operators say now, every example in it compiles, and no cell of it is empty. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileSource } from '../../src/compile.ts';
import { OPERATORS } from '../../src/ops/registry.ts';
import { coverage, DIRECTIONS, FUNCTIONS, TARGETS } from '../support/suites.ts';
import { root } from './imports.ts';
import { operatorsPage } from './operator-page.ts';

const path = join(root, 'docs/operators.md');

it('docs/operators.md is up to date', () => {
  const page = operatorsPage();
  if (process.env.UPDATE !== undefined) writeFileSync(path, page);
  expect(readFileSync(path, 'utf8') === page, 'run UPDATE=1 npx vitest run test/docs/operators.test.ts').toBe(true);
});

describe('the matrix has no empty cell', () => {
  const cells = coverage();

  const rows = [
    ...OPERATORS.map(({ name, kind }) => [name, kind] as const),
    ...FUNCTIONS.map((name) => [name, 'function'] as const),
  ];
  it.each(rows)('in the row of %s', (name, kind) => {
    for (const direction of DIRECTIONS)
      for (const target of TARGETS) {
        const { pytorch, networks, differentiated } = cells.get(name)!(direction, target);
        expect(differentiated, direction).toBe(kind !== 'metric' || direction === 'forward');
        if (differentiated) expect(pytorch + networks, `${direction}, ${target}`).toBeGreaterThan(0);
      }
  });
});

/** What examples may name. Each is there only where it is named, because what is not used is a mistake. */
const NAMES: Readonly<Record<string, string>> = {
  noise: 'input noise: [64]',
  target: 'target target: [10]',
  features: 'features = image -> before: conv(16, 3x3, pad: same)',
  x: 'x = image -> before: conv(16, 3x3, pad: same)',
  y: 'y = image -> before: dense(10)',
  a: 'a = image -> first: conv(16, 3x3)',
  b: 'b = image -> second: conv(16, 3x3)',
  c: 'c = image -> third: conv(16, 3x3)',
  logits: 'logits = image -> last: dense(10)',
  probs: 'probs = image -> last: dense(10) -> softmax',
};

/** A whole program; examples of layers are expressions, `name = …`, or `output name = …`. */
function program(example: string): string {
  const made = /^(?:output )?(\w+) = /.exec(example)?.[1];
  const named = new Set(example.match(/[a-z]\w*/g));
  const isTerm = /^(loss|metric) /.test(example);
  const isLoss = example.startsWith('loss');
  const source = isTerm ? 'image' : (made ?? 'made');
  return [
    'network Example {',
    'input image: [3, 28, 28]',
    ...(isLoss && !named.has('label') ? [] : ['target label: class(10)']),
    ...Object.entries(NAMES).flatMap(([name, text]) => (named.has(name) && name !== made ? [text] : [])),
    isTerm || made ? example : `made = ${example}`,
    `classified = ${source} -> head: dense(10)`,
    ...(isLoss ? [] : ['loss crossentropy(classified, label)']),
    'output classified',
    ...(named.has('noise') ? ['output shape = image -> relu'] : []),
    '}',
  ].join('\n');
}

describe('examples compile', () => {
  it.each(OPERATORS.map(({ name, example }) => [name, example] as const))('%s: %s', (_, example) => {
    const { diagnostics } = compileSource(program(example), 'example.cnn');
    expect(
      diagnostics.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code} ${message}`),
    ).toEqual([]);
  });
});
