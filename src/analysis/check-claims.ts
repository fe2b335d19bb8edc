/** @file Assertions about figures, such as `assert parameters < 300k`: whether they hold of a network. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { falseClaims } from '../semantics/evaluate/claims.ts';
import type { Elaboration } from '../semantics/model.ts';
import type { SourceResult } from '../semantics/understand.ts';
import { figuresOf } from './figures.ts';
import type { Summary } from './summary.ts';

export type TotalsOf = (elaboration: Elaboration) => Summary['totals'];

/**
 * Where an assertion fails, the network is there for its figures only. `totalsOf` may be left out where there is no assertion.
 * Reports CNN2042.
 */
export function checkClaims(understood: SourceResult, totalsOf?: TotalsOf): SourceResult {
  const { elaboration, ...rest } = understood;
  const broken = elaboration && totalsOf ? brokenClaims(elaboration, totalsOf) : [];
  if (!elaboration || broken.length === 0) return understood;
  return { ...rest, diagnostics: [...rest.diagnostics, ...broken], partial: () => elaboration };
}

/** The network is analysed only if there are assertions, and as far as they need. */
function brokenClaims(elaboration: Elaboration, totalsOf: TotalsOf): Diagnostic[] {
  const { training, states, claims } = elaboration;
  if (claims.length === 0) return [];
  const figures = figuresOf(training, states, () => totalsOf(elaboration));
  return claims.flatMap((claim) => falseClaims(claim, figures));
}
