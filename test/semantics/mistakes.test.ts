import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createColors } from 'picocolors';
import { describe, expect, test } from 'vitest';
import { compileSource } from '../../src/compile.ts';
import { catalogue, type DiagnosticCode } from '../../src/diagnostics/catalogue.ts';
import { renderAll } from '../../src/diagnostics/render.ts';
import { ruleCodes } from '../../src/lint/rules.ts';
import { parse } from '../../src/syntax/parse.ts';

/** Each program of `mistakes` lies next to what the compiler says about it. `UPDATE=1` writes the latter. */
const samples = new URL('./mistakes/', import.meta.url);
const names = readdirSync(samples).flatMap((file) => (file.endsWith('.cnn') ? file.slice(0, -'.cnn'.length) : []));

function diagnose(name: string) {
  const file = `${name}.cnn`;
  const text = readFileSync(new URL(file, samples), 'utf8');
  const parsed = parse(text, file);
  expect(parsed.diagnostics).toEqual([]);
  const result = compileSource(text, file);
  return {
    ...result,
    rendered: renderAll(result.diagnostics, new Map([[file, text]]), { colors: createColors(false) }),
  };
}

describe('programs with mistakes', () => {
  for (const name of names)
    test(name, () => {
      const output = new URL(`${name}.txt`, samples);
      const { rendered, diagnostics, elaboration } = diagnose(name);
      if (process.env.UPDATE) writeFileSync(output, rendered);
      expect(rendered).toBe(readFileSync(output, 'utf8'));
      expect(diagnostics.length).toBeGreaterThan(0);
      expect(elaboration === undefined).toBe(diagnostics.some(({ severity }) => severity === 'error'));
      for (const { code, span, message, fix } of diagnostics) {
        expect([...Object.keys(catalogue), ...Object.keys(ruleCodes)]).toContain(code);
        expect(span).toBeDefined();
        expect(message).not.toMatch(/[.!]$|^[A-Z]|undefined|NaN|\[object/);
        expect(fix?.message).toMatch(/[^.!]$/);
      }
    });

  test('show every code of the semantics', () => {
    const shown = new Set(names.flatMap((name) => diagnose(name).diagnostics.map(({ code }) => code)));
    const codes = (Object.keys(catalogue) as DiagnosticCode[]).filter((code) => /^CNN(2|3|40)/.test(code));
    // These are about the command line, several files and modules: `network`, `block`, `imports` and `limits.test.ts` have them.
    const elsewhere = [
      '2011',
      '2012',
      '2013',
      '2043',
      '2047',
      '2048',
      '2049',
      '2112',
      '2114',
      '2115',
      '2116',
      '4007',
      '4009',
    ].map((n) => `CNN${n}`);
    expect(codes.filter((code) => !shown.has(code) && !elsewhere.includes(code))).toEqual([]);
  });
});
