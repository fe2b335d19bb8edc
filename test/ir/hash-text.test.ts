import { expect, test } from 'vitest';
import { hashText } from '../../src/ir/hash-text.ts';

const BASIS = 0x811c9dc5;
const PRIME = 0x01000193n;

/** FNV-1a of 32 bits as its authors define it (draft-eastlake-fnv), in whole numbers without an end. */
function fnv(text: string): string {
  const steps = [...text].map((letter) => BigInt(letter.charCodeAt(0)));
  return steps
    .reduce((hash, byte) => ((hash ^ byte) * PRIME) % 2n ** 32n, BigInt(BASIS))
    .toString(16)
    .padStart(8, '0');
}

const texts = ['', 'a', 'foobar', ...Array.from({ length: 400 }, (_, k) => `%${k} = conv(${k % 7})`)];

test('the low half is FNV-1a', () => {
  expect(fnv('a')).toBe('e40c292c');
  for (const text of texts) expect(hashText(text).slice(8)).toBe(fnv(text));
});

test('the high half tells texts apart as well, and says something of its own', () => {
  const halves = texts.map((text) => [hashText(text).slice(0, 8), hashText(text).slice(8)]);
  expect(new Set(halves.map(([high]) => high)).size).toBe(texts.length);
  expect(halves.filter(([high, low]) => high === low)).toEqual([]);
});
