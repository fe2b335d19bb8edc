/** @file Damaged copies of files, as a seed decides: what disks, transfers and people do to them. */
import type { Random } from '../../src/data/random.ts';

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

/** What programs trip over, in one, two, four and eight bytes. */
const EXTREMES = [
  0n,
  1n,
  127n,
  128n,
  255n,
  32767n,
  65535n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 64n - 1n,
];

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function spliced(bytes: Uint8Array, from: number, to: number, put: Uint8Array = new Uint8Array(0)): Uint8Array {
  return joined(bytes.subarray(0, from), put, bytes.subarray(to));
}

/** Headers are short, and hold most that can go wrong: half of the places are among the first bytes. */
function placeIn(bytes: Uint8Array, random: Random): number {
  return random.below(random.uniform() < 0.5 ? Math.min(bytes.length, 128) : bytes.length);
}

const BINARY: readonly Mutation[] = [
  function flipped(bytes, random) {
    const copy = bytes.slice();
    for (let left = 1 + random.below(4); left > 0; left--) copy[placeIn(bytes, random)]! ^= 1 << random.below(8);
    return copy;
  },
  function extremeNumber(bytes, random) {
    const copy = bytes.slice();
    const [size, value] = [2 ** random.below(4), EXTREMES[random.below(EXTREMES.length)]!];
    const [at, little] = [placeIn(bytes, random), random.uniform() < 0.5];
    for (let k = 0; k < size && at + k < copy.length; k++)
      copy[at + k] = Number((value >> BigInt(8 * (little ? k : size - 1 - k))) & 255n);
    return copy;
  },
  (bytes, random) => bytes.slice(0, placeIn(bytes, random)),
  (bytes, random) => joined(bytes, bytes.subarray(placeIn(bytes, random))),
  function removed(bytes, random) {
    const at = placeIn(bytes, random);
    return spliced(bytes, at, at + 1 + random.below(16));
  },
  function inserted(bytes, random) {
    const at = placeIn(bytes, random);
    return spliced(
      bytes,
      at,
      at,
      Uint8Array.from({ length: 1 + random.below(16) }, () => random.below(256)),
    );
  },
  function repeated(bytes, random) {
    const [at, to] = [placeIn(bytes, random), placeIn(bytes, random)];
    return spliced(bytes, to, to, bytes.subarray(at, at + 1 + random.below(64)));
  },
  function blanked(bytes, random) {
    const at = placeIn(bytes, random);
    return bytes.slice().fill(random.below(2) * 255, at, at + 1 + random.below(64));
  },
];

/** In place of a number, a word or a mark of a text. */
const WORDS = [
  ...[
    '',
    '-1',
    '0',
    '1e999',
    '-1e999',
    'NaN',
    'null',
    'true',
    '"',
    '[]',
    '{}',
    '[[[[',
    '1.5',
    '9007199254740993',
    '4294967296',
  ],
  ...[
    '1e-400',
    ',',
    ';;;;',
    '\n',
    '\r\n',
    '\0',
    '\u{1f408}',
    '../../etc/passwd',
    '__proto__',
    'constructor',
    'x'.repeat(5000),
  ],
];

function textMutation(bytes: Uint8Array, random: Random): Uint8Array {
  const text = new TextDecoder('latin1').decode(bytes);
  const tokens = [...text.matchAll(/[\w.+-]+|"[^"\n]*"|[^\w\s]/g)];
  const token = tokens[random.below(tokens.length)];
  if (!token) return Uint8Array.of(0);
  const word = random.uniform() < 0.3 ? tokens[random.below(tokens.length)]![0] : WORDS[random.below(WORDS.length)]!;
  const changed = text.slice(0, token.index) + word + text.slice(token.index + token[0].length);
  return new TextEncoder().encode(changed);
}

/** One to three changes; `text`: mostly of words. */
export function mutate(bytes: Uint8Array, random: Random, text: boolean): Uint8Array {
  // Copies of a Buffer are views of it.
  let mutant: Uint8Array = new Uint8Array(bytes);
  for (let left = 1 + random.below(3); left > 0 && mutant.length > 0; left--) {
    const change = text && random.uniform() < 0.7 ? textMutation : BINARY[random.below(BINARY.length)]!;
    mutant = change(mutant, random);
  }
  return mutant;
}
