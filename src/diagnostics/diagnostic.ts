/**
 * @file User mistakes are values. Every phase returns the diagnostics it found; nothing a user writes makes a phase
 * throw. Our own bugs are `InternalError`s, which name the pass so that the report can be reproduced.
 */

/** A half-open range of UTF-16 offsets in one file. */
export interface Span {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

export type Severity = 'error' | 'warning' | 'advice';

/** `replacement` replaces the text of `span`. */
export interface Edit {
  readonly span: Span;
  readonly replacement: string;
}

/** A change that mends the cause. */
export interface Fix {
  readonly message: string;
  /** The change itself, where it is certain: all of these together, which do not overlap. */
  readonly edits?: readonly Edit[];
}

export interface Note {
  readonly message: string;
  readonly span?: Span;
}

export interface Diagnostic {
  /** `CNN` and four digits; the catalogue says what each means. */
  readonly code: string;
  readonly severity: Severity;
  /** Lower case, no full stop, names in backticks. */
  readonly message: string;
  readonly span?: Span;
  readonly notes: readonly Note[];
  readonly fix?: Fix;
}

/** A broken invariant of the compiler itself, never a user's mistake. */
export class InternalError extends Error {
  override readonly name = 'InternalError';

  constructor(
    readonly where: string,
    message: string,
  ) {
    super(`${where}: ${message}`);
  }
}

/** Carries one diagnostic out of deeply nested code; every phase boundary catches it and returns the value. */
export class DiagnosticError extends Error {
  override readonly name = 'DiagnosticError';

  constructor(readonly diagnostic: Diagnostic) {
    super(`${diagnostic.code}: ${diagnostic.message}`);
  }
}
