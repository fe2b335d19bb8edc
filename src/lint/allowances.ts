/** @file `allow CNN5001 "reason"`: which findings it silences, those of its code in the statement, setting or item behind it. */
import type { Span } from '../diagnostics/diagnostic.ts';
import type { AllowStatement, Program } from '../syntax/ast.ts';
import { childrenOf, visit } from '../syntax/visit.ts';

export interface Allowance {
  readonly statement: AllowStatement;
  /** Nothing stands behind the last of a body. */
  readonly region?: Span;
}

export function allowancesOf(program: Program): Allowance[] {
  const found: Allowance[] = [];
  visit(program, (node) => {
    const children = childrenOf(node);
    children.forEach((child, k) => {
      if (child.kind !== 'allow') return;
      const next = children.slice(k + 1).find(({ kind }) => kind !== 'allow');
      found.push({ statement: child, ...(next && { region: next.span }) });
    });
  });
  return found;
}

export function silences({ statement, region }: Allowance, code: string, span: Span | undefined): boolean {
  if (statement.code.text !== code || !region || !span || span.file !== region.file) return false;
  return region.start <= span.start && span.end <= region.end;
}
