import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createColors } from 'picocolors';
import { describe, expect, test } from 'vitest';
import { applyEdits } from '../../src/diagnostics/apply-edits.ts';
import { renderAll } from '../../src/diagnostics/render.ts';
import { parse } from '../../src/syntax/parse.ts';

/**
 * Each directory of `samples` holds a program with mistakes, `input.cnn`, and what the compiler says about it,
 * `output.txt`. `UPDATE=1` writes the latter.
 */
const samples = new URL('./samples/', import.meta.url);

describe('programs with mistakes', () => {
  for (const name of readdirSync(samples)) {
    test(name, () => {
      const output = new URL(`${name}/output.txt`, samples);
      const text = readFileSync(new URL(`${name}/input.cnn`, samples), 'utf8');
      const { diagnostics } = parse(text, 'input.cnn');
      const rendered = renderAll(diagnostics, new Map([['input.cnn', text]]), { colors: createColors(false) });
      if (process.env.UPDATE) writeFileSync(output, rendered);
      expect(diagnostics.length).toBeGreaterThan(0);
      expect(rendered).toBe(readFileSync(output, 'utf8'));
      for (const { code, span, message, fix } of diagnostics) {
        expect(code).toMatch(/^CNN1\d{3}$/);
        expect(span).toBeDefined();
        expect(message).not.toMatch(/[.!]$|^[A-Z]|NoViableAlt|Expecting|BodyClose|BindingName/);
        expect(fix?.message ?? '').not.toMatch(/[.!]$/);
      }
    });
  }

  for (const name of readdirSync(samples)) {
    test(`the edits proposed for ${name} mend what they are proposed for`, () => {
      const text = readFileSync(new URL(`${name}/input.cnn`, samples), 'utf8');
      const { diagnostics } = parse(text, 'input.cnn');
      for (const { code, fix, notes } of diagnostics) {
        if (!fix?.edits) continue;
        const mended = applyEdits(text, fix.edits);
        const left = parse(mended, 'input.cnn').diagnostics;
        const others = notes.length > 0 || code === 'CNN1013' ? 0 : 1; // one diagnostic may stand for several places
        expect(left.length, `${code}: ${fix.message}`).toBeLessThanOrEqual(diagnostics.length - others);
      }
    });
  }
});
