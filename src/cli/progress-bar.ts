/**
 * @file How far training has come: on a terminal one line that is redrawn, elsewhere a line every minute. The line fits
 * the terminal as it is at that moment; what there is no room for is left out, the least important first.
 */

import { figure } from '../common/figure.ts';
import type { FitProgress } from '../runtime/trainer-api.ts';
import type { Terminal } from './terminal.ts';

const [FEWEST_CELLS, MOST_CELLS] = [4, 24];
/** Milliseconds between two pictures, on a terminal and elsewhere. */
const [REDRAWN, PRINTED] = [100, 60_000];

/** What terminals write where the cursor is. */
const ECHO = '^C'.length;

/** What a line without the bar saves. */
const NO_BAR = FEWEST_CELLS + 3;

export class ProgressBar {
  readonly #terminal: Terminal;
  /** Cells that the line on the terminal takes; 0 when there is none. */
  #length = 0;
  #last = 0;
  readonly #clock = new Clock();
  #layout = anyLayout(0);

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#last = terminal.interactive ? 0 : performance.now();
  }

  update(progress: FitProgress): void {
    const { interactive, colors, width, err } = this.#terminal;
    const now = performance.now();
    const times = this.#clock.measure(progress, now);
    if (now - this.#last < (interactive ? REDRAWN : PRINTED)) return;
    this.#last = now;
    const room = interactive ? width - 1 : 79 + NO_BAR;
    if (this.#layout.width !== room) this.#layout = anyLayout(room);
    const { head, bar, rest } = layOut(progress, times, this.#layout);
    if (!interactive) return err(`${head}${rest}\n`);
    err(`${this.#erasure()}${head} ${colors.cyan(bar)}${rest}`);
    this.#length = head.length + 1 + bar.length + rest.length;
  }

  /** What is read or compiled before the training; on a terminal, and elsewhere where it takes long. */
  count(what: string, done: number, all: number): void {
    const { interactive, err } = this.#terminal;
    const now = performance.now();
    if (now - this.#last < (interactive ? REDRAWN : PRINTED)) return;
    this.#last = now;
    const text = `${what}: ${done} of ${all}`;
    err(interactive ? `${this.#erasure()}${text}` : `${text}\n`);
    this.#length = text.length;
  }

  /** The tests of an epoch are part of what it takes. */
  endEpoch(): void {
    this.#clock.endEpoch(performance.now());
  }

  /** Makes room for a line of text. */
  clear(): void {
    if (this.#length > 0) this.#terminal.err(this.#erasure());
    this.#length = 0;
  }

  /** A key has sent a signal, and the terminal has shown it, behind the bar or on a line of its own: both are taken away. */
  interrupt(): void {
    if (!this.#terminal.interactive) return;
    this.#length += ECHO;
    this.clear();
  }

  /** A terminal that became narrower since has broken the line into several. */
  #erasure(): string {
    const rows = Math.ceil(this.#length / Math.max(1, this.#terminal.width));
    return rows > 1 ? `\r\x1b[${rows - 1}A\x1b[J` : '\r\x1b[K';
  }
}

interface Times {
  readonly imagesPerSecond: number;
  /** Seconds left of the epoch and of the run, tests included once one has been seen. */
  readonly epoch: number;
  readonly run: number;
}

class Clock {
  #epoch = 0;
  #started = 0;
  /** Images of the epoch that were done before this run, when it goes on from a checkpoint. */
  #before = 0;
  #trained = 0;
  /** Seconds that the tests after an epoch take. */
  #testing = 0;

  measure({ epoch, epochs, images, total }: FitProgress, now: number): Times {
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#started = now;
      this.#before = images;
    }
    this.#trained = now;
    const imagesPerSecond = ((images - this.#before) * 1000) / (now - this.#started) || 0;
    const left = (total - images) / imagesPerSecond + this.#testing;
    return { imagesPerSecond, epoch: left, run: left + (epochs - epoch) * (total / imagesPerSecond + this.#testing) };
  }

  endEpoch(now: number): void {
    if (this.#trained > 0) this.#testing = (now - this.#trained) / 1000;
  }
}

/** What a line of this width has had room for until now: from frame to frame nothing moves to and fro. */
interface Layout {
  readonly width: number;
  /** How many parts, the most important first. */
  parts: number;
  cells: number;
}

const anyLayout = (width: number): Layout => ({ width, parts: Number.POSITIVE_INFINITY, cells: MOST_CELLS });

function layOut(progress: FitProgress, times: Times, layout: Layout): { head: string; bar: string; rest: string } {
  const { width } = layout;
  const { epoch, epochs, images, total } = progress;
  const share = total > 0 ? images / total : 1;
  const head = `epoch ${`${epoch}`.padStart(`${epochs}`.length)}/${epochs}`.slice(0, width);
  const percent = `${Math.floor(100 * share)}%`.padStart(4);
  const room = width - head.length - 1 - FEWEST_CELLS - 2 - percent.length;
  if (room < 0) return { head, bar: '', rest: percent.slice(0, Math.max(0, width - head.length - 1)) };
  const { text, length } = chooseParts(progress, times, room, layout);
  layout.cells = Math.min(layout.cells, FEWEST_CELLS + room - length);
  const { cells } = layout;
  const filled = Math.round(cells * share);
  return { head, bar: `[${'#'.repeat(filled)}${'-'.repeat(cells - filled)}]`, rest: `${percent}${text}` };
}

/** A text of the line; `room` is what it takes at least, also before it is known. */
interface Part {
  readonly text: string;
  readonly rank: number;
  readonly room?: number;
}

/** In the order of the line; the numbers say which go first where there is no room for all. */
function chooseParts(progress: FitProgress, times: Times, room: number, layout: Layout) {
  const { epoch, epochs, trainLoss, trainAccuracy, learningRate } = progress;
  const isTimed = Number.isFinite(times.run);
  const parts: Part[] = [
    { text: `  loss ${figure(trainLoss)}`, rank: 0 },
    { text: trainAccuracy === undefined ? '' : ` ${(100 * trainAccuracy).toFixed(1)} %`, rank: 1 },
    { text: `  lr ${Number(learningRate.toPrecision(3))}`, rank: 4 },
    { text: isTimed ? `  ${Math.round(times.imagesPerSecond)} img/s` : '', rank: 3, room: '  999 img/s'.length },
    {
      text: isTimed ? `  left ${clock(times.epoch)}${epoch < epochs ? `/${clock(times.run)}` : ''}` : '',
      rank: 2,
      room: `  left 0:00${epochs > 1 ? '/0:00' : ''}`.length,
    },
  ];
  const roomOf = (part: Part) => Math.max(part.text.length, part.room ?? 0);
  let length = 0;
  const chosen = parts
    .toSorted((a, b) => a.rank - b.rank)
    .filter((part) => {
      const fits = part.rank < layout.parts && length + roomOf(part) <= room;
      if (fits) length += roomOf(part);
      // What is left out leaves room for cells.
      else if (part.rank < layout.parts) Object.assign(layout, { parts: part.rank, cells: MOST_CELLS });
      return fits;
    });
  const text = parts.filter((part) => chosen.includes(part)).map((part) => part.text);
  return { text: text.join(''), length };
}

/** `0:07`, `12:34`, `3:00:00`. */
function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const tail = `${whole % 60}`.padStart(2, '0');
  return hours > 0 ? `${hours}:${`${minutes}`.padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}
