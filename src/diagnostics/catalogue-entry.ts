import type { Severity } from './diagnostic.ts';

/** What `cnnc explain CODE` and the generated page of codes say about one diagnostic. */
export interface CatalogueEntry {
  readonly severity: Severity;
  /** A few words: the heading of the explanation. */
  readonly title: string;
  /** One paragraph: what the rule is and why it exists. */
  readonly explanation: string;
  /** A short program, or part of one, that is reported. */
  readonly wrong: string;
  /** The same, mended. */
  readonly right: string;
}
