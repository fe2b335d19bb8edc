/** @file The formatter as the least edit of a text. */
import type { Edit } from '../diagnostics/diagnostic.ts';
import { format } from '../syntax/format.ts';
import { parse } from '../syntax/parse.ts';
import type { Workspace } from './workspace.ts';

/** Nothing where the text has syntax errors, or is formatted. */
export function formatting(workspace: Workspace, file: string): readonly Edit[] {
  const text = workspace.textOf(file);
  if (text === undefined) return [];
  const { program, diagnostics } = parse(text, file);
  if (diagnostics.length > 0) return [];
  return changedPart(text, format(program, text), file);
}

/** Cursors outside of what changes stay where they are. */
function changedPart(before: string, after: string, file: string): readonly Edit[] {
  if (before === after) return [];
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const replacement = after.slice(start, after.length - end);
  return [{ span: { file, start, end: before.length - end }, replacement }];
}
