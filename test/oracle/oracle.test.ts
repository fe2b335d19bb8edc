/**
 * @file Is the oracle itself sound? The stored numbers are checked against mathematics that does not come from PyTorch
 * (output sizes, Euler's theorem, sums that must vanish), and the generator against its twin. `npm run oracle` compares
 * them with what the scripts write now.
 */

import { describe, expect, test } from 'vitest';
import { OPERATORS } from '../../src/ops/registry.ts';
import {
  type Checksum,
  CURVES,
  curveFile,
  type OperatorCase,
  type OracleTensor,
  operatorCases,
  optimizerCases,
} from './cases.ts';
import { expectSame } from './compare.ts';
import { imageBatch, initialParameter, sizeOf, stream } from './inputs.ts';

const cases = operatorCases();
/** What PyTorch draws cannot be drawn here. */
const RANDOM = ['dropout', 'spatialdropout', 'stochasticdepth'];
const ofOperators = (...names: string[]) => cases.filter((item) => names.includes(item.op));

function dot(a: OracleTensor, b: OracleTensor): number {
  return a.data.reduce((sum, value, index) => sum + value * b.data[index]!, 0);
}

function checksum(values: Float32Array): Checksum {
  let sum = 0;
  let sumOfSquares = 0;
  for (const value of values) {
    sum += value;
    sumOfSquares += value * value;
  }
  return { sum, sumOfSquares, first: [...values.subarray(0, 8)] };
}

function tensorsOf(item: OperatorCase): OracleTensor[] {
  const named = [item.parameters, item.gradients.parameters, item.buffers ?? {}, item.buffersAfter ?? {}];
  return [
    item.output,
    item.dy,
    ...item.inputs,
    ...item.gradients.inputs,
    ...named.flatMap((map) => Object.values(map)),
  ];
}

describe('cases of operators', () => {
  test('covers every operator, each case under its own name', () => {
    expect(new Set(cases.map((item) => item.name)).size).toBe(cases.length);
    const missing = OPERATORS.filter(({ name, kind }) => kind !== 'metric' && !cases.some(({ op }) => op === name));
    expect(missing.map(({ name }) => name)).toEqual(RANDOM);
  });

  test.each(cases.map((item) => [item.name, item] as const))('%s has consistent shapes', (_, item) => {
    for (const tensor of tensorsOf(item)) {
      expect(tensor.data.length).toBe(sizeOf(tensor.shape));
      expect(tensor.data.every(Number.isFinite)).toBe(true);
    }
    expect(item.dy.shape).toEqual(item.output.shape);
    expect(item.gradients.inputs.map((tensor) => tensor.shape)).toEqual(item.inputs.map((tensor) => tensor.shape));
    for (const [name, tensor] of Object.entries(item.parameters))
      expect(item.gradients.parameters[name]!.shape).toEqual(tensor.shape);
  });

  test('everything given is exact in f32', () => {
    for (const item of cases) {
      const given = [...item.inputs, item.dy, ...Object.values(item.parameters), ...Object.values(item.buffers ?? {})];
      for (const value of given.flatMap((tensor) => tensor.data)) expect(Math.fround(value)).toBe(value);
    }
  });

  test.each(ofOperators('conv', 'maxpool', 'avgpool').map((item) => [item.name, item] as const))(
    '%s has the size that its attributes give',
    (_, item) => {
      const size = item.inputs[0]!.shape.slice(2).map((extent, axis, { length }) =>
        outputExtent(item.attributes, extent, axis, length),
      );
      expect(item.output.shape.slice(2)).toEqual(size);
    },
  );

  // f(t·x) = t·f(x) has <df/dx, x> = f(x) (Euler), so that <dx, x> = <dy, y>, whatever computed them.
  test.each(
    ofOperators('maxpool', 'avgpool', 'globalavgpool', 'flatten', 'add', 'sub', 'concat', 'relu', 'leakyrelu').map(
      (item) => [item.name, item] as const,
    ),
  )('%s obeys Euler', (_, item) => {
    const fromInputs = item.inputs.reduce((sum, x, index) => sum + dot(x, item.gradients.inputs[index]!), 0);
    expect(fromInputs).toBeCloseTo(dot(item.dy, item.output), 10);
  });

  test.each(ofOperators('conv', 'dense').map((item) => [item.name, item] as const))(
    '%s obeys Euler in inputs and in weights',
    (_, item) => {
      const { weight, bias } = item.parameters;
      const fromBias = bias ? dot(bias, item.gradients.parameters.bias!) : 0;
      const linear = dot(item.dy, item.output) - fromBias;
      expect(dot(item.inputs[0]!, item.gradients.inputs[0]!)).toBeCloseTo(linear, 10);
      expect(dot(weight!, item.gradients.parameters.weight!)).toBeCloseTo(linear, 10);
    },
  );

  test('gradients of softmax sum to zero over the classes', () => {
    for (const item of ofOperators('softmax')) {
      const gradient = item.gradients.inputs[0]!;
      const classes = gradient.shape[1]!;
      for (let row = 0; row < gradient.shape[0]!; row++) {
        const values = gradient.data.slice(row * classes, (row + 1) * classes);
        expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 12);
      }
    }
  });

  test('batch norm in training hands back a gradient with no mean over batch and map', () => {
    for (const item of ofOperators('batchnorm').filter((candidate) => candidate.attributes.training)) {
      const { shape, data } = item.gradients.inputs[0]!;
      const area = sizeOf(shape.slice(2));
      const sums = new Array<number>(shape[1]!).fill(0);
      for (const [index, value] of data.entries()) sums[Math.floor(index / area) % shape[1]!]! += value;
      for (const sum of sums) expect(sum).toBeCloseTo(0, 10);
      expect(item.buffersAfter).not.toEqual(item.buffers);
    }
  });

  test('cases named "ties" do tie', () => {
    const tied = cases.filter((item) => item.name.endsWith('ties'));
    expect(tied.length).toBeGreaterThan(1);
    for (const item of tied) expect(new Set(item.inputs[0]!.data).size).toBeLessThanOrEqual(3);
  });
});

describe('losses on classes', () => {
  // Scores may all be shifted by a constant: the gradient sums to 0 over the classes at every place.
  test.each(ofOperators('crossentropy', 'focal', 'hinge').map((item) => [item.name, item] as const))(
    'the gradient of %s sums to zero over the classes, and is zero where the label is ignored',
    (_, item) => {
      const [batch, classes, ...size] = item.inputs[0]!.shape as [number, number, ...number[]];
      const places = sizeOf(size);
      const { data } = item.gradients.inputs[0]!;
      expect(item.labels!.length).toBe(batch * places);
      for (let n = 0; n < batch * places; n++) {
        const first = Math.floor(n / places) * classes * places + (n % places);
        const values = Array.from({ length: classes }, (_, k) => data[first + k * places]!);
        expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 12);
        if (item.labels![n] === item.ignore) expect(values.every((value) => value === 0)).toBe(true);
      }
    },
  );

  test('more is found among the first three than among the first', () => {
    const [first, three] = ['topk 1', 'topk 3'].map((name) => cases.find((item) => item.name === name)!);
    expect(three!.output.data[0]).toBeGreaterThan(first!.output.data[0]!);
  });
});

/** The size of a convolution or pool along one of its axes by the formulas of the language reference. */
function outputExtent(attributes: OperatorCase['attributes'], extent: number, axis: number, axes: number): number {
  const along = (name: string) => {
    const sizes = [attributes[name] ?? 1].flat() as number[];
    return sizes[axis] ?? sizes[0]!;
  };
  const reach = along('dilation') * (along('kernel') - 1) + 1;
  const stride = along('stride');
  if (attributes.pad === 'same') return Math.ceil(extent / stride);
  const words: Record<string, readonly number[]> = { valid: [0], full: [reach - 1], causal: [reach - 1, 0] };
  const pad = attributes.pad as string | number | number[];
  const sides = typeof pad === 'string' ? words[pad]! : [pad].flat();
  const isPair = axes === 2 && sides.length === 2;
  const before = sides[sides.length === 1 || axes === 1 ? 0 : axis]!;
  const after = isPair ? before : (sides[axis + axes] ?? before);
  const steps = (extent + before + after - reach) / stride;
  if (!attributes.ceil) return Math.floor(steps) + 1;
  const windows = Math.ceil(steps) + 1;
  return (windows - 1) * stride >= extent + before ? windows - 1 : windows;
}

describe('optimizers.json', () => {
  test.each(optimizerCases().map((item) => [item.name, item] as const))('%s is complete', (_, item) => {
    expect(item.after.length).toBe(item.gradients.length);
    expect(item.learningRates.length).toBe(item.gradients.length);
    for (const values of item.after) expect(values.length).toBe(item.start.length);
  });

  test('plain gradient descent, by hand', () => {
    const { start, gradients, learningRates, after } = optimizerCases().find((item) => item.name === 'sgd')!;
    let values = [...start];
    for (const [step, gradient] of gradients.entries()) {
      values = values.map((value, index) => value - learningRates[step]! * gradient[index]!);
      for (const [index, value] of values.entries()) expect(after[step]![index]).toBeCloseTo(value, 14);
    }
  });
});

describe.each(CURVES)('curves-%s.json', (name) => {
  const file = curveFile(name);

  test('the stream of inputs.ts is that of stream.py', () => {
    const next = stream(file.samples.stream.seed);
    expect(file.samples.stream.first.map(() => next())).toEqual(file.samples.stream.first);
  });

  test('images and labels are the same on both sides', () => {
    const { images, labels } = imageBatch(file.images, 0, file.samples.images.length);
    const size = sizeOf(file.images.shape);
    expect([...labels]).toEqual(file.samples.labels);
    for (const [index, wanted] of file.samples.images.entries())
      expect(checksum(images.subarray(index * size, (index + 1) * size))).toEqual(wanted);
  });

  test('initial weights are the same on both sides', () => {
    for (const rule of file.parameters) {
      const wanted = file.samples.parameters[rule.name]!;
      const found = checksum(initialParameter(rule));
      expect(found.first).toEqual(wanted.first);
      expect(found.sum).toBeCloseTo(wanted.sum, 9);
      expect(found.sumOfSquares).toBeCloseTo(wanted.sumOfSquares, 9);
    }
  });

  test.each(file.runs.map((run) => [run.name, run] as const))(
    '%s trains, and rounding does not lead it astray',
    (_, run) => {
      const steps = run.batches.length;
      expect([steps, run.losses64.length, run.losses32.length]).toEqual(Array(3).fill(steps === 20 ? 20 : 5));
      for (const [step, loss] of run.losses64.entries())
        expect(Math.abs(run.losses32[step]! - loss) / loss).toBeLessThan(1e-5);
      // Five steps are too few to learn by, but not too few to move.
      if (steps === 20) expect(run.losses64.at(-1)!).toBeLessThan(run.losses64[0]! * 0.7);
      else expect(Math.max(...run.losses64) / Math.min(...run.losses64)).toBeGreaterThan(1.05);
      expect(Object.keys(run.final)).toEqual(file.parameters.map((rule) => rule.name));
      expect(Object.keys(run.firstGradients)).toEqual(file.parameters.map((rule) => rule.name));
    },
  );
});

describe('comparing with numbers made again', () => {
  const file = (weight: number, bias: number) => ({ firstGradients: { weight: { sum: weight }, bias: { sum: bias } } });

  test('what is 0 but for rounding has the scale of the gradients around it', () => {
    expectSame(file(2, 3e-17), file(2, -1e-17), 1e-12, 'rounding');
    expectSame({ values: [1, 2e-17] }, { values: [1, -2e-17] }, 1e-12, 'rounding');
  });

  test('a difference is found', () => {
    expect(() => expectSame(file(2, 1e-9), file(2, 0), 1e-12, 'bias')).toThrow('bias.firstGradients.bias');
    expect(() => expectSame(file(2 + 1e-9, 0), file(2, 0), 1e-12, 'weight')).toThrow('weight.firstGradients.weight');
    expect(() => expectSame({ values: [1] }, { values: [1, 2] }, 1e-12, 'short')).toThrow('short.values');
  });
});
