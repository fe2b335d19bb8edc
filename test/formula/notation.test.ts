/** @file The notation of `op`: indices that are divided, and `inside`. */
import { describe, expect, it } from 'vitest';
import { instantiateFormula } from '../../src/formula/from-syntax.ts';
import { printScalar } from '../../src/ir/scalar.ts';
import { parseOperator } from '../../src/syntax/parse.ts';

function formula(text: string, shapes: readonly (readonly number[])[], constants: Record<string, number> = {}) {
  const { axes, body } = instantiateFormula(parseOperator(text), { shapes, constants });
  return { axes: axes.map(({ extent }) => extent), body: printScalar(body, (operand) => 'xyz'[operand]!) };
}

describe('a divided index', () => {
  it('is kept, and reaches as far as its operand', () => {
    const found = formula('op f(x[h], k[p]) -> y[i] = sum(p) x[(i - p)/s] * k[p]', [[5], [3]], { s: 2 });
    expect(found.body).toBe('sum(p) x[(i - p)/2] * y[p]');
    // 2 * 4 is the last place with an element under the tap 0, and the taps reach back.
    expect(found.axes).toEqual([9]);
  });

  it('is reduced where the division comes out even', () => {
    expect(formula('op f(x[h]) -> y[i] = x[(4*i + 2)/2]', [[9]]).body).toBe('x[2*i + 1]');
  });

  it.each(['i/0', 'i/h', '(i + 1)/(-2)', 'i/2 + 1'])('cannot be %s', (index) => {
    expect(() => formula(`op f(x[h]) -> y[i] = x[${index}]`, [[5]])).toThrow(/an index is/);
  });
});

describe('inside', () => {
  it('is 1 within an extent', () => {
    const found = formula('op f(x[i]) -> y[i] = inside(2*i - top, 2*top) * x[i]', [[6]], { top: 3 });
    expect(found.body).toBe('inside(2*i - 3, 6) * x[i]');
  });

  it.each(['inside(i)', 'inside(i, 3, 4)', 'inside(i, i)', 'inside()'])('cannot be written %s', (text) => {
    expect(() => formula(`op f(x[i]) -> y[i] = ${text} * x[i]`, [[5]])).toThrow(/`inside` takes/);
  });
});
