/** @file Formulas that once gave wrong values, and arguments that once were dropped. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkGradients } from '../../src/check/check-gradients.ts';
import { compileSource } from '../../src/compile.ts';
import { loadModule } from '../support/load-module.ts';

const textOf = (name: string) => readFileSync(new URL(`inputs/${name}.cnn`, import.meta.url), 'utf8');
const TARGETS = ['js', 'wasm'] as const;

/** For topk-ties. */
const BATCH = { images: Float32Array.from([1, 1, 1, 1, 1, 1, 2, 3, 4, 5]), labels: Int32Array.from([4, 0]) };

async function trainerOf(source: string, target: 'js' | 'wasm') {
  const { createTrainer } = await loadModule(source, { target });
  return createTrainer({ seed: 1, relaxedSimd: false });
}

function codesOf(source: string): string[] {
  return compileSource(source, 'test.cnn').diagnostics.flatMap(({ code, severity }) =>
    severity === 'error' ? [code] : [],
  );
}

describe.each(TARGETS)('by %s', (target) => {
  it('powers have any whole exponent', async () => {
    const trainer = await trainerOf(textOf('powers'), target);
    trainer.parameters.get('s.a')!.data.fill(1);
    const b = [-2, -1, -0.5, 0, 1, 2];
    const outputs = trainer.predictAll(Float32Array.from(b));
    for (const exponent of [0, 2, 3, 16, 17, 18])
      expect([...outputs.get(`p${exponent}`)!], `exponent ${exponent}`).toEqual(b.map((x) => x ** exponent));
    b.forEach((x, k) => {
      const wanted = (x + 0.25) ** -3;
      expect(Math.abs(outputs.get('n3')![k]! - wanted)).toBeLessThan(1e-6 * Math.abs(wanted));
    });
  });

  it('of equal scores the first is the largest, for `accuracy` and `topk`', async () => {
    const trainer = await trainerOf(textOf('topk-ties'), target);
    trainer.parameters.get('d.weight')!.data.fill(0);
    const { correct, metrics } = trainer.evaluate(BATCH);
    expect([correct, metrics!.top1, metrics!.top3]).toEqual([1, 0.5, 0.5]);
  });

  it('a score that is NaN is right nowhere', async () => {
    const metrics = ['recall', 'confusion', 'iou'].map((name) => `metric ${name}(s, t)`).join('\n  ');
    const source = textOf('topk-ties').replace('loss crossentropy(s, t)', `loss mean(x)\n  ${metrics}`);
    const trainer = await trainerOf(source, target);
    // The score of class 0 is NaN for all images.
    trainer.parameters.get('d.weight')!.data.fill(0).fill(Number.NaN, 0, 5);
    const { correct, metrics: found } = trainer.evaluate(BATCH);
    expect([correct, found!.top1, found!.top3, found!.iou]).toEqual([0, 0, 0, 0]);
    expect(found!.recall).toEqual([0, Number.NaN, Number.NaN, Number.NaN, 0]);
    expect(found!.confusion).toEqual(Array.from({ length: 5 }, () => [0, 0, 0, 0, 0]));
  });

  it('weights that are only added start as `init` says, biases as `bias_init`', async () => {
    const { parameters } = await trainerOf(textOf('init-of-added'), target);
    expect([...parameters.get('moved.b')!.data]).toEqual([3, 3, 3, 3]);
    expect([...parameters.get('layer.factor')!.data]).toEqual(new Array(4).fill(Math.fround(1e-6)));
    expect([...parameters.get('rezero.alpha')!.data]).toEqual([0]);
  });
});

it('refuses an output padding that no kernel reaches', () => {
  expect(codesOf(textOf('output-padding'))).toEqual(['CNN2024']);
  expect(codesOf(textOf('output-padding').replace('output_padding: 2', 'output_padding: 1'))).toEqual([]);
});

describe('labels that f32 cannot tell apart', () => {
  const network = (type: string) =>
    `network N { input x: [3]  target t: ${type}  y = x -> dense(3)  loss crossentropy(y, t)  output y }`;

  it.each([
    ['class(3, ignore: 16777217)', ['CNN2038']],
    ['class(3, ignore: -16777217)', ['CNN2038']],
    ['class(3, ignore: 16777216)', []],
    ['class(3, ignore: -100)', []],
  ])('%s', (type, codes) => {
    expect(codesOf(network(type))).toEqual(codes);
  });
});

describe('gradients are checked', () => {
  const checks = (body: string, before = '') => {
    const source = `${before}\nnetwork N { input x: [4]\n${body}\noutput y }`;
    const { elaboration, diagnostics } = compileSource(source, 'test.cnn');
    if (!elaboration) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
    // As many images as there are lanes.
    return checkGradients(elaboration, { count: 8 });
  };

  it('and a wrong one is caught, though the loss has kinks elsewhere', () => {
    // What is detached is taken for a constant: half of the derivative is missing.
    const [found] = checks('y = x -> dense(3, bias: false)\nloss sum(y * detach(y)) + sum(abs(y))');
    expect(found!.relativeError).toBeGreaterThan(0.1);
    expect(found!.checked).toBe(12);
  });

  it('not where the loss has a kink', () => {
    // Weights that start at a constant are not moved: every y is 1.
    const shift = 'op shift(x[k], b[k]) -> y[k] = b[k] + x[k] - x[k]';
    const [found] = checks('y = x -> shift(init: constant(1))\nloss sum(max(3 * y - 3, 1 - y))', shift);
    expect(found).toMatchObject({ checked: 0, kinks: 4, notFinite: 0, relativeError: 0 });
  });

  it('at other inputs where the loss has no value', () => {
    const [found] = checks(
      'y = x -> scaled(init: ones)\nloss sum(log(y))',
      'op scaled(x[k], a[k]) -> y[k] = x[k] * a[k]',
    );
    expect(found!.checked).toBe(4);
    expect(found!.relativeError).toBeLessThan(1e-6);
  });

  it('not where it has none at any', () => {
    const [found] = checks('y = x -> dense(2)\nloss sum(sqrt(-1 - y ^ 2))');
    expect(found).toMatchObject({ checked: 0, kinks: 0, relativeError: 0 });
    expect(found!.notFinite).toBeGreaterThan(0);
  });
});
