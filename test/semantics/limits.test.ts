import { describe, expect, test } from 'vitest';
import { compileSource, emitModule } from '../../src/compile.ts';
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

describe('modules', () => {
  test('of functions that read their argument twice do not double with each', async () => {
    const fn = 'fn f(x) = x * exp(-x) + x';
    const { elaboration } = compileSource(network('y = image -> conv(2, 3x3) -> repeat(40) f', fn), 'a.cnn');
    const { code } = await emitModule(elaboration!, { target: 'js', minify: true });
    expect(code.length).toBeLessThan(200_000);
  });

  test.each(['js', 'wasm'] as const)('that could not be addressed are refused: %s', async (target) => {
    const body = 'y = image -> conv(64, 3x3, pad: same) -> batchnorm -> relu -> conv(64, 3x3) -> batchnorm';
    const { elaboration } = compileSource(network(body).replace('[2, 8, 8]', '[2, 256, 256]'), 'a.cnn');
    await expect(emitModule(elaboration!, { target, maxBatch: 256 })).rejects.toMatchObject({
      diagnostic: { code: 'CNN4007', message: expect.stringMatching(/needs \d+\.\d GB for batches of 256/) },
    });
  });

  test('take batches that fit, unless a number is asked for', async () => {
    const body = 'y = image -> conv(64, 3x3, pad: same) -> batchnorm -> relu -> conv(64, 3x3) -> batchnorm';
    const { elaboration } = compileSource(network(body).replace('[2, 8, 8]', '[2, 256, 256]'), 'a.cnn');
    const { plan } = await emitModule(elaboration!, {});
    expect(4 * plan.memoryLength).toBeLessThanOrEqual(2 ** 32);
    // Not the next larger one, and none smaller.
    expect(plan.maxBatch).toBe(32);
    await expect(emitModule(elaboration!, { maxBatch: 64 })).rejects.toMatchObject({ diagnostic: { code: 'CNN4007' } });
  });

  test('are not planned for what no machine has', () => {
    const programs = [
      'y = image -> conv(4, 1000000x1000000, pad: 1M)',
      'y = image -> dense(2G) -> dense(2G)',
      'y = image -> repeat(1G) relu',
    ];
    const before = performance.now();
    for (const body of programs) expect(diagnosed(network(body)).diagnostics[0]!.code).toMatch(/^CNN400[14]$/);
    const doubling = network('y = image -> repeat(60) D', 'block D { return concat(in, in) }');
    expect(diagnosed(doubling).diagnostics.map(({ code }) => code)).toEqual(['CNN4001']);
    expect(performance.now() - before).toBeLessThan(3000);
  });
});
