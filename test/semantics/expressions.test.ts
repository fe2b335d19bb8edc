import { describe, expect, test } from 'vitest';
import { diagnosed, elaborated, network, places } from './elaborated.ts';
import { evaluateGraph } from './evaluate-graph.ts';

describe('constants', () => {
  test.each([
    ['1 + 2 * 3', 7],
    ['2 ^ 3 ^ 2', 512],
    ['-7 % 3', 2],
    ['7 / 2 - floor(7 / 2)', 0.5],
    ['max(2, 3) + min(2, 3) + round(2.6) + ceil(0.2)', 9],
    ['sqrt(16) + abs(-1)', 5],
    ['if 2 > 1 and not (1 >= 2) or 1 == 2 { 10 } else { 1 / 0 }', 10],
    ['[16, 32, 64][1] + [1, 2].length', 34],
    ['if 3x3 == 3x3 and [1, 2] != [1, 3] and "a" == "a" { 1 } else { 2 }', 1],
  ])('%s is %d', (expression, expected) => {
    const text = `value = ${expression}\n${network(`assert value == ${expected}\n y = image -> relu`)}`;
    expect(places(text, diagnosed(text).diagnostics)).toEqual([]);
    const wrong = text.replace(`value == ${expected}`, `value == ${expected + 1}`);
    expect(places(wrong, diagnosed(wrong).diagnostics)).toEqual([`CNN2042 at 'value == ${expected + 1}'`]);
  });

  test('shapes are constants', () => {
    const body = `y = image -> conv(3, 3x1)
      assert y.channels == 3 and y.height == 6 and y.width == 8 and y.shape == [3, 6, 8] and y.shape[1] == 6
      assert label.classes == classes and label.shape == [10]`;
    expect(diagnosed(network(body)).diagnostics).toEqual([]);
  });

  test.each([
    ['y = image -> conv(image.shape[3], 3x3)', "CNN2037 at '3'"],
    ['y = image -> conv(1 < 2, 3x3)', "CNN2023 at '1 < 2'"],
    ['y = if 1 == true { image } else { image -> relu }', "CNN2032 at 'true'"],
    ['y = if 1 and true { image } else { image -> relu }', "CNN2033 at '1'"],
    ['y = image % 2', "CNN2032 at 'image'"],
    ['y = image ^ "2"', `CNN2032 at '"2"'`],
    ['y = relu ^ 2', "CNN2032 at 'relu'"],
    ['y = image + "1"', `CNN2032 at '"1"'`],
    ['y = floor(image)', "CNN2032 at 'image'"],
    ['y = exp(image, image)', "CNN2021 at 'exp(image, image)'"],
    ['y = -relu', "CNN2032 at 'relu'"],
    ['y = max(image, image -> maxpool(2))', "CNN3005 at 'max(image, image -> maxpool(2))'"],
    ['y = image -> exp(2)', "CNN2021 at 'exp(2)'"],
    ['y = if [image] == [image] { image } else { image -> relu }', "CNN2033 at '[image] == [image]'"],
    ['y = if [[1], [relu]] == [[1], [relu]] { image } else { image -> relu }', "CNN2032 at '[[1], [relu]]'"],
  ])('%s is refused', (body, place) => {
    const text = network(body);
    expect(places(text, diagnosed(text).diagnostics)).toEqual([place]);
  });
});

test('lists that double are compared soon', () => {
  const double = (name: string) =>
    Array.from({ length: 40 }, (_, k) => `${name}${k + 1} = [${name}${k}, ${name}${k}]`).join('\n');
  const lists = `a0 = [1]\nb0 = [1]\nc0 = [2]\n${double('a')}\n${double('b')}\n${double('c')}\n`;
  const text = `${lists}${network('assert a40 == a40 and a40 == b40 and a40 != c40\n y = image -> relu')}`;
  expect(diagnosed(text).diagnostics).toEqual([]);
});

/** `y` for one image of two pixels, 1 and 4, and a second one, 2 and 0; a class target of 2. */
function computed(expression: string): number[][] {
  const text = `network T {
    input image: [2]
    target label: class(2)
    y = ${expression}
    loss mean(sum(y)) + crossentropy(image, label)
    output y
  }`;
  const { graph } = elaborated(text).training;
  return evaluateGraph(
    graph,
    {
      image: [
        [1, 4],
        [2, 0],
      ],
      label: [[0], [1]],
    },
    'y',
  );
}

describe('tensors', () => {
  test.each([
    ['2 * image', '2 8 | 4 0'],
    ['1 - image', '0 -3 | -1 1'],
    ['image - 1', '0 3 | 1 -1'],
    ['2 / (image + 1)', '1 0.4 | 0.6666666666666666 2'],
    ['image / 4', '0.25 1 | 0.5 0'],
    ['-image', '-1 -4 | -2 0'],
    ['image ^ 3', '1 64 | 8 0'],
    ['image * image + image', '2 20 | 6 0'],
    ['image + label', '2 4 | 2 1'],
    ['sqrt(image)', '1 2 | 1.4142135623730951 0'],
    ['max(image, 1.5)', '1.5 4 | 2 1.5'],
    ['image -> max(1.5)', '1.5 4 | 2 1.5'],
    ['image -> abs', '1 4 | 2 0'],
    ['sum(image)', '5 | 2'],
    ['mean(image)', '2.5 | 1'],
    ['sum(label)', '1 | 1'],
    ['image - mean(image)', '-1.5 1.5 | 1 -1'],
    ['image * mean(mean(image))', '1.75 7 | 3.5 0'],
    ['concat(image, -image)', '1 4 -1 -4 | 2 0 -2 0'],
    ['image -> concat(image)', '1 4 1 4 | 2 0 2 0'],
  ])('%s', (expression, expected) => {
    const images = expected.split(' | ').map((image) => image.split(' ').map(Number));
    const found = computed(expression);
    expect(found.map((image) => image.length)).toEqual(images.map((image) => image.length));
    images.flat().forEach((value, k) => {
      expect(found.flat()[k]).toBeCloseTo(value, 12);
    });
  });
});

describe('losses', () => {
  const loss = (expression: string) => {
    const text = `network T {
      input image: [2]
      target label: class(2)
      y = image * 2
      loss ${expression}
      metric other = sum(image) + sum(label)
      output y
    }`;
    const { graph } = elaborated(text).training;
    return evaluateGraph(
      graph,
      {
        image: [
          [1, 4],
          [2, 0],
        ],
        label: [[0], [1]],
      },
      'loss',
    )[0]![0]!;
  };
  const entropy = (Math.log(Math.exp(2) + Math.exp(8)) - 2 + Math.log(Math.exp(4) + 1)) / 2;

  test('weighted sums', () => {
    expect(loss('crossentropy(y, label)')).toBeCloseTo(entropy, 12);
    const squares = (1 + 64 + 16 + 1) / 4;
    expect(loss('crossentropy(y, label) + 0.3 * mse(y, label)')).toBeCloseTo(entropy + 0.3 * squares, 12);
  });

  test('any expression of one number, meaned over the batch', () => {
    const halfSquares = (1 + 64 + 16 + 1) / 2 / 2;
    expect(loss('mse(y, label, reduction: half)')).toBeCloseTo(halfSquares, 12);
    expect(loss('mean(sum((label - y)^2) / 2)')).toBeCloseTo(halfSquares, 12);
    expect(loss('sum((label - y)^2) / 2')).toBeCloseTo(halfSquares, 12);
  });
});
