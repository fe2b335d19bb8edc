/** @file What a text is when edits have been made in it. */
import type { Edit } from './diagnostic.ts';

/** The edits are of this text, and do not overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const backwards = edits.toSorted((a, b) => b.span.start - a.span.start || b.span.end - a.span.end);
  return backwards.reduce(
    (edited, { span, replacement }) => edited.slice(0, span.start) + replacement + edited.slice(span.end),
    text,
  );
}
