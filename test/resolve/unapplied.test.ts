/** @file Definitions that nothing applies: what is certain of them is checked, and what depends on their use is not. */
import { describe, expect, test } from 'vitest';
import { understand } from '../../src/semantics/understand.ts';

function found(text: string): string[] {
  const { diagnostics } = understand(text, 'a.cnn', { library: true });
  return diagnostics.map(({ code, span }) => `${code} ${text.slice(span!.start, span!.end)}`);
}

describe('a file of definitions', () => {
  test.each([
    ['a name', 'block B(c) { return in -> conv(d, 3x3) }', ['CNN2001 d']],
    ['an argument of a layer', 'block B(c) { return in -> conv(c, 3x3) -> conv(8, 3x3, strid: 2) }', ['CNN2020 strid']],
    ['an argument of a block', 'block A { return in -> relu }\nblock B { return in -> A(3) }', ['CNN2021 3']],
    ['a layer in a branch', 'block B(c) { return if c > 1 { in -> conv(8) } else { in } }', ['CNN2022 conv(8)']],
    ['a block without a result', 'block B { x = in -> relu }', ['CNN2016 B']],
    ['a statement of a network', 'block B { loss in\n return in }', ['CNN2017 loss in']],
    ['a function', 'fn f(x) = x -> relu', ['CNN2100 x -> relu']],
    ['a name in a function', 'fn f(x) = x * gama', ['CNN2001 gama']],
    ['an operator', 'op f(x[c], k[c]) -> y[c] = x[c]', ['CNN2102 k']],
  ])('is checked: %s', (_, text, expected) => {
    expect(found(text)).toEqual(expected);
  });

  test.each([
    ['sizes that parameters decide', 'block B(c, k = 3) { return in -> conv(c, k) -> dense(c / k) }'],
    ['what flows in', 'block B { a = in -> relu\n return concat(a, in, a.channels) }'],
    ['a function of a constant', 'fn f(x, slope) = leakyrelu(x, slope)'],
    ['names of loops', 'block B { x = in\n for c, s in [[4, 1]] { x = x -> conv(c, 3x3, stride: s) }\n return x }'],
  ])('is not, since it depends on the use: %s', (_, text) => {
    expect(found(text)).toEqual([]);
  });
});
