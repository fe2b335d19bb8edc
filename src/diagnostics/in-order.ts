import type { Diagnostic } from './diagnostic.ts';

/** In the order of the text; those of `file` come first, then those of the files that it imports. */
export function inOrder(file: string, found: readonly Diagnostic[]): Diagnostic[] {
  const place = (one: Diagnostic) => (!one.span || one.span.file === file ? '' : one.span.file);
  return found.toSorted((left, right) => {
    const [a, b] = [place(left), place(right)];
    return a === b ? (left.span?.start ?? 0) - (right.span?.start ?? 0) : a < b ? -1 : 1;
  });
}
