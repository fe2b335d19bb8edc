/** @file How much a walk may do, so that every program ends, and does so within the stack. */
import type { Span } from '../../diagnostics/diagnostic.ts';
import { fail, help, KnownFailure } from '../problems.ts';

const maximumLayers = 5000;
/** Of expressions within expressions, through all blocks. */
const maximumDepth = 1000;
/** Evaluated expressions, so that nested repeats of nothing end as well. */
const maximumSteps = 300_000;

export class Budget {
  #layers = 0;
  #steps = 0;
  #depth = 0;
  #isExhausted = false;

  /** Runs `action`; the expressions that a failure leaves open count as left. `caught` throws what is no failure again. */
  keepingDepth<Result>(action: () => Result, caught: (error: unknown) => void): Result | undefined {
    const depth = this.#depth;
    try {
      return action();
    } catch (error) {
      caught(error);
      this.#depth = depth;
      return undefined;
    }
  }

  /** Enters an expression; whoever does leaves it with `ascend`. Reports CNN4003. */
  descend(span: Span): void {
    this.step(span);
    if (++this.#depth > maximumDepth)
      fail('CNN4003', `expressions and blocks are nested more than ${maximumDepth} deep`, span, {
        ...help('a block that applies itself needs a condition that ends it'),
      });
  }

  ascend(): void {
    this.#depth--;
  }

  /** Reports CNN4002. */
  step(span: Span): void {
    if (++this.#steps > maximumSteps) this.#exhaust(`this network takes more than ${maximumSteps} steps`, span);
  }

  /** Reports CNN4002. */
  countLayer(span: Span): void {
    if (++this.#layers > maximumLayers) this.#exhaust(`this network has more than ${maximumLayers} layers`, span);
  }

  /** Said once; whatever is still to be done fails quietly. */
  #exhaust(message: string, span: Span): never {
    this.#steps = maximumSteps;
    if (this.#isExhausted) throw new KnownFailure();
    this.#isExhausted = true;
    fail('CNN4002', message, span, help('repeat less'));
  }
}
