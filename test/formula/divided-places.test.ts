/**
 * @file Places that are divided where several taps decide whether the division is exact: the address is a fraction elsewhere,
 * and whole wherever it is read.
 */
import { describe, expect, it } from 'vitest';
import { checkGradients } from '../../src/check/check-gradients.ts';
import { compareTargets } from '../../src/check/compare-targets.ts';
import { compileSource, emitModule } from '../../src/compile.ts';

const network = (operator: string, layer: string) => `
op divided${operator}
network Divided {
  input  image: [3, 2, 4]
  target label: class(2)
  y      = image -> divided(${layer})
  logits = y -> flatten -> dense(2)
  loss   crossentropy(logits, label)
}
train Divided { batch 16 }`;

const CASES = [
  ['(x[a, b, c], k[q, o]) -> y[i, j, o] = sum(p, q) x[(i - p) / 3, j, q] * k[q, o]', 'i: 7, j: 2, o: 2, p: 3, q: 4'],
  ['(x[a, b, c], k[q, o]) -> y[i, j, o] = sum(p, q) x[(i - p) / 5, j, q] * k[q, o]', 'i: 7, j: 2, o: 2, p: 4, q: 4'],
  ['(x[a, b, c], k[p, q]) -> y[i, j] = sum(p, q) x[(i - p) / 3, (j - q) / 2, 1] * k[p, q]', 'i: 8, j: 5, p: 2, q: 3'],
  [
    '(x[a, b, c], k[p, q]) -> y[i, j] = sum(p, q) x[(2 * i - p) / 3, (j + q) / 7, 1] * k[p, q]',
    'i: 8, j: 9, p: 2, q: 3',
  ],
  ['(x[a, b, c], k[n, m]) -> y[i, j] = sum(p, c) x[i, j, c] * k[(p - i) / 2, c]', 'i: 3, j: 2, p: 6, n: 3, m: 4'],
  ['(x[a, b, c], k[n, m]) -> y[i, j] = sum(p, c) exp(x[i, j, c] * k[(p - c) / 3, c])', 'i: 3, j: 2, p: 9, n: 3, m: 5'],
  ['(x[a, b, c], k[p, q]) -> y[i, j] = sum(p, q) exp(x[(p - q + i) / 3, j, q]) * k[p, q]', 'i: 4, j: 2, p: 5, q: 4'],
  ['(x[a, b, c], k[p, q]) -> y[i] = sum(p, q) x[(p + q + i) / 4, 1, (p - q) / 3] * k[p, q]', 'i: 4, p: 5, q: 4'],
] as const;

describe.each(CASES)('%s', (operator, layer) => {
  const { elaboration } = compileSource(network(operator, layer), 'divided.cnn');

  it('has the gradients of central differences, by every target', async () => {
    for (const { relativeError, checked } of checkGradients(elaboration!, { count: 3 })) {
      expect(checked).toBeGreaterThan(0);
      expect(relativeError).toBeLessThan(1e-6);
    }
    const between = await compareTargets(elaboration!, { count: 16, seed: 1, tolerance: 1e-4 });
    for (const { error } of between.values()) expect(error).toBeLessThan(1e-4);
  });

  it('has whole addresses on a graphics card', async () => {
    const { code } = await emitModule(elaboration!, { target: 'webgpu' });
    const shaders = code.slice(code.indexOf('const shaders = ['));
    expect(shaders).not.toMatch(/\b(at\d+|v\d+_at|[a-z]\d+) [-+*] \d+\.\d/);
  });
});
