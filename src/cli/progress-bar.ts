/** @file One line on a terminal that shows how far the epoch has come, and the time it still takes. */
import type { FitProgress } from '../runtime/fit.ts';
import type { Terminal } from './terminal.ts';

const CELLS = 24;
/** Milliseconds between two pictures. */
const INTERVAL = 100;

export class ProgressBar {
  readonly #terminal: Terminal;
  #shown = false;
  #last = 0;
  #epoch = 0;
  #started = 0;
  /** Images of the epoch that were done before this run, when it goes on from a checkpoint. */
  #before = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  update(progress: FitProgress): void {
    const now = performance.now();
    if (progress.epoch !== this.#epoch) {
      this.#epoch = progress.epoch;
      this.#started = now;
      this.#before = progress.images;
    }
    if (!this.#terminal.interactive || now - this.#last < INTERVAL) return;
    this.#last = now;
    const { colors } = this.#terminal;
    const [bar, rest] = describe(progress, (progress.images - this.#before) / ((now - this.#started) / 1000));
    const room = Math.max(0, this.#terminal.width - CELLS - 22);
    this.#terminal.err(
      `\r\x1b[K${`epoch ${progress.epoch}/${progress.epochs}`} ${colors.cyan(bar)} ${rest.slice(0, room)}`,
    );
    this.#shown = true;
  }

  /** Makes room for a line of text. */
  clear(): void {
    if (this.#shown) this.#terminal.err('\r\x1b[K');
    this.#shown = false;
  }
}

function describe(progress: FitProgress, imagesPerSecond: number): [bar: string, rest: string] {
  const { images, total, trainLoss } = progress;
  const share = total > 0 ? images / total : 1;
  const filled = Math.round(CELLS * share);
  const percent = `${Math.floor(100 * share)}%`.padStart(4);
  const left = imagesPerSecond > 0 ? `  ${Math.ceil((total - images) / imagesPerSecond)} s left` : '';
  const speed = imagesPerSecond > 0 ? `  ${Math.round(imagesPerSecond)} images/s` : '';
  return [
    `[${'#'.repeat(filled)}${'-'.repeat(CELLS - filled)}]`,
    `${percent}  loss ${trainLoss.toFixed(4)}${speed}${left}`,
  ];
}
