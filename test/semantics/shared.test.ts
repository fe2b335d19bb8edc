import { describe, expect, test } from 'vitest';
import { checkGradients } from '../../src/check/check-gradients.ts';
import { compileSource } from '../../src/compile.ts';
import { elaborated, network, parameterNames } from './elaborated.ts';

const block = `block Embed(n) {
  main = in -> conv1: conv(n, 3x3, pad: 1) -> bn1: batchnorm -> relu
  return main + (in -> "skip.0": conv(n, 1x1))
}`;

describe('what is declared once and applied twice', () => {
  const body = 'embed = Embed(3)\na = image -> embed\nb = -image -> embed\ny = abs(a - b)';

  test('is one set of weights, of a block too', () => {
    const names = parameterNames(elaborated(network(body, block)));
    expect(names.filter((name) => !name.startsWith('head.'))).toEqual([
      'embed.conv1.weight',
      'embed.conv1.bias',
      'embed.bn1.weight',
      'embed.bn1.bias',
      'embed.skip.0.weight',
      'embed.skip.0.bias',
    ]);
  });

  test('gets the gradients of both applications', () => {
    const twice = 'embed = conv(3, 3x3)\na = image -> embed -> tanh\nb = image -> maxpool(1) -> embed\ny = a * b';
    for (const text of [network(body, block), network(twice)]) {
      const checks = checkGradients(elaborated(text));
      expect(checks.filter(({ parameter }) => parameter.startsWith('embed')).length).toBeGreaterThan(1);
      for (const { relativeError } of checks) expect(relativeError).toBeLessThan(1e-6);
    }
  });

  test('works for blocks with shared layers of their own', () => {
    const inner = 'block Twice(n) { once = conv(n, 3x3, pad: 1) return in -> once -> relu -> once }';
    const { states } = elaborated(network('t = Twice(2)\na = image -> t\ny = a -> t', inner));
    expect(states.map(({ name }) => name).filter((name) => name.startsWith('t.'))).toEqual([
      't.once.weight',
      't.once.bias',
    ]);
  });
});

describe('`for`', () => {
  test('rebinds names of the body around it, over lists of lists too', () => {
    const text = network(`x = image -> relu
  count = 0
  for row in [[4, 1], [8, 2]] {
    x = x -> "stage.0": repeat(row[1]) conv(row[0], 3x3, pad: 1)
    count = count + row[1]
  }
  y = x -> repeat(count) tanh`);
    const { training } = elaborated(text);
    expect(training.layers.filter(({ operator }) => operator === 'tanh')).toHaveLength(3);
    const convolutions = training.layers.filter(({ operator }) => operator === 'conv');
    expect(convolutions.map(({ name, output }) => `${name} ${output.shape[0]}`)).toEqual([
      'stage.0 4',
      'stage.1 8',
      'stage.2 8',
    ]);
  });

  test('may run over a parameter that the command line sets', () => {
    const text =
      'network N(n = 2, wide = false) {\ninput image: [1, 8, 8]\ntarget label: class(3)\n' +
      'x = image -> relu\nfor width in if wide { [8, 8, 8] } else { [4] } { x = x -> repeat(n) conv(width, 1x1) }\n' +
      'loss crossentropy(x -> dense(3), label)\noutput x }';
    const count = (set: Record<string, number | boolean>) =>
      compileSource(text, 'a.cnn', { set }).elaboration!.training.layers.filter(({ operator }) => operator === 'conv')
        .length;
    expect([count({}), count({ n: 5 }), count({ wide: true, n: 1 })]).toEqual([2, 5, 3]);
  });
});
