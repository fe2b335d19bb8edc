/** @file The table of children: it has every node of a tree that contains all kinds, and finds what is at a place. */
import { describe, expect, test } from 'vitest';
import type { SyntaxKind, SyntaxNode } from '../../src/syntax/ast.ts';
import { parse } from '../../src/syntax/parse.ts';
import { childrenOf, nodesAt, nodesOf, visit } from '../../src/syntax/visit.ts';

/** At least one node of each kind. */
const text = `import { Basic } from "std/residual"
depth = 3
fn double(x, by = 2) = -x * by
op pick(x[c, h], n = 1, k[c]) -> y[h] = sum(c) n * k[c] * x[c, h]
block Small(wide = 8) {
  for a, b in [[1, 2]] { y = in -> conv(a, 3x3, bias: false) }
  return if wide > 4 { in -> repeat(2) Basic(4) } else { in }
}
network All {
  input image: [1, 8, 8]
  target label: class(10)
  y = image -> first: conv(8, 3x3)
  freeze "first"
  assert y.channels == [8][0]
  loss crossentropy(y, label)
  metric accuracy(y, label)
  output y
}
train All { allow CNN5028 "a trial" batch 8 }
`;

const { program, diagnostics } = parse(text, 'all.cnn');

/** Read off the declaration, so that a kind added there fails here until the text above has one. */
const kinds: Record<SyntaxKind, true> = {
  program: true,
  import: true,
  network: true,
  block: true,
  fn: true,
  op: true,
  train: true,
  parameter: true,
  pattern: true,
  setting: true,
  input: true,
  target: true,
  binding: true,
  loss: true,
  metric: true,
  output: true,
  assert: true,
  freeze: true,
  allow: true,
  return: true,
  for: true,
  number: true,
  pair: true,
  string: true,
  boolean: true,
  identifier: true,
  list: true,
  call: true,
  argument: true,
  member: true,
  index: true,
  reduce: true,
  unary: true,
  binary: true,
  if: true,
  pipeline: true,
  stage: true,
};

/** Every object with a kind, found by looking at everything. */
function everyNode(value: unknown): SyntaxNode[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = 'kind' in value ? [value as SyntaxNode] : [];
  return [...own, ...Object.values(value).flatMap(everyNode)];
}

describe('children', () => {
  test('every kind is met, and none is missed', () => {
    expect(diagnostics).toEqual([]);
    const met: SyntaxNode[] = [];
    visit(program, (node) => met.push(node));
    expect([...new Set(met.map(({ kind }) => kind))].toSorted()).toEqual(Object.keys(kinds).toSorted());
    expect(new Set(met)).toEqual(new Set(everyNode(program)));
    expect(met).toHaveLength(everyNode(program).length);
  });

  test('stand in the order of the text and within their parents', () => {
    visit(program, (node) => {
      const starts = childrenOf(node).map(({ span }) => span.start);
      expect(starts).toEqual(starts.toSorted((a, b) => a - b));
      for (const { span } of childrenOf(node)) {
        expect(span.start).toBeGreaterThanOrEqual(node.span.start);
        expect(span.end).toBeLessThanOrEqual(node.span.end);
      }
    });
  });

  test('nodes of some kinds', () => {
    expect(nodesOf(program, 'pair', 'number').map(({ span }) => text.slice(span.start, span.end))).toContain('3x3');
  });
});

describe('the nodes at a place', () => {
  const kindsAt = (word: string, shift = 0) => nodesAt(program, text.indexOf(word) + shift).map(({ kind }) => kind);

  test('lead from the program to the innermost', () => {
    expect(kindsAt('8, 3x3) \n'.trim())).toEqual([
      'program',
      'network',
      'binding',
      'pipeline',
      'stage',
      'call',
      'argument',
      'number',
    ]);
    expect(kindsAt('wide > 4')).toEqual(['program', 'block', 'return', 'if', 'binary', 'identifier']);
  });

  test('a cursor behind a word is at the word', () => {
    expect(kindsAt('wide > 4', 4).at(-1)).toBe('identifier');
    expect(kindsAt('\n\nnothing')).toEqual(['program']);
  });
});
