/**
 * @file What a rule is: one file that says what it is called, why it exists, what it needs to know, how it finds what it is
 * about, and what a wrong and a right program look like. The catalogue, `cnnc explain`, the page of codes and the tests
 * follow from the record; `rules.ts` lists them.
 */
import type { CatalogueEntry } from '../diagnostics/catalogue-entry.ts';
import type { Fix, Note, Severity, Span } from '../diagnostics/diagnostic.ts';
import type { Resolution } from '../resolve/resolution.ts';
import type { AllowStatement, Program } from '../syntax/ast.ts';
import type { Figures } from './figures.ts';
import type { ModelFacts } from './model-facts.ts';

/** All that a rule may ask for. A rule is skipped where something of it is not known, such as the model of a wrong text. */
export interface Facts {
  readonly text: string;
  readonly tree: Program;
  readonly names: Resolution;
  readonly model: ModelFacts;
  readonly figures: Figures;
  /** What the file allows, when all other rules have been asked: `isKnown` if the code is that of a rule. */
  readonly allowances: readonly {
    readonly statement: AllowStatement;
    readonly isUsed: boolean;
    readonly isKnown: boolean;
  }[];
}

export type Need = keyof Facts;

export interface Finding {
  /** Lower case, no full stop, names in backticks. */
  readonly message: string;
  readonly span?: Span;
  readonly notes?: readonly Note[];
  readonly fix: Fix;
}

/** Programs, or parts of one: statements of a network, whose last value is what it puts out. */
export interface Example {
  readonly wrong: string;
  readonly right: string;
}

export interface Rule {
  /** `CNN5001`; a code keeps its meaning for ever. */
  readonly code: string;
  /** That of its file. */
  readonly name: string;
  readonly level: Severity;
  /** A few words: the heading of the explanation. */
  readonly title: string;
  /** One paragraph: what is wrong with it, and why. */
  readonly explanation: string;
  /** Who found it out: paper and section. */
  readonly source?: string;
  readonly needs: readonly Need[];
  check(facts: Facts): readonly Finding[];
  /** The first pair is shown by `explain`. */
  readonly examples: readonly [Example, ...Example[]];
}

interface Written<Needs extends Need> extends Omit<Rule, 'needs' | 'check'> {
  readonly needs: readonly Needs[];
  check(facts: Pick<Facts, Needs>): readonly Finding[];
}

/** A rule sees what it says that it needs, and nothing else. */
export function defineRule<Needs extends Need>(written: Written<Needs>): Rule {
  return written;
}

export function entryOf({ level, title, explanation, source, examples: [{ wrong, right }] }: Rule): CatalogueEntry {
  const text = source === undefined ? explanation : `${explanation} (${source})`;
  return { severity: level, title, explanation: text, wrong, right };
}
