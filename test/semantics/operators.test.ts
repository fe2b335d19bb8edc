import { describe, expect, test } from 'vitest';
import { checkGradients } from '../../src/check/check-gradients.ts';
import { compileSource } from '../../src/compile.ts';
import { printGraph } from '../../src/ir/printer.ts';
import { summaryOf } from '../../src/report/summarize-module.ts';
import { elaborated, network } from './elaborated.ts';

const lpconv = 'op lpconv(x[c, h, w], k[o, c, p, q]) -> y[o, i, j] = sum(c, p, q) x[c, i + p, j + q] * k[o, c, p, q]';

/** Parameters and shape of `y`. */
function layerOf(op: string, body: string) {
  const { states, training } = elaborated(network(`${body}\noutput y`, op));
  const own = states.filter(({ role, name }) => role === 'parameter' && !name.startsWith('head.'));
  return {
    weights: own.map(({ name, shape, initializer }) => {
      const { kind, fanIn, fanOut } = initializer;
      return `${name} ${shape.join('x')} ${kind}${kind === 'kaiming' ? ` ${fanIn} ${fanOut}` : ''}`;
    }),
    shape: training.outputs.find(({ name }) => name === 'y')!.node.shape,
  };
}

describe('an operator of the program', () => {
  test('has weights for the operands that are not given, and takes the room there is', () => {
    expect(layerOf(lpconv, 'y = image -> lpconv(o: 4, p: 3, q: 2)')).toEqual({
      weights: ['y.k 4x2x3x2 kaiming 12 24'],
      shape: [4, 6, 7],
    });
    expect(layerOf(lpconv, 'y = image -> lpconv(4, 3, 2)').weights).toEqual(['y.k 4x2x3x2 kaiming 12 24']);
  });

  test('takes tensors in the places of its operands', () => {
    const op = 'op mix(a[k], b[k], t[]) -> y[k] = a[k] * t + b[k] * (1 - t)';
    const body = 'u = image -> flatten\nv = u -> tanh\ny = ';
    for (const call of ['mix(u, v)', 'u -> mix(v)', 'u -> mix(b: v)', 'mix(a: u, b: v)'])
      expect(layerOf(op, body + call)).toEqual({ weights: ['y.t  ones'], shape: [128] });
    expect(layerOf(op, `${body}mix(u, v, mean(u))`).weights).toEqual([]);
    expect(layerOf(op, `${body}mix(u, t: mean(v))`).weights).toEqual(['y.b 128 ones']);
  });

  test('has numbers, with defaults that may name constants of the file', () => {
    const op = `two = 2
op strided(x[c, h, w], k[o, c, p, q], stride = two, pad = 0) -> y[o, i, j] =
  sum(c, p, q) x[c, stride * i + p - pad, stride * j + q - pad] * k[o, c, p, q]`;
    expect(layerOf(op, 'y = image -> strided(4, 2, 2)').shape).toEqual([4, 4, 4]);
    expect(layerOf(op, 'y = image -> strided(4, 2, 2, stride: 3)').shape).toEqual([4, 3, 3]);
    expect(layerOf(op, 'y = image -> strided(4, 3, 3, stride: 1, pad: 1, i: 8, j: 8)').shape).toEqual([4, 8, 8]);
  });

  test('may have extents for what no operand names', () => {
    const op = 'op pool(x[c, h, w]) -> y[c, i, j] = max(p, q) x[c, 2 * i + p, 2 * j + q]';
    expect(layerOf(op, 'y = image -> pool(p: 2, q: 3)').shape).toEqual([2, 4, 3]);
  });

  test('starts biases at 0 and scales at 1', () => {
    const op = 'op affine(x[k], w[o, k], b[o], s[o]) -> y[o] = s[o] * (sum(k) w[o, k] * x[k]) - b[o]';
    const { weights } = layerOf(op, 'a = image -> flatten\ny = a -> affine(5)');
    expect(weights).toEqual(['y.w 5x128 kaiming 128 5', 'y.b 5 zeros', 'y.s 5 ones']);
  });

  test('is shared when it is declared once', () => {
    const { weights } = layerOf(lpconv, 'once = lpconv(2, 1, 1)\na = image -> once\ny = a -> once');
    expect(weights).toEqual(['once.k 2x2x1x1 kaiming 2 2']);
  });

  test('uses functions of the program', () => {
    const op = 'fn gate(x) = x * sigmoid(x)\nop gated(x[c, h, w], k[c]) -> y[c, h, w] = gate(x[c, h, w] * k[c])';
    const { training } = elaborated(network('y = image -> gated', op));
    expect(printGraph(training.graph)).toContain('%image[c, h, w] * %y.k[c] * sigmoid(%image[c, h, w] * %y.k[c])');
  });

  test('is analysed like a built-in one', () => {
    const body = (layer: string) =>
      network(`y = image -> conv(4, 3x3, bias: false) -> ${layer} -> conv(3, 2x2, stride: 2)\noutput y`, lpconv);
    const layers = (layer: string) => {
      const { elaboration } = compileSource(body(layer), 'a.cnn');
      return summaryOf(elaboration!).layers.map(
        ({ name: _, path: __, op: ___, attributes: ____, ...figures }) => figures,
      );
    };
    expect(layers('lpconv(5, 3, 2)')).toEqual(layers('conv(5, 3x2, bias: false)'));
  });
});

describe('gradients of operators of the program agree with central differences', () => {
  const cases: Readonly<Record<string, readonly [op: string, call: string]>> = {
    lpconv: [lpconv, 'lpconv(3, 2, 3)'],
    'strided and dilated': [
      'op f(x[c, h, w], k[o, c, p, q]) -> y[o, i, j] = sum(c, p, q) x[c, 2 * i + 3 * p - 2, j + 2 * q - 1] * k[o, c, p, q]',
      'f(3, 2, 3, i: 4, j: 5)',
    ],
    reversed: ['op f(x[c, h, w]) -> y[c, i, w] = x[c, 5 - i, w]', 'f(i: 6)'],
    diagonal: ['op f(x[c, h, w]) -> y[c, i] = x[c, i, i]', 'f'],
    'sum of two axes': ['op f(x[c, h, w]) -> y[c, i, j] = x[c, i + j, j]', 'f(i: 3, j: 4)'],
    'maximum of distances': [
      `fn near(a, b) = -abs(a - b)
op f(x[c, h, w], k[o, c, p]) -> y[o, i, w] = max(c, p) near(x[c, i + p, w], k[o, c, p])`,
      'f(2, 2)',
    ],
    'weighted by place': ['op f(x[c, h, w], s[c]) -> y[c, h, w] = s[c] * x[c, h, w] * (h + 1) / (w + 2)', 'f'],
    'ratio of sums': [
      'op f(x[c, h, w], s[c]) -> y[c] = (sum(h, w) s[c] * x[c, h, w]) / (1 + sum(h, w) x[c, h, w] ^ 2)',
      'f',
    ],
    'attention over channels': [
      'op f(x[c, h, w], g[c, d]) -> y[c, h, w] = sum(d) g[c, d] * x[d, h, w] * x[c, h, w]',
      'f(d: 3)',
    ],
    'each pixel its own kernel': [
      'op f(x[c, h, w], k[i, j, p, q]) -> y[c, i, j] = sum(p, q) x[c, i + p, j + q] * k[i, j, p, q]',
      'f(i: 4, j: 4, p: 2, q: 3)',
    ],
    transposed: [
      'op f(x[c, h, w], k[o, c, p, q]) -> y[o, i, j] = sum(c, h, w, p) x[c, h, w] * (if i == 2 * h + p { k[o, c, p, 0] } else { 0 })',
      'f(o: 2, p: 2, q: 1, i: 6, j: 2)',
    ],
    piecewise: [
      'op f(x[c, h, w], s[]) -> y[c, h, w] = if x[c, h, w] > 0.1 and h < 4 { x[c, h, w] } else { s * x[c, h, w] ^ 2 }',
      'f',
    ],
  };

  test.each(Object.entries(cases))('%s', (_, [op, call]) => {
    const body = `a = image -> conv(3, 3x3)\ny = a -> ${call}`;
    const checks = checkGradients(elaborated(network(body, op)));
    expect(checks.map(({ parameter }) => parameter)).toContain('a.weight');
    for (const { relativeError } of checks) expect(relativeError).toBeLessThan(1e-6);
  });

  test('by operands that are tensors', () => {
    const op = 'op correlate(x[c, h, w], k[o, p, q]) -> y[o, i, j] = sum(c, p, q) x[c, i + p, j + q] * k[o, p, q]';
    const body = 'a = image -> conv(3, 3x3)\nb = image -> conv(2, 6x6)\ny = a -> correlate(b)';
    const checks = checkGradients(elaborated(network(body, op)));
    expect(checks.map(({ parameter }) => parameter)).toEqual(expect.arrayContaining(['a.weight', 'b.weight']));
    for (const { relativeError } of checks) expect(relativeError).toBeLessThan(1e-6);
  });
});
