/** @file How the semantics reports: a diagnostic is thrown where it is found and collected at the statement. */

import { nearest } from '../common/nearest.ts';
import { type DiagnosticCode, type DiagnosticDetails, diagnostic } from '../diagnostics/catalogue.ts';
import { DiagnosticError, type Fix, type Span } from '../diagnostics/diagnostic.ts';
import { foreignHelp, ourName } from './names/foreign-names.ts';

/** Something depends on a value about which something has been said already. */
export class KnownFailure extends Error {
  override readonly name = 'KnownFailure';
}

export function fail(
  code: DiagnosticCode,
  message: string,
  span: Span | undefined,
  details: Omit<DiagnosticDetails, 'span'> = {},
): never {
  throw new DiagnosticError(diagnostic(code, message, { ...details, ...(span && { span }) }));
}

export function help(message: string): { readonly fix: Fix } {
  return { fix: { message } };
}

/** An edit to what others call so or to the nearest of the candidates, or else a list of them. */
export function didYouMean(
  word: string,
  candidates: readonly string[],
  span: Span | undefined,
  otherwise = candidates.length > 0 ? `there is ${listed(candidates)}` : undefined,
): { readonly fix?: Fix } {
  const own = ourName(word, candidates);
  const advice = own === undefined ? foreignHelp(word) : undefined;
  if (advice !== undefined) return help(advice);
  const meant = own ?? nearest(word, candidates);
  if (meant)
    return { fix: { message: `did you mean \`${meant}\`?`, ...(span && { edits: [{ span, replacement: meant }] }) } };
  return otherwise ? help(otherwise) : {};
}

/** `a`, `b` or `c` */
export function listed(words: readonly string[], conjunction = 'and'): string {
  const quoted = words.map((word) => `\`${word}\``);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} ${conjunction} ${quoted.at(-1)}`;
}
