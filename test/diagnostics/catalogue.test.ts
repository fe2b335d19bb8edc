import { describe, expect, test } from 'vitest';
import { catalogue, catalogueEntry, diagnostic } from '../../src/diagnostics/catalogue.ts';
import type { CatalogueEntry } from '../../src/diagnostics/catalogue-entry.ts';
import { parse } from '../../src/syntax/parse.ts';

const entries: [string, CatalogueEntry][] = Object.entries(catalogue);

/** Their examples cannot be written out. */
const abbreviated = ['CNN1020', 'CNN1021'];

describe('every entry', () => {
  test.each(entries)('%s is explained', (code, entry) => {
    expect(code).toMatch(/^CNN[1-5]\d{3}$/);
    expect(entry.title).toMatch(/^[a-z`#].*[^.]$/);
    expect(entry.explanation).toMatch(/\.$/);
    expect(entry.explanation.length).toBeGreaterThan(30);
    expect(entry.wrong).not.toBe(entry.right);
    expect(entry.severity === 'advice').toBe(code.startsWith('CNN5') && entry.severity !== 'warning');
  });

  const syntax = entries.filter(([code]) => code.startsWith('CNN1') && !abbreviated.includes(code));
  test.each(syntax)('the wrong example of %s is reported with it, the right one is not reported', (code, entry) => {
    expect(parse(entry.wrong, 'a.cnn').diagnostics.map((found) => found.code)).toEqual([code]);
    expect(parse(entry.right, 'a.cnn').diagnostics).toEqual([]);
  });
});

test('a diagnostic has the severity of its entry', () => {
  const span = { file: 'a.cnn', start: 0, end: 1 };
  expect(diagnostic('CNN1006', 'there are no semicolons', { span })).toEqual({
    code: 'CNN1006',
    severity: 'error',
    message: 'there are no semicolons',
    notes: [],
    span,
  });
});

test('codes are found as users write them', () => {
  expect(catalogueEntry('CNN1006')?.entry.title).toBe('semicolon');
  expect(catalogueEntry('cnn1006')?.code).toBe('CNN1006');
  expect(catalogueEntry('1006')?.code).toBe('CNN1006');
  expect(catalogueEntry('CNN1999')).toBeUndefined();
  expect(catalogueEntry('toString')).toBeUndefined();
});
