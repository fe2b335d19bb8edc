/** @file A syntax error hides no other mistake, and is the cause of none. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { understand } from '../../src/semantics/understand.ts';
import { lex } from '../../src/syntax/lex.ts';

const root = new URL('../../examples/', import.meta.url);
/** Those that are walked quickly, and two with blocks. */
const chosen = [
  'convnet',
  'lenet',
  'mlp',
  'linear',
  'autoencoder',
  'zoo/siamese',
  'zoo/allcnn',
  'zoo/dcgan-discriminator',
];
const texts = chosen.map((name) => ({ file: `${name}.cnn`, text: readFileSync(new URL(`${name}.cnn`, root), 'utf8') }));

const isSyntax = (code: string) => code.startsWith('CNN1');

/** What is said of a text that was valid before the token at `number` was taken out. */
function without(text: string, file: string, number: number) {
  const { tokens } = lex(text, file);
  const { startOffset, image } = tokens[number % tokens.length]!;
  const cut = `${text.slice(0, startOffset)} ${text.slice(startOffset + image.length)}`;
  const { diagnostics } = understand(cut, file);
  return { cut, image, errors: diagnostics.filter(({ severity }) => severity === 'error') };
}

describe('a word taken out of a valid program', () => {
  test('is a syntax error with no others in its wake, or none', () => {
    let broken = 0;
    const noise: string[] = [];
    const program = fc.record({ at: fc.nat(texts.length - 1), number: fc.nat(99_999) });
    fc.assert(
      fc.property(program, ({ at, number }) => {
        const { file, text } = texts[at]!;
        const { errors, image } = without(text, file, number);
        if (!errors.some(({ code }) => isSyntax(code))) return;
        broken++;
        for (const { code, message, span } of errors)
          if (!isSyntax(code))
            noise.push(`${file} ${number} without \`${image}\`: ${code} ${message} at ${span?.start}`);
      }),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 300), seed: Number(process.env.FUZZ_SEED ?? 10) },
    );
    expect(noise).toEqual([]);
    expect(broken).toBeGreaterThan(120);
  }, 240_000);
});

const net = (body: string, before = '') => `${before}network N {
  input image: [1, 28, 28]
  target label: class(10)
${body}
}
`;

/** Codes in the order in which they are reported, with what they are about. */
function found(text: string): string[] {
  const { diagnostics } = understand(text, 'a.cnn');
  return diagnostics.map(({ code, span }) => `${code} ${text.slice(span!.start, span!.end).split('\n')[0]}`);
}

const ending = `  y = image -> flatten -> dense(10)
  loss crossentropy(y, label)
  output y`;

describe('a syntax error and another mistake are both reported, in the order of the text', () => {
  test.each([
    ['a name below', `  a = image -> conv(4,, 3x3)\n  b = imag -> relu\n${ending}`, '', ['CNN1015 ,', 'CNN2001 imag']],
    ['a name above', `  b = imag -> relu\n  a = image -> conv(4,, 3x3)\n${ending}`, '', ['CNN2001 imag', 'CNN1015 ,']],
    [
      'an argument',
      `  a = image -> conv(4 3x3)\n  b = image -> conv(4, 3x3, strid: 2)\n${ending}`,
      '',
      ['CNN1013 3x3', 'CNN2020 strid'],
    ],
    [
      'a shape',
      `  a = image -> conv(4, 3x3\n  b = image -> conv(4, 31x31)\n${ending}`,
      '',
      ['CNN1009 (', 'CNN3002 31x31'],
    ],
    [
      'a name in a block',
      `  z = image -> * 2\n${ending}`,
      'block B { return in -> rleu }\n',
      ['CNN2001 rleu', 'CNN1015 *'],
    ],
    [
      'a mistake in lexis',
      `  a = image -> conv(4, 3X3);\n  b = imag -> relu\n${ending}`,
      '',
      ['CNN1005 3X3', 'CNN1006 ;', 'CNN2001 imag'],
    ],
    [
      'a layer of another tool in the same line',
      `  a = image -> Conv2D(4, (3, 3), kernel_size=3) -> Relu\n  b = a -> Conv2D(4, 3x3)\n${ending}`,
      '',
      ['CNN2001 Conv2D', 'CNN1005 (3, 3)', 'CNN1012 =', 'CNN2001 Relu', 'CNN2001 Conv2D'],
    ],
  ])('%s', (_, body, before, expected) => {
    expect(found(net(body, before)).filter((line) => !/CNN5/.test(line))).toEqual(expected);
  });

  test.each([
    ['an input', '  input other [1, 28, 28]\n  a = other -> relu'],
    ['a value', '  a = = image -> relu\n  b = a -> relu'],
    ['a layer in place', '  a = image -> first: conv(4,, 3x3) -> relu\n  b = first -> relu'],
    ['a loop', '  a = image\n  for c in [4, 8] { a = a -> conv(c,, 3x3) }\n  b = a -> reshape([1, 2])'],
    ['a line that is mended, and more', '  a = image -> Conv(4, pad=1,, 3) -> Relu'],
    ['what may be defined in a line without a name', '  image.add(act)\n  a = image -> conv(4, stride=1) -> act'],
    ['a loop variable', '  for c, in [4, 8] { a = image -> conv(c, 3x3) }'],
  ])('what is broken is known to be broken: %s', (_, body) => {
    const codes = found(net(`${body}\n${ending}`)).map((line) => line.slice(0, 4));
    expect(new Set(codes)).toEqual(new Set(['CNN1']));
  });

  test('a broken definition is broken wherever it is applied', () => {
    const before = 'block B(c, 3) { return in -> conv(c, 3x3) }\nfn twice(x) = x * * 2\n';
    const lines = found(net(`  a = image -> B(4) -> C\n  b = twice(imag)\n${ending}`, before));
    expect(lines.filter((line) => !line.startsWith('CNN1'))).toEqual(['CNN2001 C', 'CNN2001 imag']);
  });

  test('the names of what could be read are there, and its layers', () => {
    const text = net(`  a = image -> conv(4, 3x3)\n  b = a -> * conv(4)\n${ending}`);
    const { names, partial, elaboration } = understand(text, 'a.cnn');
    expect(elaboration).toBeUndefined();
    expect(names.definitions.map(({ name }) => name.text)).toEqual(['N', 'image', 'label', 'a', 'y']);
    expect(partial!().training.layers.map(({ name }) => name)).toEqual(['a', 'y.flatten', 'y']);
  });
});
