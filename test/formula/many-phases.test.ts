/**
 * @file Strides of which each has many phases, the remainders of a place: they are rounds of a loop, and kernels do not grow with
 * them.
 */
import { describe, expect, it } from 'vitest';
import { checkGradients } from '../../src/check/check-gradients.ts';
import { compareTargets } from '../../src/check/compare-targets.ts';
import { compileSource, emitModule } from '../../src/compile.ts';

const network = (chain: string, [height, width]: readonly number[] = [11, 13], before = '') => `${before}
network Phases {
  input  image: [2, ${height}, ${width}]
  target label: class(2)
  logits = image -> conv(2, 1x1) -> ${chain} -> flatten -> dense(2)
  loss   crossentropy(logits, label)
}
train Phases { batch 16 }`;

/** Strides above, below and beside the kernel, with rests, padding and dilation. */
const CASES = [
  'conv(3, 3x3, stride: 6, pad: 1)',
  'conv(3, 7x6, stride: 5x7, pad: 2)',
  'convtranspose(2, 3x2, stride: 7x5)',
  'convtranspose(1, 8x9, stride: 6, output_padding: 1x3)',
  'local(2, 3x3, stride: 5)',
  'maxpool(6x5)',
  'maxpool(9, stride: 6, pad: 2)',
  'avgpool(5, stride: 8)',
  'adaptiveavgpool(1)',
  'adaptivemaxpool(1)',
];

const OWN: readonly (readonly [operator: string, layer: string])[] = [
  ['(x[a, b, c], k[p]) -> y[a, i] = sum(p, b) x[a, b, (2 * i - p) / 5] * k[p]', 'i: 19, p: 12'],
  ['(x[a, b, c], k[p]) -> y[a, i] = sum(p, b) x[a, b, (3 * i + p) / 7] * k[p]', 'i: 23, p: 9'],
  ['(x[a, b, c], k[p]) -> y[a, i] = sum(p, b) x[a, b, i / 6] * k[p] * (i - p)', 'i: 31, p: 4'],
  ['(x[a, b, c], k[p]) -> y[a, i] = max(p, b) x[a, b, 5 * i + p] * k[p]', 'i: 2, p: 6'],
];

describe.each([
  ...CASES.map((chain) => [chain, network(chain)] as const),
  ...OWN.map(([operator, layer]) => [operator, network(`own(${layer})`, [11, 13], `op own${operator}`)] as const),
])('%s', (_, source) => {
  const { elaboration, diagnostics } = compileSource(source, 'phases.cnn');

  it('has the gradients of central differences, by every target', async () => {
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    for (const { relativeError, checked } of checkGradients(elaboration!, { count: 3 })) {
      expect(checked).toBeGreaterThan(0);
      expect(relativeError).toBeLessThan(1e-6);
    }
    const between = await compareTargets(elaboration!, { count: 16, seed: 1, tolerance: 1e-4 });
    for (const { error } of between.values()) expect(error).toBeLessThan(1e-4);
  });
});

/** Of kernels and lists. */
async function lengthOf(chain: string, size: number): Promise<number> {
  const { elaboration } = compileSource(network(chain, [size, size]), 'phases.cnn');
  return (await emitModule(elaboration!, { target: 'js', program: false })).code.length;
}

it.each([
  ['adaptiveavgpool(1)', 'adaptiveavgpool(1)'],
  ['adaptivemaxpool(1)', 'adaptivemaxpool(1)'],
  ['avgpool(12)', 'avgpool(24)'],
  ['maxpool(12)', 'maxpool(24)'],
  ['conv(2, 12x12, stride: 12)', 'conv(2, 24x24, stride: 24)'],
  ['convtranspose(2, 12x12, stride: 12)', 'convtranspose(2, 24x24, stride: 24)'],
])('the kernels of %s are as long at twice the size', async (small, large) => {
  const [one, two] = [await lengthOf(small, 24), await lengthOf(large, 48)];
  expect(Math.abs(two - one) / one).toBeLessThan(0.02);
});
