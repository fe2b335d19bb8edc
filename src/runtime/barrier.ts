/**
 * @file Where threads wait for each other. Whoever comes last moves the generation on; the others look at it for a while,
 * which is enough where the work is even, and then sleep. The main thread of a page may not sleep: it keeps looking.
 */

const ARRIVED = 0;
const GENERATION = 1;
const FAILED = 2;
const TEXT = 3;

/** Characters of a message that are kept. */
const TEXT_LENGTH = 500;

export const CONTROL_INTS = TEXT + TEXT_LENGTH;

/** Milliseconds after which a thread that has not come is given up, besides ten times what the work has taken so far. */
const LATE = 30_000;

/** Looks before sleeping: some tens of microseconds, what waking up takes. */
const LOOKS = 20_000;

export class Barrier {
  readonly #maySleep: boolean;
  #begun = 0;

  constructor(
    /** `CONTROL_INTS` integers that all threads share. */
    readonly control: Int32Array,
    readonly threads: number,
    readonly late = LATE,
  ) {
    this.#maySleep = maySleep(control);
  }

  /** The first thread begins a job: from now on it does not wait for ever. */
  begin(): void {
    this.#begun = performance.now();
  }

  /** Milliseconds left to wait for the others: the work is even, so they should need no longer than this thread. */
  #patience(): number {
    return this.#begun ? this.late + 10 * (performance.now() - this.#begun) : Number.POSITIVE_INFINITY;
  }

  /**
   * Returns true when all threads have called it as often as this one. False for the first thread, if another does not
   * come: it has died, for a thread that is at work comes in time.
   */
  wait(): boolean {
    const { control } = this;
    const generation = Atomics.load(control, GENERATION);
    if (Atomics.add(control, ARRIVED, 1) === this.threads - 1) {
      Atomics.store(control, ARRIVED, 0);
      Atomics.store(control, GENERATION, generation + 1);
      Atomics.notify(control, GENERATION);
      return true;
    }
    const patience = this.#patience();
    const since = performance.now();
    for (let looks = 1; Atomics.load(control, GENERATION) === generation; looks++) {
      if (looks % LOOKS > 0 && (looks < LOOKS || !this.#maySleep)) continue;
      if (performance.now() - since > patience) return false;
      if (this.#maySleep) Atomics.wait(control, GENERATION, generation, patience);
    }
    return true;
  }

  /** Runs one thread's part of the work between two waits; after a failure none is done any more. */
  attempt(thread: number, work: () => void): void {
    if (Atomics.load(this.control, FAILED)) return;
    try {
      work();
    } catch (error) {
      this.#fail(thread, (error as Error)?.message ?? `${error}`);
    }
  }

  #fail(thread: number, message: string): void {
    const { control } = this;
    if (Atomics.compareExchange(control, FAILED, 0, thread + 1) !== 0) return;
    for (let k = 0; k < TEXT_LENGTH; k++) Atomics.store(control, TEXT + k, message.charCodeAt(k) || 0);
  }

  /** Throws what went wrong, by the first thread, when all have waited since. */
  check(): void {
    const { control } = this;
    const failed = Atomics.exchange(control, FAILED, 0);
    if (!failed) return;
    const codes = control.subarray(TEXT);
    const message = String.fromCharCode(...codes.subarray(0, codes.indexOf(0)));
    throw new Error(`thread ${failed} failed: ${message}`);
  }
}

function maySleep(control: Int32Array): boolean {
  try {
    Atomics.wait(control, GENERATION, -1);
    return true;
  } catch {
    return false;
  }
}
