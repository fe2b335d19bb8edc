/** @file The page of a run while training goes on: written again every few seconds, and read again by the browser that shows it. */
import type { LogRow } from '../runtime/run-log.ts';
import { type ReportedRun, writeRunReport } from './run-report.ts';

/** Milliseconds from one writing to the next, at least. */
const EVERY = 4000;
/** Seconds after which a browser looks again. */
const REFRESH = 5;

export class LiveReport {
  readonly #rows: LogRow[] = [];
  #writing: Promise<unknown> | undefined;
  #writtenAt = Number.NEGATIVE_INFINITY;

  constructor(
    readonly run: Omit<ReportedRun, 'rows' | 'examined'>,
    /** Called where the page cannot be written. */
    readonly failed: (error: unknown) => void,
  ) {}

  logged(row: LogRow): void {
    this.#rows.push(row);
    if (this.#writing || performance.now() - this.#writtenAt < EVERY) return;
    this.#writtenAt = performance.now();
    this.#writing = writeRunReport({ ...this.run, rows: this.#rows }, REFRESH)
      .catch(this.failed)
      .finally(() => {
        this.#writing = undefined;
      });
  }

  /** Nothing is written any more when it is over. */
  async end(): Promise<void> {
    await this.#writing;
  }
}
