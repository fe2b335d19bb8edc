/**
 * @file Certain fixes made, round by round until none is left, and what each changes. A round makes the fixes of one code
 * that do not overlap; whatever overlaps, or only shows then, has a round of its own. A fix after which there are more
 * errors than before is not made.
 */
import { receptiveFields } from '../analysis/receptive-field.ts';
import { countedTotals } from '../analysis/summary.ts';
import { applyEdits } from '../diagnostics/apply-edits.ts';
import type { Diagnostic, Edit } from '../diagnostics/diagnostic.ts';
import type { Elaboration } from '../semantics/model.ts';

/** What a text is understood as, as far as this file needs it. */
export interface Understood {
  readonly diagnostics: readonly Diagnostic[];
  readonly elaboration?: Elaboration;
  readonly partial?: () => Elaboration;
}

/** Of a network; `sees` is of the last layer that has places. */
export interface NetworkFigures {
  readonly parameters: number;
  readonly macs: number;
  readonly sees?: readonly number[];
}

/** One round: what was mended, and the figures of the network, where there is one before and after. */
export interface MendingRound {
  readonly mended: readonly Diagnostic[];
  readonly before?: NetworkFigures;
  readonly after?: NetworkFigures;
}

export interface Mended {
  readonly text: string;
  readonly rounds: readonly MendingRound[];
  /** What is certain by itself, but would bring other errors. */
  readonly refused: readonly Diagnostic[];
  readonly understood: Understood;
}

/** Fixes that bring forth each other would go on for ever. */
const MOST_ROUNDS = 100;

export function mend(
  text: string,
  file: string,
  compile: (text: string) => Understood,
  isWanted: (code: string) => boolean,
): Mended {
  const refused = new Map<string, Diagnostic>();
  const rounds: MendingRound[] = [];
  let understood = compile(text);
  while (rounds.length < MOST_ROUNDS) {
    const certain = understood.diagnostics.filter(
      (one) => isWanted(one.code) && isCertain(one, file) && !refused.has(keyOf(one)),
    );
    if (certain.length === 0) break;
    const mended = withoutOverlaps(certain.filter(({ code }) => code === certain[0]!.code));
    const next = applyEdits(text, mended.flatMap(editsOf));
    const then = compile(next);
    if (errorsIn(then) > errorsIn(understood)) {
      const [first] = mended.length === 1 ? mended : culprits(text, mended, compile, errorsIn(understood));
      refused.set(keyOf(first ?? mended[0]!), first ?? mended[0]!);
      continue;
    }
    rounds.push({ mended, ...effect(understood, then) });
    [text, understood] = [next, then];
  }
  return { text, rounds, refused: [...refused.values()], understood };
}

function isCertain({ fix }: Diagnostic, file: string): boolean {
  return fix?.edits?.every(({ span }) => span.file === file) ?? false;
}

/** A finding is the same before and after a round that is not about it, though it may lie elsewhere then. */
function keyOf({ code, message }: Diagnostic): string {
  return `${code} ${message}`;
}

function editsOf({ fix }: Diagnostic): readonly Edit[] {
  return fix?.edits ?? [];
}

export function errorsIn({ diagnostics }: Understood): number {
  return diagnostics.filter(({ severity }) => severity === 'error').length;
}

/** Those of several that bring errors by themselves. */
function culprits(text: string, found: readonly Diagnostic[], compile: (text: string) => Understood, errors: number) {
  return found.filter((one) => errorsIn(compile(applyEdits(text, editsOf(one)))) > errors);
}

/** The first of those that touch the same text. */
function withoutOverlaps(found: readonly Diagnostic[]): Diagnostic[] {
  const taken: Edit[] = [];
  return found.filter((one) => {
    const edits = editsOf(one);
    if (edits.some((edit) => taken.some((other) => overlap(edit, other)))) return false;
    taken.push(...edits);
    return true;
  });
}

function overlap({ span: a }: Edit, { span: b }: Edit): boolean {
  return a.start === b.start || (a.start < b.end && b.start < a.end);
}

function effect(before: Understood, after: Understood): Pick<MendingRound, 'before' | 'after'> {
  if (!before.elaboration || !after.elaboration) return {};
  return { before: figuresOf(before.elaboration), after: figuresOf(after.elaboration) };
}

function figuresOf({ training, states }: Elaboration): NetworkFigures {
  const { parameters, macs } = countedTotals(training, states);
  const fields = receptiveFields(training);
  const sees = training.layers.map(({ output }) => fields.get(output)?.size).findLast((size) => size !== undefined);
  return { parameters, macs, ...(sees && { sees }) };
}
