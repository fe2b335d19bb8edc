/** @file Bodies of `fn`: random expressions of x that are bounded and have no poles, whatever x is. */
import type { Choices } from './choices.ts';

const BOUNDED = ['tanh(@)', 'sigmoid(@)', 'softsign(@)', '@ / (1 + abs(@))', 'exp(-(@ ^ 2))', 'erf(@)'];
const SHAPES = [
  ...['max(@, 0.3)', 'min(@, #)', 'sqrt(1 + @ ^ 2)', 'log(1 + abs(@))', '@ * #', '@ + #', '# - @', '@ * @', 'abs(@)'],
  ...['if x > 0.2 { @ } else { # }', 'if abs(x) < 1 { @ ^ 2 / 2 } else { abs(@) }', 'pow(1 + @ ^ 2, 0.3)', 'relu(@)'],
  ...[
    'exp(min(@, 1))',
    'softplus(@, 2, 10)',
    'softplus(@, threshold: 3)',
    'leakyrelu(@)',
    'gelu(@)',
    'hardswish(@)',
    'mish(@)',
    '-@ ^ 3',
    '@ - # * x',
    'elu(@, 0.8)',
    'x',
  ],
];

export function randomFunction(choices: Choices): string {
  const expression = (depth: number): string => {
    if (depth === 0) return 'x';
    const inner = expression(depth - 1);
    const other = choices.pick(['0.7', '2', 'a', '(x + a)']);
    return `(${choices.pick(SHAPES).replaceAll('@', inner).replaceAll('#', other)})`;
  };
  return choices.pick(BOUNDED).replaceAll('@', expression(choices.next(4)));
}
