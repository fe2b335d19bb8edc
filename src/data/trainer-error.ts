/**
 * @file A trainer module stands alone, so it carries its own kind of user mistake: a code of the catalogue, what is wrong
 * and where, and what to do about it.
 */

import { printable } from '../common/printable.ts';

export class TrainerError extends Error {
  override readonly name = 'TrainerError';

  /** `problem` says what and where, `hint` what to do; `message` is both. */
  constructor(
    readonly code: string,
    readonly problem: string,
    readonly hint: string,
    /** Of a step that was refused: the weights before it are good. */
    readonly keeps = false,
  ) {
    super(`${problem}; ${hint}`);
  }
}

/** Shorter than a `throw`, in modules, where there are many. */
export function refuse(code: string, problem: string, hint: string, keeps?: boolean): never {
  throw new TrainerError(code, problem, hint, keeps);
}

/** `error[CNN4141]: …` and a line with the way out. */
export function describeError(error: TrainerError): string {
  return printable(`error[${error.code}]: ${error.problem}\n  help: ${error.hint}`);
}
