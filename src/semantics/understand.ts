/** @file From a text to what can be said of it: its tree, what is wrong with it, and the models of its network. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { inOrder } from '../diagnostics/in-order.ts';
import type { Resolution } from '../resolve/resolution.ts';
import type { Program } from '../syntax/ast.ts';
import { parse } from '../syntax/parse.ts';
import { type ElaborateOptions, elaborate } from './elaborate.ts';
import type { Elaboration } from './model.ts';
import type { ImportedText } from './names/modules.ts';

export type SourceOptions = Omit<ElaborateOptions, 'damage'>;

export interface SourceResult {
  /** What of the text could be read. */
  readonly program: Program;
  /** What names stand for. */
  readonly names: Resolution;
  /** Sorted by place; errors among them mean there is no elaboration. */
  readonly diagnostics: readonly Diagnostic[];
  readonly elaboration?: Elaboration;
  /** In its place where the models were left for later. */
  readonly later?: () => Elaboration;
  /**
   * For `summaryOf`, of a network with errors: all of it where only assertions fail, else the layers before those that
   * failed.
   */
  readonly partial?: () => Elaboration;
  /** The texts that were imported, for diagnostics about them. */
  readonly sources: readonly ImportedText[];
}

/**
 * Never throws for what a user wrote. After a syntax error the sound rest is checked, but for what may only follow from
 * the broken part. What is asserted of figures is still to be checked.
 */
export function understand(text: string, file: string, options: SourceOptions = {}): SourceResult {
  const { program, diagnostics, damage } = parse(text, file);
  const elaborated = elaborate(program, { ...options, damage });
  return { program, ...elaborated, diagnostics: inOrder(file, [...diagnostics, ...elaborated.diagnostics]) };
}
