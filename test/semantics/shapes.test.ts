/** @file Shapes of what programs compute with operators that change or join them. */
import { describe, expect, test } from 'vitest';
import { elaborated } from './elaborated.ts';

/** The shape of `y`, where `image` is a map [4, 6, 8] and `vector` has 12 elements. */
function shapeOf(body: string): readonly number[] {
  const { inference } = elaborated(`network N(channels = 4, height = 6) {
  input image: [channels, height, 8]
  target label: class(2)
  ${body.includes('vector') ? 'vector = image -> dense(12)' : ''}
  ${body}
  logits = y -> dense(2)
  loss crossentropy(logits, label)
  output y
}`);
  return inference.outputs[0]!.node.shape;
}

describe('shapes of', () => {
  test.each([
    ['y = image -> reshape([2, 12, 8])', [2, 12, 8]],
    ['y = image -> permute([2, 0, 1])', [8, 4, 6]],
    ['y = vector -> permute([0]) -> reshape([3, 2, 2])', [3, 2, 2]],
    ['y = image -> slice(1, 3)', [2, 6, 8]],
    ['y = image -> slice(1, axis: height, step: 2)', [4, 3, 8]],
    ['y = vector -> slice(4)', [8]],
    ['y = image -> split(2, 1, width)', [4, 6, 4]],
    ['y = concat(image -> split(2, 1), image -> split(2, 0))', [4, 6, 8]],
    ['y = concat(image, image -> slice(0, 2, axis: height), axis: height)', [4, 8, 8]],
    ['y = image -> channelshuffle(2) -> pixelshuffle(2)', [1, 12, 16]],
    ['y = image -> pixelunshuffle(2)', [16, 3, 4]],
    ['y = image -> upsample(2)', [4, 12, 16]],
    ['y = image -> upsample(3x1, bilinear)', [4, 18, 8]],
    ['y = image -> upsample(size: 5x9, mode: bilinear, align_corners: true)', [4, 5, 9]],
    ['y = image -> mean(axes: spatial)', [4]],
    ['y = image -> sum(axes: channels, keepdims: true)', [1, 6, 8]],
    ['y = image -> variance(axes: width)', [4, 6]],
    ['y = mean(image, axes: channels) * 2', [6, 8]],
    // Broadcasting: channels, places, both at once, numbers.
    ['y = image * (image -> globalavgpool -> sigmoid)', [4, 6, 8]],
    ['y = (image -> globalavgpool) - image', [4, 6, 8]],
    ['y = image / (image -> sum(axes: channels, keepdims: true))', [4, 6, 8]],
    ['y = (image -> mean(axes: height, keepdims: true)) + (image -> mean(axes: width, keepdims: true))', [4, 6, 8]],
    ['y = image - mean(image)', [4, 6, 8]],
    ['y = max(image, image -> mean(axes: spatial))', [4, 6, 8]],
    ['y = vector * sum(vector)', [12]],
    // Powers of all kinds.
    ['y = image ^ 2 + image ^ 2.5 + 2 ^ image + abs(image) ^ sigmoid(image) + pow(image, -1)', [4, 6, 8]],
  ] as const)('%s', (body, shape) => {
    expect(shapeOf(body)).toEqual(shape);
  });
});
