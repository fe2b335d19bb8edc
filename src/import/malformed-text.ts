/** @file A text that is no network of the tool that its name promises. */
import { diagnostic } from '../diagnostics/catalogue.ts';
import { DiagnosticError } from '../diagnostics/diagnostic.ts';

/** CNN4314. */
export function malformedText(path: string, place: number | string, what: string, help: string): DiagnosticError {
  const where = typeof place === 'number' ? `line ${place}` : place;
  return new DiagnosticError(diagnostic('CNN4314', `\`${path}\`, ${where}: ${what}`, { fix: { message: help } }));
}
