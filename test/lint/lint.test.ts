/** @file Every rule by its own record: the wrong examples are found, the right ones are not, and a fix mends what it is about. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileSource } from '../../src/compile.ts';
import { applyEdits } from '../../src/diagnostics/apply-edits.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { RULES } from '../../src/lint/rules.ts';
import { wholeProgram } from '../support/whole-program.ts';

const told = (text: string): readonly Diagnostic[] => compileSource(text, 'test.cnn').diagnostics;
const codesOf = (found: readonly Diagnostic[]) => [...new Set(found.map(({ code }) => code))];

const examples = RULES.flatMap(({ code, name, examples: pairs }) =>
  pairs.map(({ wrong, right }) => [`${code} ${name}`, code, wholeProgram(wrong), wholeProgram(right)] as const),
);

describe('examples', () => {
  it.each(examples)('%s: %#', (_, code, wrong, right) => {
    const found = told(wrong);
    expect(codesOf(found), wrong).toEqual([code]);
    expect(codesOf(told(right)), right).toEqual([]);
    for (const { fix } of found) {
      if (!fix?.edits) continue;
      const mended = applyEdits(wrong, fix.edits);
      expect(mended).not.toBe(wrong);
      expect(codesOf(told(mended)), mended).toEqual([]);
    }
  });
});

describe('rules', () => {
  it('have a code, a name and a file of their own', () => {
    const codes = RULES.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    for (const { code } of RULES) expect(code).toMatch(/^CNN\d{4}$/);
    const names = RULES.map(({ name }) => name);
    const files = readdirSync(new URL('../../src/lint/rules/', import.meta.url)).map((file) => file.replace('.ts', ''));
    expect(files.toSorted()).toEqual(names.toSorted());
  });

  it('can be given another level, or none', () => {
    const text = wholeProgram('y = image -> conv(16, 3x3) -> batchnorm -> relu -> dense(10)');
    const levelled = (level: 'error' | 'allow') => compileSource(text, 'test.cnn', { levels: { CNN5001: level } });
    expect(levelled('error').diagnostics.map(({ severity }) => severity)).toEqual(['error']);
    expect(levelled('allow').diagnostics).toEqual([]);
  });

  it('about names are silent where there are errors, which may be why', () => {
    expect(
      codesOf(told('network N {\n  input image: [4]\n  y = image -> reluu\n  z = image\n  output y\n}\n')),
    ).toEqual(['CNN2001']);
  });
});
