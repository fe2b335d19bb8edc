/** @file Diagnostics for programs: the contract of `check --json`. Lines and columns count from 1. */
import type { Diagnostic, Fix, Severity, Span } from './diagnostic.ts';
import { pageOfCode } from './page-of-code.ts';
import type { Sources } from './render.ts';
import { type Place, Source, sourceFinder } from './source.ts';

type MaybePlace = Place | { [Key in keyof Place]: null };

export type JsonNote = { readonly message: string } & MaybePlace;

export type JsonEdit = { readonly replacement: string } & MaybePlace;

/**
 * `edits` are made together; there are none when there is only advice. Of a single one, `replacement` and the place say
 * the same; otherwise both are null.
 */
export type JsonFix = {
  readonly message: string;
  readonly replacement: string | null;
  readonly edits: readonly JsonEdit[];
} & MaybePlace;

/** The place is null as a whole when a diagnostic is about no file. */
export type JsonDiagnostic = {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  /** What to do; null where nothing is known. The same as the message of `fix`. */
  readonly help: string | null;
  /** Where more is said, in the package. */
  readonly page: string;
  readonly notes: readonly JsonNote[];
  readonly fix: JsonFix | null;
} & MaybePlace;

const nowhere = { file: null, line: null, column: null, endLine: null, endColumn: null };

export function toJson(diagnostics: readonly Diagnostic[], sources: Sources): JsonDiagnostic[] {
  const sourceOf = sourceFinder(sources);
  const unread = new Source('', '');
  const place = (span: Span | undefined): MaybePlace =>
    span ? (sourceOf(span.file) ?? unread).placeOf(span) : nowhere;
  return diagnostics.map(({ code, severity, message, span, notes, fix }) => ({
    code,
    severity,
    message,
    help: fix?.message ?? null,
    page: pageOfCode(code),
    ...place(span),
    notes: notes.map((note) => ({ message: note.message, ...place(note.span) })),
    fix: fix ? fixOf(fix, place) : null,
  }));
}

function fixOf({ message, edits = [] }: Fix, place: (span: Span | undefined) => MaybePlace): JsonFix {
  const sole = edits.length === 1 ? edits[0] : undefined;
  const listed = edits.map(({ span, replacement }) => ({ replacement, ...place(span) }));
  return { message, replacement: sole?.replacement ?? null, ...place(sole?.span), edits: listed };
}
