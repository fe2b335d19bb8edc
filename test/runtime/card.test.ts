import { expect, it } from 'vitest';
import { megabytes } from '../../src/runtime/card.ts';

it('sizes of memory have three digits, and no power of ten', () => {
  expect([0.0858, 1, 12.345, 573, 1234, 98765].map((size) => megabytes(size * 2 ** 20))).toEqual(
    ['0.0858', '1', '12.3', '573', '1230', '98800'].map((text) => `${text} MB`),
  );
});
