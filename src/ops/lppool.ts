/** @file Lp pooling: Sermanet, Chintala and LeCun 2012. */
import type { OperatorDefinition } from './operator.ts';
import { POOL_ATTRIBUTES, POOL_WINDOW, poolOptions, poolWindow, tapCounts } from './pooling.ts';

/** |x|^n of a tap. */
function powerText(norm: number): string {
  return norm === 2 ? `${POOL_WINDOW}^2` : `abs(${POOL_WINDOW})^norm`;
}

/** Where the sum is 0 the root has no derivative, and 0 does for one. */
function rootText(norm: number, sum: string): string {
  return norm === 1 ? sum : `if ${sum} == 0 { 0 } else { ${sum}^(1 / norm) }`;
}

export const lppool: OperatorDefinition = {
  name: 'lppool',
  summary:
    'The p-norm of each window: between the sum (1) and the maximum (infinity) of the magnitudes. A window that `ceil` lets ' +
    'hang over the edge counts as if it were full, as in PyTorch. Where all values are 0 the gradient is 0.',
  formula: 'y[c, i, j] = (sum(p, q) |x[c, s*i + p - P, s*j + q - P]|^n) ^ (1/n)',
  kind: 'layer',
  inputs: 1,
  attributes: [
    ...POOL_ATTRIBUTES,
    { name: 'norm', type: 'number', minimum: 1, maximum: 64, default: 2, doc: 'the exponent n' },
  ],
  example: 'features -> lppool(2, norm: 2)',
  build(context) {
    const norm = context.attributes.norm as number;
    const window = poolWindow(context, 'lppool');
    const options = poolOptions(window);
    const constants = { ...options.constants, norm, full: window.kernel[0] * window.kernel[1] };
    const sums = context.apply(`op powers(x[c, h, w]) -> y[c, i, j] = sum(p, q) (${powerText(norm)})`, context.inputs, {
      ...options,
      constants,
      name: 'powers',
    });
    const counts = tapCounts(context, window, true);
    if (typeof counts === 'number')
      return context.apply(`op root(s[c, i, j]) -> y[c, i, j] = ${rootText(norm, 's[c, i, j]')}`, [sums], {
        constants,
      });
    const scaled = context.apply(
      'op scaled(s[c, i, j], rows[i], columns[j]) -> y[c, i, j] = s[c, i, j] * full / (rows[i] * columns[j])',
      [sums, ...counts],
      { constants, name: 'scaled' },
    );
    return context.apply(`op root(s[c, i, j]) -> y[c, i, j] = ${rootText(norm, 's[c, i, j]')}`, [scaled], {
      constants,
    });
  },
};
