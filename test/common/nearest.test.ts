import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editDistance, nearest } from '../../src/common/nearest.ts';

test('edit distances', () => {
  expect(editDistance('network', 'netwrok')).toBe(1);
  expect(editDistance('kitten', 'sitting')).toBe(3);
  expect(editDistance('', 'abc')).toBe(3);
  expect(editDistance('abcdef', 'uvwxyz', 2)).toBe(3);
});

test('a distance is a metric up to swaps', () => {
  const word = fc.string({ maxLength: 8 });
  fc.assert(
    fc.property(word, word, (left, right) => {
      const distance = editDistance(left, right);
      expect(distance).toBe(editDistance(right, left));
      expect(distance === 0).toBe(left === right);
      expect(distance).toBeLessThanOrEqual(Math.max(left.length, right.length));
      expect(editDistance(left, right, 2)).toBe(distance <= 2 ? distance : 3);
    }),
    { seed: 3 },
  );
});

test('the nearest word, or none', () => {
  const layers = ['conv', 'dense', 'relu', 'batchnorm', 'maxpool', 'avgpool'];
  expect(nearest('cnov', layers)).toBe('conv');
  expect(nearest('BatchNorm', layers)).toBe('batchnorm');
  expect(nearest('maxpol', layers)).toBe('maxpool');
  expect(nearest('attention', layers)).toBeUndefined();
  expect(nearest('x', ['y'])).toBeUndefined();
  expect(nearest('Conv', ['conw', 'conv'])).toBe('conv');
});
