import { describe, expect, it } from 'vitest';
import { advise } from '../../src/analysis/advise.ts';
import { compileSource } from '../../src/compile.ts';
import { adviceCodes } from '../../src/diagnostics/codes-5xxx-advice.ts';

/** Codes of the advice on a network; every place must be the text that is expected there. */
function advice(body: string, settings = '', input = '[3, 32, 32]', items = ''): { code: string; at: string }[] {
  const text = `${items}
  network N {
    input image: ${input}
    target label: class(10)
    ${body}
    output y
  }
  train N { data digits ${settings} }`;
  const { elaboration, diagnostics } = compileSource(text, 'test.cnn');
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return advise(elaboration!).map(({ code, span }) => ({ code, at: text.slice(span!.start, span!.end) }));
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
    expect(codes('y = image -> dense(10)\n loss crossentropy(softmax(y), label)')).toEqual(['CNN5004']);
    expect(codes('y = image -> dense(10)\n loss focal(softmax(y), label)')).toEqual(['CNN5004']);
    expect(advice('y = image -> dense(10)\n p = y -> sigmoid\n loss bce(p, label)')).toEqual([
      { code: 'CNN5004', at: 'sigmoid' },
    ]);
    expect(codes('y = image -> dense(10)\n loss mse(sigmoid(y), label)')).toEqual([]);
    const right = 'y = image -> dense(10)\n loss crossentropy(y, label)\n output p = softmax(y)';
    expect(codes(right)).toEqual([]);
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
    const { elaboration } = compileSource(text, 'test.cnn');
    expect(advise(elaboration!).map(({ code }) => code)).toEqual(['CNN5001']);
  });

  it('is never an error', () => {
    expect(Object.values(adviceCodes).every(({ severity }) => severity !== ('error' as string))).toBe(true);
  });
});
