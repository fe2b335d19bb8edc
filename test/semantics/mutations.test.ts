import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { elaborate } from '../../src/semantics/elaborate.ts';
import { parse } from '../../src/syntax/parse.ts';

const examples = new URL('../../examples/', import.meta.url);
const mistakes = new URL('./mistakes/', import.meta.url);
const programs = [examples, mistakes].flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.cnn'))
    .map((file) => readFileSync(new URL(file, folder), 'utf8')),
);

/** Words, numbers and signs; white space stays with what follows it. */
const tokensOf = (text: string) => text.match(/\s*(?:"[^"\n]*"|\/\/.*|[A-Za-z_]\w*|[\d.]+\w*%?|->|[=!<>]=|\S)/g) ?? [];

const words = [
  ...new Set(programs.flatMap(tokensOf).map((token) => token.trim())),
  ...['0', '-1', '1e9', '3G', '9999', '1e-300', '[]', '1x1', 'in', 'true', 'exp', 'sum', 'not', '(', ')', '%', '^'],
];

const mutated = fc
  .record({
    program: fc.constantFrom(...programs),
    edits: fc.array(
      fc.record({
        kind: fc.constantFrom('replace', 'insert', 'delete', 'swap'),
        at: fc.nat(),
        other: fc.nat(),
        word: fc.constantFrom(...words),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map(({ program, edits }) => {
    const tokens = [...tokensOf(program)];
    for (const { kind, at, other, word } of edits) {
      const [left, right] = [at % tokens.length, other % tokens.length];
      if (kind === 'replace') tokens[left] = ` ${word}`;
      else if (kind === 'insert') tokens.splice(left, 0, ` ${word}`);
      else if (kind === 'delete' && tokens.length > 1) tokens.splice(left, 1);
      else [tokens[left], tokens[right]] = [tokens[right]!, tokens[left]!];
    }
    return tokens.join('');
  });

describe('programs with random edits', () => {
  test('are elaborated or refused, at once', () => {
    let slowest = 0;
    let refused = 0;
    fc.assert(
      fc.property(mutated, (text) => {
        const start = process.cpuUsage();
        const { program } = parse(text, 'test.cnn');
        const { elaboration, diagnostics } = elaborate(program);
        const { user, system } = process.cpuUsage(start);
        slowest = Math.max(slowest, (user + system) / 1e6);
        const failed = diagnostics.some(({ severity }) => severity === 'error');
        refused += failed ? 1 : 0;
        expect(elaboration === undefined).toBe(failed);
        for (const { message, span } of diagnostics) {
          expect(message).not.toMatch(/undefined|NaN|\[object/);
          if (span) expect(span.start <= span.end && span.end <= text.length).toBe(true);
        }
      }),
      { numRuns: Number(process.env.RUNS ?? 700), ...(process.env.SEED && { seed: Number(process.env.SEED) }) },
    );
    expect(refused).toBeGreaterThan(100);
    // Seconds of processor time, so that a busy machine does not matter; measured: hundredths.
    expect(slowest).toBeLessThan(1);
  }, 120_000);
});
