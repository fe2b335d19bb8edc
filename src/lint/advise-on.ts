/** @file All that is to be said of a text that has been understood: assertions that do not hold, and what rules find. */
import { checkClaims, type TotalsOf } from '../analysis/check-claims.ts';
import { inOrder } from '../diagnostics/in-order.ts';
import type { SourceResult } from '../semantics/understand.ts';
import { type Levels, lint } from './lint.ts';

export interface AdviceOptions {
  /** For assertions about operations and memory, which take the plan of a module. Needed only where there are assertions. */
  readonly totalsOf: TotalsOf | undefined;
  readonly levels?: Levels | undefined;
}

export function adviseOn(
  text: string,
  file: string,
  source: SourceResult,
  { totalsOf, levels }: AdviceOptions,
): SourceResult {
  const understood = checkClaims(source, totalsOf);
  const found = lint({ text, ...understood }, levels);
  const diagnostics = inOrder(file, [...understood.diagnostics, ...found]);
  const { elaboration, ...rest } = understood;
  // A project may make an error of what a rule finds.
  if (!elaboration || !found.some(({ severity }) => severity === 'error')) return { ...understood, diagnostics };
  return { ...rest, partial: () => elaboration, diagnostics };
}
