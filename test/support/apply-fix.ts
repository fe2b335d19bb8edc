/** @file What a text is when a fix has been made. */
import type { Fix } from '../../src/diagnostics/diagnostic.ts';

export function applyFix(text: string, { span, replacement }: Fix): string {
  if (!span || replacement === undefined) return text;
  return text.slice(0, span.start) + replacement + text.slice(span.end);
}
