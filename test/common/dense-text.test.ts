/** @file Bytes as dense text come back, also through a parser of JavaScript, and take an eighth more than they are. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { denseText } from '../../src/common/dense-text.ts';
import { decode } from '../../src/runtime/dense-weights.ts';

it('dense text is a string of JavaScript with the same bytes', () => {
  const everyByte = Uint8Array.from({ length: 65_536 }, (_, k) => (k % 2 ? k : k >> 8));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const text = denseText(bytes);
      expect(new Function(`return "${text}"`)()).toBe(text);
      expect(decode(text, bytes.length)).toEqual(bytes);
    }),
    { examples: [[new Uint8Array(0)], [new Uint8Array(9)], [new Uint8Array(9).fill(255)], [everyByte]] },
  );
  expect(Buffer.byteLength(denseText(everyByte))).toBeLessThan((8 / 7) * everyByte.length + 2);
});
