/** @file What a code action is: a change that an editor offers at a place of a text. */
import type { Diagnostic, Edit, Span } from '../../diagnostics/diagnostic.ts';
import type { SyntaxNode } from '../../syntax/ast.ts';
import type { Analysis } from '../analysis.ts';

export interface Action {
  readonly title: string;
  /** `fix` mends a mistake; `refactor` is a choice. */
  readonly kind: 'fix' | 'refactor';
  readonly edits: readonly Edit[];
  /** What it mends. */
  readonly diagnostic?: Diagnostic;
}

/** What is selected, which may be a cursor alone. */
export interface ActionRequest {
  readonly analysis: Analysis;
  readonly span: Span;
  /** From the program to the innermost node at the start of the selection. */
  readonly path: readonly SyntaxNode[];
  /** What is wrong at the selection. */
  readonly diagnostics: readonly Diagnostic[];
}

export type ActionSource = (request: ActionRequest) => readonly Action[];

export function insertion(file: string, offset: number, text: string): Edit {
  return { span: { file, start: offset, end: offset }, replacement: text };
}
