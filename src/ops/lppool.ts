/** @file Lp pooling: Sermanet, Chintala and LeCun 2012. */
import { product } from '../common/shape.ts';
import type { Node } from '../ir/graph.ts';
import { number } from '../specs/attributes.ts';
import type { MapAxes } from './map-axes.ts';
import { type ApplyOptions, defineOperator, type OperatorContext } from './operator.ts';
import { POOL_ATTRIBUTES, poolOptions, poolTexts, poolWindow, tapCounts } from './pooling.ts';

/** Where the sum is 0 the root has no derivative, and 0 does for one. */
function rootText(norm: number, sum: string): string {
  return norm === 1 ? sum : `if ${sum} == 0 { 0 } else { ${sum}^(1 / norm) }`;
}

/** Numbers as they are up to squares; beyond, powers of small ones would be lost, and what is divided by them infinite. */
const LARGEST_PLAIN = 2;

/** The sum of |x|^n over each window, and the factor to take the root times, which is constant: y does not depend on it. */
function powers(
  context: OperatorContext,
  map: MapAxes,
  norm: number,
  options: ApplyOptions,
): { sums: Node; size?: Node } {
  const named = { ...options, name: 'powers' };
  const { x, y, taps, tap } = poolTexts(map);
  if (norm <= LARGEST_PLAIN) {
    const power = norm === 2 ? `${tap}^2` : `abs(${tap})^norm`;
    return { sums: context.apply(`op powers(${x}) -> ${y} = sum(${taps}) (${power})`, context.inputs, named) };
  }
  const place = x.slice(1);
  const sizes = context.apply(`op sizes(${x}) -> y${place} = abs(${x})`, context.inputs, { name: 'sizes' });
  const largest = context.apply(`op largest(${x}) -> ${y} = max(${taps}) ${tap}`, [sizes], {
    ...options,
    name: 'largest',
  });
  // Neither 0 nor infinite.
  const m = `m${y.slice(1)}`;
  const size = context.apply(`op size(${m}) -> ${y} = detach(min(max(${m}, 1e-37), 1e37))`, [largest], {
    name: 'size',
  });
  // By a product: what the gradient reads beyond the result is 0, and nothing may be divided by that.
  const share = context.apply(`op share(${m}) -> ${y} = 1 / ${m}`, [size], { name: 'share' });
  const r = `r${y.slice(1)}`;
  const text = `op powers(${x}, ${r}) -> ${y} = sum(${taps}) (${tap} * ${r})^norm`;
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
    const { map, window } = poolWindow(context, 'lppool');
    const options = poolOptions(map, window);
    const constants = { ...options.constants, norm, full: product(window.kernel) };
    const { sums, size } = powers(context, map, norm, { ...options, constants });
    const { y } = poolTexts(map);
    const [s, m] = [`s${y.slice(1)}`, `m${y.slice(1)}`];
    const root = (sum: Node): Node => {
      const body = rootText(norm, s);
      if (!size) return context.apply(`op root(${s}) -> ${y} = ${body}`, [sum], { constants });
      return context.apply(`op root(${s}, ${m}) -> ${y} = ${m} * (${body})`, [sum, size], { constants });
    };
    const counts = tapCounts(context, map, window, true);
    if (typeof counts === 'number') return root(sums);
    const scaled = context.apply(
      `op scaled(${s}, ${map.each('counts[i]')}) -> ${y} = ${s} * full / (${map.each('counts[i]', ' * ')})`,
      [sums, ...counts],
      { constants, name: 'scaled' },
    );
    return root(scaled);
  },
});
