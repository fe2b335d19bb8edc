import { describe, expect, test } from 'vitest';
import { checkGradients } from '../../src/check/check-gradients.ts';
import { printGraph } from '../../src/ir/printer.ts';
import { gradientReport } from '../../src/report/gradient-report.ts';
import { elaborated, network } from './elaborated.ts';
import { evaluateGraph } from './evaluate-graph.ts';

const swish = 'fn swish(x) = x * sigmoid(x)';

describe('a function of the program', () => {
  test('is one layer with the formula of its body', () => {
    const { training } = elaborated(network('y = image -> swish', swish));
    expect(training.layers[0]).toMatchObject({ name: 'y', operator: 'swish', states: [] });
    expect(printGraph(training.graph)).toContain(
      '%y: f32[2,8,8] = [k, i, j] %image[k, i, j] * sigmoid(%image[k, i, j])',
    );
  });

  test.each([
    ['`x -> f`', 'y = image -> swish'],
    ['`f(x)`', 'y = swish(image)'],
    ['a name for it', 'y = image -> act\nact2 = y -> act', 'act = swish\n'],
    ['a parameter of a block', 'y = image -> B(swish)', 'block B(f) { return in -> f }\n'],
    ['a function of the same meaning', 'y = image -> g', 'fn g(x) = swish(swish(0 * x) + x)\n'],
  ])('is applied as %s', (_, body, before = '') => {
    const text = network(body.replace(/\nact2.*/, ''), `${swish}\n${before}`);
    const { graph } = elaborated(text).training;
    const printed = printGraph(graph);
    expect(printed).toContain('%image[k, i, j] * sigmoid(%image[k, i, j])');
  });

  test('takes constants, in places, by names and by default', () => {
    const leak = 'slope = 0.2\nfn leak(x, a = slope / 2, b = 2 * a) = if x > 0 { b * x } else { a * x }';
    const bodyOf = (call: string) => {
      const { training } = elaborated(network(`y = ${call}`, leak));
      return printGraph(training.graph).match(/%y: .*? = (.*)/)![1];
    };
    const select = (b: string, a: string) =>
      `[k, i, j] select(%image[k, i, j] > 0, ${b}%image[k, i, j], ${a} * %image[k, i, j])`;
    expect(bodyOf('image -> leak')).toBe(select('0.2 * ', '0.1'));
    expect(bodyOf('image -> leak(0.5)')).toBe(select('', '0.5'));
    expect(bodyOf('leak(image, b: 3)')).toBe(select('3 * ', '0.1'));
  });

  test.each([
    ['softplus(x)', 'softplus(%image[k, i, j], 1, 20)'],
    ['softplus(x, 2)', 'softplus(%image[k, i, j], 2, 20)'],
    ['softplus(x, threshold: 5)', 'softplus(%image[k, i, j], 1, 5)'],
    ['elu(x)', 'elu(%image[k, i, j], 1)'],
    ['elu(x, half / 2)', 'elu(%image[k, i, j], 0.25)'],
    ['celu(x)', 'celu(%image[k, i, j], 1)'],
    ['leakyrelu(x)', 'leakyrelu(%image[k, i, j], 0.01)'],
  ])('calls %s with the settings that the layer has', (body, wanted) => {
    const { training } = elaborated(network('y = image -> f', `half = 0.5\nfn f(x) = ${body}`));
    expect(printGraph(training.graph)).toContain(`%y: f32[2,8,8] = [k, i, j] ${wanted}\n`);
  });

  test('of constants is a constant', () => {
    const before =
      'fn area(h, w) = if h > 2 and not w > 4 or h == 1 { h * w } else { h ^ 2 }\nn = area(3, 4) + area(2, 9)';
    const { training } = elaborated(network('y = image -> repeat(n) relu', before));
    expect(training.layers.filter(({ operator }) => operator === 'relu')).toHaveLength(16);
  });

  test('joins several tensors, single numbers among them', () => {
    const mix = 'fn mix(a, b, t = 0.5) = t * a + (1 - t) * b';
    const { graph } = elaborated(network('y = mix(image, relu(image), mean(image))', mix)).training;
    const y = graph.nodes.find(({ origins: [origin] }) => origin!.layer.startsWith('y') && origin!.operator === 'mix')!;
    expect(y.inputs.map(({ shape }) => shape)).toEqual([[], [2, 8, 8], [2, 8, 8]]);
  });

  test('computes what is written', () => {
    const { inference } = elaborated(network('y = image -> f\noutput y', 'fn f(x, a = 3) = a * x ^ 2 - abs(x) / 4'));
    const { graph } = inference;
    const results = graph.results.filter((result) => result.role === 'output' && result.name === 'y');
    const image = Array.from({ length: 128 }, (_, k) => (k - 60) / 16);
    const [found] = evaluateGraph({ ...graph, results }, { image: [image] }, 'y');
    expect(found).toEqual(image.map((x) => 3 * x * x - Math.abs(x) / 4));
  });
});

describe('derivatives of functions', () => {
  const functions = {
    swish,
    mish: 'fn mish(x) = x * tanh(log(1 + exp(x)))',
    huber: 'fn huber(x, d = 0.3) = if abs(x) < d { x ^ 2 / 2 } else { d * (abs(x) - d / 2) }',
    bounded: 'fn clamp(x, low, high) = min(max(x, low), high)\nfn bounded(x) = clamp(x + 0.03, -0.5, 0.5) * x',
    rational: 'fn rational(x) = (x ^ 3 - 2 * x) / sqrt(1 + x ^ 2)',
    gated: 'fn gate(a, b) = a * sigmoid(b)\nfn gated(x) = gate(x, exp(-x))',
  };

  test.each(Object.entries(functions))('%s agree with central differences', (name, text) => {
    const body = `a = image -> conv(3, 3x3)\ny = a -> ${name} -> conv(2, 3x3)`;
    for (const { relativeError } of checkGradients(elaborated(network(body, text))))
      expect(relativeError).toBeLessThan(1e-6);
  });

  test('by both of two tensors', () => {
    const body = 'a = image -> conv(3, 3x3)\nb = image -> conv(3, 3x3)\ny = gate(a, b)';
    const checks = checkGradients(elaborated(network(body, 'fn gate(a, b) = a * sigmoid(b)')));
    expect(checks.map(({ parameter }) => parameter)).toEqual(expect.arrayContaining(['a.weight', 'b.weight']));
    for (const { relativeError } of checks) expect(relativeError).toBeLessThan(1e-6);
  });

  test('are shown', () => {
    const report = gradientReport(elaborated(network('a = image -> conv(3, 3x3)\ny = a -> swish', swish)));
    expect(report).toContain('d.a[k, i, j] = d.y[k, i, j] * (sigmoid(');
  });
});
