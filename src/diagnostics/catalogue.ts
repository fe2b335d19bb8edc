/**
 * @file The catalogue of every code the compiler can report. A code is stable: it keeps its meaning for ever and is
 * never used again. The first digit names the phase: 1 syntax, 2 names and attributes, 3 shapes, 4 limits, numerics and
 * data, 5 design advice. To add one, add an entry to the file of its phase; its severity, `cnnc explain` and the
 * page of codes follow from it. Codes of lint rules are in the files of the rules (`lint/rules`).
 */
import { withShortQuotations } from '../common/printable.ts';
import type { CatalogueEntry } from './catalogue-entry.ts';
import { syntaxCodes } from './codes-1xxx-syntax.ts';
import { nameCodes } from './codes-2xxx-names.ts';
import { shapeCodes } from './codes-3xxx-shapes.ts';
import { limitCodes } from './codes-4xxx-limits.ts';
import { definitionCodes } from './codes-21xx-definitions.ts';
import { reshapingCodes } from './codes-31xx-reshaping.ts';
import { exchangeCodes } from './codes-43xx-exchange.ts';
import type { Diagnostic, Fix, Note, Span } from './diagnostic.ts';

export const catalogue = {
  ...syntaxCodes,
  ...nameCodes,
  ...definitionCodes,
  ...shapeCodes,
  ...reshapingCodes,
  ...limitCodes,
  ...exchangeCodes,
};

export type DiagnosticCode = keyof typeof catalogue;

export interface DiagnosticDetails {
  readonly span?: Span;
  readonly notes?: readonly Note[];
  readonly fix?: Fix;
}

/** A diagnostic with the severity its code has in the catalogue. What it quotes is shortened where it is long. */
export function diagnostic(code: DiagnosticCode, message: string, details: DiagnosticDetails = {}): Diagnostic {
  const { span, notes = [], fix } = details;
  return {
    code,
    severity: catalogue[code].severity,
    message: withShortQuotations(message),
    notes: notes.map((note) => ({ ...note, message: withShortQuotations(note.message) })),
    ...(span && { span }),
    ...(fix && { fix: { ...fix, message: withShortQuotations(fix.message) } }),
  };
}

/** The entry of `code`, which may come from a user; case and the letters `CNN` may be left out (`1003`). */
export function catalogueEntry(code: string): { code: DiagnosticCode; entry: CatalogueEntry } | undefined {
  const full = `CNN${code.toUpperCase().replace(/^CNN/, '')}`;
  if (!Object.hasOwn(catalogue, full)) return undefined;
  return { code: full as DiagnosticCode, entry: catalogue[full as DiagnosticCode] };
}
