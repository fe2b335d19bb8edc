import { describe, expect, it } from 'vitest';
import { compileSource } from '../../src/compile.ts';

/** Codes of the first rules on a network; every place must be the text that is expected there. */
function advice(body: string, settings = '', input = '[3, 32, 32]', items = ''): { code: string; at: string }[] {
  const text = `${items}
  network N {
    input image: ${input}
    target label: class(10)
    ${body}
    output y
  }
  train N { data digits ${settings} }`;
  const { diagnostics } = compileSource(text, 'test.cnn');
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return diagnostics
    .filter(({ code }) => code.startsWith('CNN5') && code <= 'CNN5011')
    .map(({ code, span }) => ({ code, at: text.slice(span!.start, span!.end) }));
}

const codes = (...args: Parameters<typeof advice>) => advice(...args).map(({ code }) => code);
const head = '-> flatten -> dense(10)\n loss crossentropy(y, label)';

describe('advice', () => {
  it('a bias before batch norm', () => {
    expect(advice(`y = image -> conv(4, 3x3) -> batchnorm -> relu ${head}`)).toEqual([
      { code: 'CNN5001', at: 'conv(4, 3x3)' },
    ]);
    expect(codes(`y = image -> conv(4, 3x3, bias: false) -> batchnorm -> relu ${head}`)).toEqual([]);
    expect(codes(`y = image -> conv(4, 3x3) -> relu -> batchnorm ${head}`)).toEqual([]);
    expect(codes(`y = image -> conv(4, 3x3) -> instancenorm ${head}`)).toEqual(['CNN5001']);
    // Its bias differs from place to place, and batch norm subtracts one number per channel.
    expect(codes(`y = image -> local(4, 3x3, stride: 3) -> batchnorm -> relu ${head}`)).toEqual([]);
    const shared = `x = image -> conv(4, 3x3)\n y = (x -> batchnorm) + x ${head}`;
    expect(codes(shared.replace('+ x', '+ x -> relu'))).toEqual([]);
  });

  it('equal initial weights of a hidden layer', () => {
    const deep = 'y = image -> dense(20) -> relu -> dense(10)\n loss crossentropy(y, label)';
    expect(advice(deep, 'init zeros')).toEqual([{ code: 'CNN5002', at: 'dense(20)' }]);
    expect(codes(deep, 'init ones')).toEqual(['CNN5002']);
    expect(codes(deep, 'init xavier')).toEqual([]);
    const scaled = 'y = image -> conv(4, 3x3) -> layernorm -> relu -> dense(10)\n loss crossentropy(y, label)';
    expect(codes(scaled)).toEqual([]);
    const perChannel = 'op scaled(x[c, h, w], scale[c, p, q]) -> y[c, h, w] = x[c, h, w] * scale[c, 0, 0]';
    const stretched =
      'y = image -> conv(4, 3x3) -> scaled(p: 1, q: 1, init: ones) -> dense(10)\n loss crossentropy(y, label)';
    expect(codes(stretched, '', '[3, 32, 32]', perChannel)).toEqual([]);
    // One layer: logistic regression may start anywhere.
    expect(codes('y = image -> dense(10)\n loss crossentropy(y, label)', 'init zeros')).toEqual([]);
  });

  it('saturating activations in a row', () => {
    const stack = (activation: string, depth: number) =>
      `y = image ${`-> dense(8) -> ${activation} `.repeat(depth)} -> dense(10)\n loss crossentropy(y, label)`;
    expect(codes(stack('sigmoid', 3))).toEqual([]);
    expect(advice(stack('sigmoid', 4))).toEqual([{ code: 'CNN5003', at: 'sigmoid' }]);
    expect(codes(stack('tanh', 4))).toEqual([]);
    expect(codes(stack('tanh', 9))).toEqual(['CNN5003']);
    expect(codes(stack('relu', 9))).toEqual([]);
    expect(codes(stack('layernorm -> sigmoid', 6))).toEqual([]);
    expect(codes(`${stack('batchnorm -> sigmoid', 6).replaceAll('dense(8)', 'dense(8, bias: false)')}`)).toEqual([]);
  });

  it('softmax before cross-entropy', () => {
    expect(advice('y = image -> dense(10)\n p = y -> softmax\n loss crossentropy(p, label)')).toEqual([
      { code: 'CNN5004', at: 'softmax' },
    ]);
    expect(advice('y = image -> dense(10)\n loss crossentropy(softmax(y), label)')).toEqual([
      { code: 'CNN5004', at: 'softmax(y)' },
    ]);
    expect(codes('y = image -> dense(10)\n loss focal(softmax(y), label)')).toEqual(['CNN5004']);
    expect(advice('y = image -> dense(10)\n p = y -> sigmoid\n loss bce(p, label)')).toEqual([
      { code: 'CNN5004', at: 'sigmoid' },
    ]);
    expect(codes('y = image -> dense(10)\n loss mse(sigmoid(y), label)')).toEqual([]);
    const right = 'y = image -> dense(10)\n loss crossentropy(y, label)\n output p = softmax(y)';
    expect(codes(right)).toEqual([]);
  });

  describe('scores', () => {
    const layers = 'z = image -> conv(10, 3x3)\n y = z';
    const losses = {
      crossentropy: 'crossentropy(y, label)',
      'crossentropy, smoothed': 'crossentropy(y, label, smoothing: 0.1)',
      focal: 'focal(y, label)',
      hinge: 'hinge(y, label)',
      kldiv: 'kldiv(y, label)',
      bce: 'bce(y, label)',
      'a sum': '0.1 * mean(z ^ 2) + focal(y, label)',
    };
    const ways = [
      '-> globalavgpool',
      '-> dropout(10%) -> mean(axes: spatial)',
      '-> reshape([10, 900, 1]) -> maxpool(900x1) -> flatten',
    ];
    const found = (squeeze: string, way: string, loss: string) =>
      codes(`${layers} ${squeeze} ${way}\n loss ${loss}`).filter((code) => code !== 'CNN5005');

    for (const [name, loss] of Object.entries(losses)) {
      it(`for ${name} are no probabilities, and no bounded numbers, whatever keeps them`, () => {
        for (const squeeze of ['softmax', 'sigmoid', 'hardsigmoid', 'tanh', 'softsign', 'relu6'])
          for (const way of ways)
            expect([squeeze, way, ...found(`-> ${squeeze}`, way, loss)]).toEqual([squeeze, way, 'CNN5004']);
      });

      it(`for ${name} may be of either sign`, () => {
        const direct = (activation: string) =>
          codes(`y = image -> dense(10) -> ${activation}${loss.includes('z') ? '\n z = y' : ''}\n loss ${loss}`);
        for (const activation of ['relu', 'softplus', 'elu', 'silu', 'relu -> dropout(10%)'])
          expect([activation, ...direct(activation)]).toEqual([activation, 'CNN5008']);
        for (const activation of ['leakyrelu', 'prelu', 'layernorm']) expect(direct(activation)).toEqual([]);
        expect(direct('logsoftmax')).toEqual(loss.includes('bce') ? ['CNN5004'] : []);
        // Published networks end like this: the mean over a map of activations.
        expect(found('-> relu', '-> globalavgpool', loss)).toEqual([]);
      });
    }

    it('may be scaled, shifted or learned from bounded numbers', () => {
      const of = (expression: string) =>
        codes(`x = image -> dense(10) -> tanh\n y = ${expression}\n loss crossentropy(y, label)`);
      expect(of('x')).toEqual(['CNN5004']);
      for (const expression of ['20 * x', 'x / 0.05', 'x + (image -> dense(10))', 'x -> dense(10)', 'x -> batchnorm'])
        expect([expression, ...of(expression)]).toEqual([expression]);
      expect(codes('y = image -> dense(10) -> tanh\n loss mse(y, label)')).toEqual([]);
    });

    it('of a softmax are no probabilities either', () => {
      expect(advice('y = image -> dense(10) -> softmax -> dropout -> softmax\n loss mse(y, label)')).toEqual([
        { code: 'CNN5004', at: 'softmax' },
      ]);
      expect(codes('y = image -> dense(10) -> tanh -> softmax\n loss mse(y, label)')).toEqual([]);
    });
  });

  it('layers that are the same for every image', () => {
    const then = '-> relu -> dense(10)\n loss crossentropy(y, label)';
    const pixel = 'y = image -> maxpool(32)';
    expect(advice(`${pixel} -> instancenorm ${then}`)).toEqual([{ code: 'CNN5009', at: 'instancenorm' }]);
    expect(codes(`${pixel} -> groupnorm(3) ${then}`)).toEqual(['CNN5009']);
    expect(codes(`${pixel} -> groupnorm(1) ${then}`)).toEqual([]);
    expect(codes(`${pixel} -> layernorm ${then}`)).toEqual([]);
    expect(codes(`y = image -> dense(1) -> layernorm ${then}`)).toEqual(['CNN5009']);
    expect(codes(`y = image -> conv(1, 3x3) -> layernorm(axes: channels) ${then}`)).toEqual(['CNN5009']);
    expect(codes(`y = image -> conv(1, 3x3) -> layernorm ${then}`)).toEqual([]);
    expect(codes(`${pixel} -> batchnorm ${then}`)).toEqual([]);
    expect(codes(`${pixel} -> batchnorm ${then}`, 'batch 1')).toEqual(['CNN5009']);
    expect(codes(`y = image -> batchnorm ${then}`, 'batch 1')).toEqual([]);
    expect(codes('p = image -> dense(1) -> softmax\n y = p -> dense(10)\n loss crossentropy(y, label)')).toEqual([
      'CNN5009',
    ]);
    expect(codes(`${pixel} -> variance(axes: spatial, unbiased: false) ${then}`)).toEqual(['CNN5009']);
  });

  it('kernels that mostly see padding', () => {
    const on = (size: number, layer: string) =>
      codes(`y = image -> adaptiveavgpool(${size}x${size}) -> ${layer} ${head}`);
    expect(on(2, 'conv(4, 7x7, pad: 3)')).toEqual(['CNN5010']);
    expect(on(1, 'conv(4, 3x3, pad: same)')).toEqual(['CNN5010']);
    expect(on(1, 'depthwise(3x3, pad: same)')).toEqual(['CNN5010']);
    expect(on(2, 'conv(4, 3x3, pad: same, dilation: 8)')).toEqual(['CNN5010']);
    expect(on(2, 'conv(4, 3x3, pad: same)')).toEqual([]);
    expect(on(4, 'conv(4, 7x7, pad: same)')).toEqual([]);
    // Each pixel meets the whole kernel, whose parts lie beside each other in the result.
    expect(on(1, 'convtranspose(4, 4x4)')).toEqual([]);
  });

  it('is about what is computed: the rest is unused, and said to be', () => {
    const text = `side = image -> conv(4, 3x3) -> batchnorm\n y = image ${head}`;
    expect(codes(text)).toEqual([]);
  });

  it('features that see little of the image', () => {
    const pooled = '-> globalavgpool -> dense(10)\n loss crossentropy(y, label)';
    expect(advice(`y = image -> conv(8, 3x3) -> relu ${pooled}`)).toEqual([{ code: 'CNN5005', at: 'globalavgpool' }]);
    expect(codes(`y = image -> conv(8, 16x16) -> relu ${pooled}`)).toEqual([]);
    // Enough in one direction is not enough.
    expect(codes(`y = image -> conv(8, 16x3) -> relu ${pooled}`)).toEqual(['CNN5005']);
  });

  it('dropout before batch norm', () => {
    const right = `y = image -> conv(4, 3x3, bias: false) -> batchnorm -> relu -> dropout(20%) ${head}`;
    expect(codes(right)).toEqual([]);
    const wrong = `y = image -> conv(4, 3x3) -> dropout(20%) -> conv(4, 3x3, bias: false) -> batchnorm -> relu ${head}`;
    expect(advice(wrong)).toEqual([{ code: 'CNN5006', at: 'batchnorm' }]);
  });

  it('dense layers with nothing between', () => {
    const loss = '\n loss crossentropy(y, label)';
    expect(advice(`y = image -> dense(20) -> dense(10)${loss}`)).toEqual([{ code: 'CNN5007', at: 'dense(10)' }]);
    expect(codes(`y = image -> dense(20) -> dropout -> dense(10)${loss}`)).toEqual(['CNN5007']);
    expect(codes(`y = image -> dense(20) -> relu -> dense(10)${loss}`)).toEqual([]);
    // A bottleneck of two factors is a design.
    expect(codes(`y = image -> dense(4) -> dense(10)${loss}`)).toEqual([]);
  });

  it('is told once for a block that is applied often', () => {
    const block = 'y = image -> repeat(3) B(4)';
    const text = `block B(c) { return in -> conv(c, 3x3, pad: same) -> batchnorm -> relu }
      network N { input image: [3, 32, 32]\n target label: class(10)\n ${block} ${head}
 output y }`;
    expect(compileSource(text, 'test.cnn').diagnostics.map(({ code }) => code)).toEqual(['CNN5001']);
  });
});
