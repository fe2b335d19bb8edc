/** @file All layers of a network that have no counterpart, told at once. */
import { diagnostic } from '../diagnostics/catalogue.ts';
import { DiagnosticError } from '../diagnostics/diagnostic.ts';
import { Refusal, type Step } from './values.ts';

interface Problem {
  readonly kind: string;
  readonly reason: string;
  readonly names: string[];
}

export class Unsupported {
  readonly #problems = new Map<string, Problem>();
  #all = 0;

  /** What the layer gives; undefined if it has no counterpart, or depends on one that has none. */
  attempt<Result>(kind: string, name: string, make: () => Result): Result | undefined {
    this.#all++;
    try {
      return make();
    } catch (error) {
      if (error instanceof Missing) return undefined;
      if (!(error instanceof Refusal)) throw error;
      const key = `${kind}\0${error.message}`;
      const problem = this.#problems.get(key) ?? { kind, reason: error.message, names: [] };
      problem.names.push(name);
      this.#problems.set(key, problem);
      return undefined;
    }
  }

  /** Reports CNN4304 if there was any. */
  check(what: string): void {
    if (this.#problems.size === 0) return;
    const problems = [...this.#problems.values()].sort((a, b) => b.names.length - a.names.length);
    const count = problems.reduce((sum, { names }) => sum + names.length, 0);
    const notes = problems.map(({ kind, reason, names }) => ({
      message: `\`${kind}\`${reason && `, as ${reason}`}: ${names.length}, the first of them \`${names[0]}\``,
    }));
    const help = `leave these layers out of the ${what}, or write them in another way`;
    throw new DiagnosticError(
      diagnostic('CNN4304', `${count} of ${this.#all} layers have no counterpart in the language`, {
        notes,
        fix: { message: help },
      }),
    );
  }
}

/** A layer before it has no counterpart, which is told already. */
class Missing extends Error {}

export function present(step: Step | undefined): Step {
  if (!step) throw new Missing();
  return step;
}
