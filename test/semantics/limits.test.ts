import { describe, expect, test } from 'vitest';
import { diagnosed, elaborated, network } from './elaborated.ts';

describe('recursion', () => {
  test.each([
    ['negations', '-'.repeat(190), '(in -> B)', ''],
    ['products', '2 * '.repeat(190), '(in -> B)', ''],
    ['calls', 'max('.repeat(60), 'in -> B', ', 1)'.repeat(60)],
    ['branches', 'if true { '.repeat(60), 'in -> B', ' } else { in }'.repeat(60)],
    ['pipelines', '', 'in -> if true { B } else { B }', ''],
  ])('of a block through %s stays within the stack', (_, before, inner, after) => {
    const text = network('y = image -> B', `block B { return ${before}${inner}${after} }`);
    expect(diagnosed(text).diagnostics.map(({ code }) => code)).toEqual(['CNN4003']);
  });

  test('that ends is allowed', () => {
    const block = 'block B(n) { return if n > 0 { in -> relu -> B(n - 1) } else { in } }';
    expect(elaborated(network('y = image -> B(60)', block)).training.layers).toHaveLength(62);
  });
});

describe('repeats', () => {
  const nested = (innermost: string) =>
    network(
      'y = image -> repeat(10000) C',
      `block C { return in -> repeat(1000) D } block D { return in -> repeat(1000) E } block E { return ${innermost} }`,
    );

  test.each([
    ['of nothing', 'in'],
    ['of layers', 'in -> relu'],
  ])('%s inside of repeats end', (_, innermost) => {
    const { diagnostics } = diagnosed(nested(innermost));
    expect(diagnostics.map(({ code }) => code)).toEqual(['CNN4002']);
  });

  test('may be empty', () => {
    const { training } = elaborated(network('y = image -> repeat(0) relu'));
    expect(training.layers.map(({ name }) => name)).toEqual(['logits.flatten', 'head']);
  });
});
