/**
 * @file `metrics.jsonl`, the log of a run: one JSON object a line, for some steps and for every epoch. It holds nothing that
 * differs from one training of the same run to another, no times above all, so the log of a run that was interrupted is
 * that of one which was not, byte for byte.
 */

import { nodeModule } from '../data/node-module.ts';
import { writing } from '../data/write-files.ts';
import type { Progress } from './progress.ts';
import type { EpochResult, FitProgress } from './trainer-api.ts';

/** Of one layer at one step. Norms are those of all its numbers together. */
export interface WatchedLayer {
  readonly mean: number;
  readonly deviation: number;
  /** Share of the units that are 0 for every image looked at; of functions that have 0 as their lowest value. */
  readonly dead?: number;
  /** Share of the values that are close to a bound of the function, where its slope is almost 0. */
  readonly saturated?: number;
  /** Norms of the weights, of their gradient, and of the last change of the weights over that of the weights. */
  readonly weight?: number;
  readonly gradient?: number;
  readonly update?: number;
}

/** What a line of the log tells beside the figures. */
export interface LogRow {
  readonly kind: 'step' | 'epoch' | 'watch';
  readonly epoch: number;
  /** Updates made so far. */
  readonly step: number;
  /** Of an epoch. */
  readonly images?: number;
  readonly total?: number;
  readonly loss?: number;
  readonly trainLoss?: number;
  readonly trainAccuracy?: number;
  readonly validationAccuracy?: number;
  readonly testAccuracy?: number;
  readonly validationLoss?: number;
  readonly testLoss?: number;
  readonly learningRate?: number;
  /** Of an epoch: its weights are the best so far. */
  readonly best?: boolean;
  /** Of a look at the layers: by their names. */
  readonly layers?: Readonly<Record<string, WatchedLayer>>;
}

/** About how many steps of an epoch are logged. */
const ROWS = 100;

/** Whether a step that used the images from `before` on is logged: each time another hundredth of the epoch is done. */
export function isLogged({ images, total }: FitProgress, before: number): boolean {
  const part = (used: number) => Math.floor((ROWS * used) / total);
  return part(images) > part(before);
}

/** JSON knows no NaN: a figure that is none is left out. */
function lineOf(row: LogRow): string {
  return `${JSON.stringify(row, (_, value) => (typeof value === 'number' && !Number.isFinite(value) ? undefined : value))}\n`;
}

export function stepRow({ epochs: _, ...figures }: FitProgress): LogRow {
  return { kind: 'step', ...figures };
}

export function epochRow(result: EpochResult, step: number): LogRow {
  const { seconds: _, imagesPerSecond: __, secondsWaiting: ___, ...figures } = result;
  return { kind: 'epoch', ...figures, step };
}

/** Rows of a file that a kill may have cut short, up to the place that the run goes on from. */
function rowsBefore(text: string, { epoch, step }: Pick<Progress, 'epoch' | 'step'>): LogRow[] {
  const rows: LogRow[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    const row = parseRow(line);
    if (!row || (row.kind === 'epoch' ? row.epoch > epoch : row.step > step)) break;
    rows.push(row);
  }
  return rows;
}

/** All whole rows of a log; none where there is no such file. */
export async function readLog(path: string): Promise<LogRow[]> {
  const { readFile } = await nodeModule('fs/promises');
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => parseRow(line) ?? []);
}

function parseRow(line: string): LogRow | undefined {
  try {
    const row = JSON.parse(line);
    const isRow = ['step', 'epoch', 'watch'].includes(row?.kind) && Number.isFinite(row.step + row.epoch);
    return isRow ? row : undefined;
  } catch {
    return undefined;
  }
}

/** Rows wait until the place is saved to which they lead, or for `flush`. */
export class RunLog {
  #waiting = '';
  /** Bytes of the file that hold whole rows. */
  #length = 0;

  private constructor(
    readonly path: string,
    /** Of the run that is continued. */
    readonly before: readonly LogRow[],
  ) {}

  /** An empty log, or what of the file leads to the place where the run goes on. Nothing is written yet. */
  static async open(path: string, place: Pick<Progress, 'epoch' | 'step'> | undefined): Promise<RunLog> {
    const { readFile } = await nodeModule('fs/promises');
    const text = place ? await readFile(path, 'utf8').catch(() => '') : '';
    const before = place ? rowsBefore(text, place) : [];
    const log = new RunLog(path, before);
    const kept = text.split('\n').slice(0, before.length);
    log.#length = new TextEncoder().encode(kept.map((line) => `${line}\n`).join('')).length;
    return log;
  }

  add(row: LogRow): void {
    this.#waiting += lineOf(row);
  }

  /** Writes what waits, and cuts off what lies behind. Throws CNN4123; the rows wait on then. */
  async flush(): Promise<void> {
    const { open } = await nodeModule('fs/promises');
    const rows = new TextEncoder().encode(this.#waiting);
    const { length } = this.#waiting;
    await writing(this.path, async () => {
      const file = await open(this.path, 'r+').catch(() => open(this.path, 'w'));
      try {
        await file.truncate(this.#length);
        for (let at = 0; at < rows.length; )
          at += (await file.write(rows, at, rows.length - at, this.#length + at)).bytesWritten;
        await file.sync();
      } finally {
        await file.close();
      }
    });
    this.#length += rows.length;
    this.#waiting = this.#waiting.slice(length);
  }
}
