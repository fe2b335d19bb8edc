import { describe, expect, test } from 'vitest';
import { elaborate } from '../../src/semantics/elaborate.ts';
import type { ReadImport } from '../../src/semantics/names/modules.ts';
import { parse } from '../../src/syntax/parse.ts';

/** A network that applies `X` of "./a.cnn", among other files. */
function imported(files: Readonly<Record<string, string>>, head = 'import { X } from "./a.cnn"', body = 'image -> X') {
  const read: ReadImport = (path) => {
    const text = files[path];
    return text === undefined ? { problem: `\`${path}\` does not exist`, help: 'check it' } : { file: path, text };
  };
  const text = `${head}
network N {
  input image: [3, 8, 8]
  target label: class(10)
  x = ${body}
  loss crossentropy(x -> dense(10), label)
  output x
}`;
  const { elaboration, diagnostics, sources } = elaborate(parse(text, 'main.cnn').program, { read });
  return {
    layers: elaboration?.training.layers.map(({ name, operator }) => `${name} ${operator}`),
    diagnostics: diagnostics.map(({ code, span }) => {
      const texts = new Map([['main.cnn', text], ...sources.map((source) => [source.file, source.text] as const)]);
      return `${code} at '${texts.get(span!.file)!.slice(span!.start, span!.end)}' of ${span!.file}`;
    }),
  };
}

describe('an import', () => {
  test('brings blocks, which see the names of their own file', () => {
    const a = 'width = 4\nblock Y { return in -> conv(width, 3x3) }\nblock X { return in -> Y }';
    const { layers, diagnostics } = imported({ './a.cnn': a });
    expect(diagnostics).toEqual([]);
    expect(layers!.slice(0, 1)).toEqual(['x.Y.conv conv']);
  });

  test('brings functions, constants and what they are made of', () => {
    const a = 'half = 1 / 2\nfn f(x) = half * x\nfn X(x) = f(x) + 1\nn = 3';
    const head = 'import { X, n } from "./a.cnn"';
    const { layers, diagnostics } = imported({ './a.cnn': a }, head, 'image -> repeat(n) X');
    expect(diagnostics).toEqual([]);
    expect(layers!.filter((name) => name.endsWith(' X'))).toHaveLength(3);
  });

  test('goes through other files', () => {
    const a = 'import { Y } from "./b.cnn"\nblock X { return in -> Y(2) }';
    const b = 'import { Basic } from "std/residual"\nblock Y(n) { return in -> repeat(n) Basic(3) }';
    const { layers, diagnostics } = imported({ './a.cnn': a, './b.cnn': b });
    expect(diagnostics).toEqual([]);
    expect(layers).toContain('x.Y.Basic.1.bn2 batchnorm');
  });

  test('of one file twice reads it once', () => {
    const a = 'import { Y } from "./b.cnn"\nblock X { return in -> Y }';
    const head = 'import { X } from "./a.cnn"\nimport { Y } from "./b.cnn"';
    const files = { './a.cnn': a, './b.cnn': 'block Y { return in -> relu }' };
    expect(imported(files, head, 'image -> X -> Y').diagnostics).toEqual([]);
  });
});

describe('mistakes of imports', () => {
  test.each([
    ['a file that is not there', {}, 'CNN2111 at \'"./a.cnn"\' of main.cnn'],
    [
      'a circle',
      {
        './a.cnn': 'import { Y } from "./b.cnn"\nblock X { return in -> Y }',
        './b.cnn': 'import { X } from "./a.cnn"\nblock Y { return in -> X }',
      },
      'CNN2112 at \'"./a.cnn"\' of ./b.cnn',
    ],
    [
      'itself',
      { './a.cnn': 'import { X } from "./a.cnn"\nblock Y { return in }' },
      /^CNN2112 at '".\/a.cnn"' of .\/a.cnn/,
    ],
    ['a name that is not there', { './a.cnn': 'block Y { return in }' }, "CNN2113 at 'X' of main.cnn"],
    [
      'a name that is imported there',
      { './a.cnn': 'import { X } from "./b.cnn"', './b.cnn': 'block X { return in -> relu }' },
      "CNN2113 at 'X' of main.cnn",
    ],
    ['a network', { './a.cnn': 'network X { }' }, "CNN2114 at 'X' of main.cnn"],
    ['a file with mistakes', { './a.cnn': 'block X { return in -> -> relu }' }, /^CNN1\d\d\d at .* of .\/a.cnn$/],
    ['a block with mistakes', { './a.cnn': 'block X { return in -> rely }' }, "CNN2001 at 'rely' of ./a.cnn"],
    [
      'a constant with mistakes',
      { './a.cnn': 'n = 1 / 0\nblock X { return in -> repeat(n) relu }' },
      "CNN4005 at '1 / 0' of ./a.cnn",
    ],
    ['a definition twice', { './a.cnn': 'block X { return in -> relu }\nfn X(x) = x' }, "CNN2002 at 'X' of ./a.cnn"],
  ])('%s', (_, files, expected) => {
    const { diagnostics, layers } = imported(files as Record<string, string>);
    expect(layers).toBeUndefined();
    expect(diagnostics[0]).toMatch(expected);
    expect(diagnostics.filter((found) => !/CNN1|CNN2113/.test(found)).length).toBeLessThanOrEqual(1);
  });
});
