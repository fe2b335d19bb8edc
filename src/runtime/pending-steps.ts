/**
 * @file Steps that are begun and not done. Several run at once, so that a graphics card never waits for those who look at its
 * losses; they are concluded one after the other, in the order in which they were begun.
 */
import { isGone } from './card.ts';
import type { Begun, StepOrder } from './place.ts';
import type { StepResult } from './trainer-api.ts';

/** A step, and who wants to know of it. */
export interface StepWish {
  readonly order: StepOrder;
  readonly onDone: (result: StepResult) => void;
  readonly onRefused: (error: unknown) => void;
  /** Of `fit`: those behind it are not wanted where it is refused, and all are taken again where the place is gone. */
  readonly endsAll: boolean;
}

/** What steps ask of the trainer. */
export interface StepHost {
  /** How many may be begun before the first of them is done. */
  readonly ahead: number;
  /** Begins one at the place of now; `onStates` takes those before it, where they were asked for. */
  start(order: StepOrder): { readonly begun: Begun; readonly onStates: (states: Float32Array) => void };
  /** So many steps that were begun are begun again. */
  takeBack(count: number): void;
  /** The place is gone: finds another. */
  recover(error: unknown): Promise<void>;
}

interface Pending extends ReturnType<StepHost['start']> {
  readonly wish: StepWish;
}

interface Entry {
  pending: Pending;
  dropped: boolean;
  concluded: Promise<void>;
}

export class PendingSteps {
  readonly #entries: Entry[] = [];
  #last: Promise<void> = Promise.resolve();
  /** What went wrong is being mended: nothing is begun before all that was begun is concluded. */
  #troubled = false;

  constructor(readonly host: StepHost) {}

  /** Until another step can be begun. */
  async room(): Promise<void> {
    while (this.#entries.length >= (this.#troubled ? 1 : this.host.ahead)) await this.#entries[0]!.concluded;
  }

  /** Until all are concluded. */
  async settled(): Promise<void> {
    while (this.#entries.length > 0) await this.#entries[0]!.concluded;
  }

  begin(wish: StepWish): void {
    const entry: Entry = { pending: this.#start(wish), dropped: false, concluded: this.#last };
    this.#entries.push(entry);
    entry.concluded = this.#last = this.#last.then(() => this.#conclude(entry));
  }

  #start(wish: StepWish): Pending {
    const started = this.host.start(wish.order);
    started.begun.done.catch(() => {}); // told when it is concluded
    return { ...started, wish };
  }

  async #conclude(entry: Entry): Promise<void> {
    const { wish } = entry.pending;
    try {
      const result = await this.#resultOf(entry);
      if (result) wish.onDone(result);
    } catch (error) {
      this.#troubled = true;
      if (wish.endsAll) this.#drop();
      wish.onRefused(error);
      if (!wish.endsAll) this.#beginAgain();
    }
    entry.pending.begun.release();
    this.#entries.shift();
    if (this.#entries.length === 0) this.#troubled = false;
  }

  /** Nothing of one that was dropped. */
  async #resultOf(entry: Entry): Promise<StepResult | undefined> {
    while (!entry.dropped) {
      const { begun, onStates } = entry.pending;
      try {
        const { result, safe, states } = await begun.done;
        if (states) onStates(states);
        if (safe && Number.isFinite(result.loss)) return result;
        this.#troubled = true;
        return await begun.again();
      } catch (error) {
        if (!isGone(error)) throw error;
        this.#troubled = true;
        await this.host.recover(error);
        if (entry.pending.wish.endsAll) this.#drop();
        else for (const one of this.#entries) one.pending = this.#start(one.pending.wish);
      }
    }
    return undefined;
  }

  /** Those behind a step that was refused have its number now, of which rates and corrections depend. */
  #beginAgain(): void {
    const behind = this.#entries.slice(1);
    this.host.takeBack(behind.length);
    for (const one of behind) {
      const { begun } = one.pending;
      one.pending = this.#start(one.pending.wish);
      begun.done.finally(() => begun.release()).catch(() => {});
    }
  }

  #drop(): void {
    for (const entry of this.#entries) entry.dropped = true;
  }
}
