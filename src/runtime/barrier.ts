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

/** Looks before sleeping: some tens of microseconds, what waking up takes. */
const LOOKS = 20_000;

export class Barrier {
  readonly #maySleep: boolean;

  constructor(
    /** `CONTROL_INTS` integers that all threads share. */
    readonly control: Int32Array,
    readonly threads: number,
  ) {
    this.#maySleep = maySleep(control);
  }

  /** Returns when all threads have called it as often as this one. */
  wait(): void {
    const { control } = this;
    const generation = Atomics.load(control, GENERATION);
    if (Atomics.add(control, ARRIVED, 1) === this.threads - 1) {
      Atomics.store(control, ARRIVED, 0);
      Atomics.store(control, GENERATION, generation + 1);
      Atomics.notify(control, GENERATION);
      return;
    }
    for (let looks = 0; Atomics.load(control, GENERATION) === generation; looks++)
      if (this.#maySleep && looks > LOOKS) Atomics.wait(control, GENERATION, generation);
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
