import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { format } from '../../src/syntax/format.ts';
import { parse } from '../../src/syntax/parse.ts';
import { programText } from './arbitrary-program.ts';

/** A tree without its places, the text of numbers included. */
function withoutSpans(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, inner) => (key === 'span' ? undefined : inner)));
}

function formatted(text: string): string {
  const { program, diagnostics } = parse(text, 'a.cnn');
  expect(diagnostics).toEqual([]);
  return format(program, text);
}

describe('any program', () => {
  test('means the same after formatting, keeps its comments, and is formatted only once', () => {
    fc.assert(
      fc.property(programText, (text) => {
        const once = formatted(text);
        const before = parse(text, 'a.cnn').program;
        const after = parse(once, 'a.cnn').program;
        expect(withoutSpans(after.items)).toEqual(withoutSpans(before.items));
        const comments = (program: typeof before) =>
          program.comments.map((comment) => comment.text.replace(/\s+/g, ' '));
        expect(comments(after)).toEqual(comments(before));
        expect(formatted(once)).toBe(once);
        expect(once).not.toMatch(/[ \t\r]\n|\n\n\n|^\n|\n\n$/);
      }),
      { seed: 11, numRuns: Number(process.env.RUNS ?? 500) },
    );
  });
});
