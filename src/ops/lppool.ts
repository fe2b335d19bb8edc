/** @file Lp pooling: Sermanet, Chintala and LeCun 2012. */
import type { Node } from '../ir/graph.ts';
import { number } from '../specs/attributes.ts';
import { type ApplyOptions, defineOperator, type OperatorContext } from './operator.ts';
import { POOL_ATTRIBUTES, POOL_WINDOW, poolOptions, poolWindow, tapCounts } from './pooling.ts';

/** Where the sum is 0 the root has no derivative, and 0 does for one. */
function rootText(norm: number, sum: string): string {
  return norm === 1 ? sum : `if ${sum} == 0 { 0 } else { ${sum}^(1 / norm) }`;
}

/** Numbers as they are up to squares; beyond, powers of small ones would be lost, and what is divided by them infinite. */
const LARGEST_PLAIN = 2;

/** The sum of |x|^n over each window, and the factor to take the root times, which is constant: y does not depend on it. */
function powers(context: OperatorContext, norm: number, options: ApplyOptions): { sums: Node; size?: Node } {
  const named = { ...options, name: 'powers' };
  if (norm <= LARGEST_PLAIN) {
    const tap = norm === 2 ? `${POOL_WINDOW}^2` : `abs(${POOL_WINDOW})^norm`;
    return { sums: context.apply(`op powers(x[c, h, w]) -> y[c, i, j] = sum(p, q) (${tap})`, context.inputs, named) };
  }
  const sizes = context.apply('op sizes(x[c, h, w]) -> y[c, h, w] = abs(x[c, h, w])', context.inputs, {
    name: 'sizes',
  });
  const largest = context.apply(`op largest(x[c, h, w]) -> y[c, i, j] = max(p, q) ${POOL_WINDOW}`, [sizes], {
    ...options,
    name: 'largest',
  });
  // Neither 0 nor infinite.
  const size = context.apply(
    'op size(m[c, i, j]) -> y[c, i, j] = detach(min(max(m[c, i, j], 1e-37), 1e37))',
    [largest],
    {
      name: 'size',
    },
  );
  // By a product: what the gradient reads beyond the result is 0, and nothing may be divided by that.
  const share = context.apply('op share(m[c, i, j]) -> y[c, i, j] = 1 / m[c, i, j]', [size], { name: 'share' });
  const text = `op powers(x[c, h, w], r[c, i, j]) -> y[c, i, j] = sum(p, q) (${POOL_WINDOW} * r[c, i, j])^norm`;
  return { sums: context.apply(text, [sizes, share], named), size };
}

export const lppool = defineOperator({
  name: 'lppool',
  summary:
    'The p-norm of each window: between the sum (1) and the maximum (infinity) of the magnitudes. A window that `ceil` lets ' +
    'hang over the edge counts as if it were full, as in PyTorch. Where all values are 0 the gradient is 0.',
  formula: 'y[c, i, j] = (sum(p, q) |x[c, s*i + p - P, s*j + q - P]|^n) ^ (1/n)',
  kind: 'layer',
  inputs: 1,
  attributes: { ...POOL_ATTRIBUTES, norm: number({ minimum: 1, maximum: 64, default: 2, doc: 'the exponent n' }) },
  example: 'features -> lppool(2, norm: 2)',
  build(context) {
    const norm = context.attributes.norm;
    const window = poolWindow(context, 'lppool');
    const options = poolOptions(window);
    const constants = { ...options.constants, norm, full: window.kernel[0] * window.kernel[1] };
    const { sums, size } = powers(context, norm, { ...options, constants });
    const root = (sum: Node): Node => {
      const text = `op root(s[c, i, j]) -> y[c, i, j] = ${rootText(norm, 's[c, i, j]')}`;
      if (!size) return context.apply(text, [sum], { constants });
      const sized = text.replace(') ->', ', m[c, i, j]) ->').replace(' = ', ' = m[c, i, j] * (').concat(')');
      return context.apply(sized, [sum, size], { constants });
    };
    const counts = tapCounts(context, window, true);
    if (typeof counts === 'number') return root(sums);
    const scaled = context.apply(
      'op scaled(s[c, i, j], rows[i], columns[j]) -> y[c, i, j] = s[c, i, j] * full / (rows[i] * columns[j])',
      [sums, ...counts],
      { constants, name: 'scaled' },
    );
    return root(scaled);
  },
});
