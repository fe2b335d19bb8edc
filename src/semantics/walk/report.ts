/** @file What a walk reports: mistakes are thrown where they are found, and collected where it can go on. */
import { type Diagnostic, DiagnosticError } from '../../diagnostics/diagnostic.ts';
import type { Damage } from '../../syntax/damage.ts';
import { KnownFailure } from '../problems.ts';
import type { Applications } from './applications.ts';
import type { Budget } from './budget.ts';

export class Report {
  readonly diagnostics: Diagnostic[];

  constructor(
    said: readonly Diagnostic[],
    readonly damage: Damage | undefined,
    readonly applications: Applications,
    readonly budget: Budget,
  ) {
    this.diagnostics = [...said];
  }

  /** Runs `action`; what it reports is collected. Gives undefined after a failure. */
  attempt<Result>(action: () => Result): Result | undefined {
    return this.budget.keepingDepth(action, (error) => {
      if (error instanceof DiagnosticError) this.add(error.diagnostic);
      else if (!(error instanceof KnownFailure)) throw error;
    });
  }

  /** One report for each code and place, however often a block is applied. */
  add(diagnostic: Diagnostic): void {
    const { code, span } = diagnostic;
    // A name may have been defined in what is broken; where it was not, `resolve` has said so.
    if (this.damage && code === 'CNN2001') return;
    const same = (other: Diagnostic) =>
      other.code === code &&
      other.span?.file === span?.file &&
      other.span?.start === span?.start &&
      other.span?.end === span?.end;
    if (this.diagnostics.some(same)) return;
    this.diagnostics.push({ ...diagnostic, notes: [...diagnostic.notes, ...this.applications.trace()] });
  }
}
