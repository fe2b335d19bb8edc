/**
 * @file The folder of a run: what it is of (`run.json`), its trainer module, its checkpoint, the weights of its best epoch,
 * its log, and a lock while it is trained in. What cannot be written is found out before training starts.
 */

import { readBytes } from '../data/files.ts';
import { nodeModule } from '../data/node-module.ts';
import { TrainerError } from '../data/trainer-error.ts';
import { makeFolder, tryPlace, writeFiles, writing } from '../data/write-files.ts';
import type { Progress } from './progress.ts';
import { readProgress } from './read-progress.ts';
import { type Lock, takeLock } from './run-lock.ts';
import { RunLog } from './run-log.ts';
import { parseSafetensors } from './safetensors.ts';

/** The files of a run. */
export const RUN = {
  record: 'run.json',
  module: 'trainer.mjs',
  last: 'last.safetensors',
  best: 'best.safetensors',
  log: 'metrics.jsonl',
  report: 'report.html',
} as const;

/** As the checkpoint was called once. */
const FORMER = 'checkpoint.safetensors';
const LOCK = 'run.lock';

/** Where `--out` points: a new run unless `resume`; `force` replaces one that is there. */
export interface RunPlace {
  readonly out: string;
  readonly resume?: boolean;
  readonly force?: boolean;
}

/** What a run is of: `run.json`. */
export interface RunRecord {
  readonly schema: 1;
  readonly network: string;
  readonly hash: string;
  readonly versions: { readonly cnnc: string; readonly node?: string };
  /** The texts of the program, that of the network first; none where a module trained. */
  readonly sources?: readonly { readonly file: string; readonly text: string }[];
  /** What was given in place of what the texts say. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The graphics card that trained, where one did. */
  readonly adapter?: string;
  /** How it is trained, whether the texts or the command say so. */
  readonly training: { readonly epochs: number; readonly batch: number; readonly lr: number; readonly seed: number };
  readonly data: {
    readonly spec: string;
    readonly fingerprint: string;
    readonly classes?: readonly string[];
    readonly decisions?: readonly string[];
  };
}

export interface RunFolder {
  /** Of the run to continue, and the place that it stands for; neither where nothing has been saved of it. */
  readonly checkpoint?: { readonly bytes: Uint8Array; readonly progress: Progress };
  readonly log: RunLog;
  /** Says what is trained here, and with which module. What was saved of a run is replaced with the next checkpoint only. */
  begin(record: RunRecord, module: string): Promise<void>;
  /** Lets the log be read before the next save. A run that is to be replaced keeps its own until then. */
  flush(): Promise<void>;
  /** Replaces the checkpoint, and where there are any the best weights; the log leads to it. Throws CNN4123, CNN4127. */
  save(last: Uint8Array, best?: Uint8Array): Promise<void>;
  /** A run that has saved nothing leaves nothing. */
  close(): Promise<void>;
}

async function exists(path: string): Promise<boolean> {
  const { access } = await nodeModule('fs/promises');
  return access(path).then(
    () => true,
    () => false,
  );
}

async function findCheckpoint(out: string): Promise<string | undefined> {
  for (const name of [RUN.last, FORMER]) if (await exists(`${out}/${name}`)) return `${out}/${name}`;
  return undefined;
}

/** The checkpoint of a run that can be continued. CNN4128 where the file holds weights alone. */
async function readCheckpoint(path: string): Promise<NonNullable<RunFolder['checkpoint']>> {
  const bytes = await readBytes(path);
  const progress = readProgress(parseSafetensors(bytes).metadata);
  if (progress) return { bytes, progress };
  const hint = `start a new run from them, in another folder: \`--weights ${path}\``;
  throw new TrainerError('CNN4128', `\`${path}\` holds weights alone, no run`, hint);
}

/** What is known of the run in a folder, if anything. CNN4129 for a file that no run has written. */
export async function readRecord(out: string): Promise<RunRecord | undefined> {
  const path = `${out}/${RUN.record}`;
  if (!(await exists(path))) return undefined;
  const text = new TextDecoder().decode(await readBytes(path));
  try {
    const record = JSON.parse(text) as RunRecord;
    if (record.schema === 1 && typeof record.hash === 'string' && typeof record.data.spec === 'string') return record;
  } catch {}
  const hint = 'name the folder of a run that this version of `cnnc` has trained';
  throw new TrainerError('CNN4129', `\`${path}\` does not say what was trained`, hint);
}

class OpenRun implements RunFolder {
  #waiting: Map<string, string> | undefined;
  #saved: boolean;
  #replaces: boolean;
  #begun = false;

  constructor(
    readonly out: string,
    readonly lock: Lock,
    readonly log: RunLog,
    readonly checkpoint: RunFolder['checkpoint'],
    /** What there was: a run that is replaced, or continued, or nothing. */
    readonly found: { readonly run: boolean; readonly force: boolean; readonly made: boolean },
  ) {
    this.#saved = found.run;
    this.#replaces = found.force && found.run;
  }

  async begin(record: RunRecord, module: string): Promise<void> {
    const known = this.checkpoint && (await readRecord(this.out).catch(() => undefined));
    const kept =
      known?.hash === record.hash && !record.sources ? { sources: known.sources, options: known.options } : {};
    const text = `${JSON.stringify({ ...record, ...kept }, undefined, 2)}\n`;
    const files = new Map([
      [`${this.out}/${RUN.record}`, text],
      [`${this.out}/${RUN.module}`, module],
    ]);
    if (this.#replaces || this.checkpoint) this.#waiting = files;
    else await writeFiles(files);
    this.#begun = true;
  }

  async flush(): Promise<void> {
    if (!this.#replaces) await this.log.flush();
  }

  async save(last: Uint8Array, best?: Uint8Array): Promise<void> {
    const { out, lock, log } = this;
    const { rm } = await nodeModule('fs/promises');
    await lock.renew();
    await log.flush();
    const files = new Map<string, string | Uint8Array>(this.#waiting);
    if (best) files.set(`${out}/${RUN.best}`, best);
    await writeFiles(files.set(`${out}/${RUN.last}`, last));
    // No file of the run that was replaced stays behind.
    if (this.#replaces)
      for (const name of best ? [FORMER, RUN.report] : [FORMER, RUN.report, RUN.best])
        await rm(`${out}/${name}`, { force: true });
    this.#waiting = undefined;
    this.#replaces = false;
    this.#saved = true;
  }

  async close(): Promise<void> {
    const { rm, rmdir } = await nodeModule('fs/promises');
    const { out, lock, found } = this;
    if (this.#begun && !this.#saved)
      for (const name of [RUN.record, RUN.module, RUN.log, RUN.report]) await rm(`${out}/${name}`, { force: true });
    await lock.release();
    if (found.made) await rmdir(out).catch(() => {}); // which keeps what holds anything
  }
}

/** Tries the places, takes the lock, and reads the checkpoint. Throws CNN4123, CNN4126 to CNN4128. */
export async function openRun({ out, resume = false, force = false }: RunPlace): Promise<RunFolder> {
  const { rmdir } = await nodeModule('fs/promises');
  if (!out || out.endsWith('.safetensors'))
    throw new TrainerError('CNN4123', `\`${out}\` is no name for a folder`, 'name the folder of the run with `--out`');
  if (resume && !(await findCheckpoint(out)) && !(await exists(`${out}/${RUN.record}`)))
    throw new TrainerError('CNN4128', `there is no \`${out}/${RUN.last}\``, 'name the folder of the run with `--out`');
  const path = `${out}/${LOCK}`;
  const made = await writing(out, () => makeFolder(out));
  const lock = await writing(path, () => takeLock(out, path));
  try {
    for (const name of Object.values(RUN)) await tryPlace(`${out}/${name}`);
    const found = await findCheckpoint(out);
    if (found && !resume && !force)
      throw new TrainerError(
        'CNN4126',
        `\`${out}\` holds a run`,
        '`--resume` continues it, `--force` replaces it; or give another folder',
      );
    const checkpoint = resume && found ? await readCheckpoint(found) : undefined;
    const log = await RunLog.open(`${out}/${RUN.log}`, checkpoint?.progress);
    return new OpenRun(out, lock, log, checkpoint, { run: found !== undefined, force, made });
  } catch (error) {
    await lock.release();
    if (made) await rmdir(out).catch(() => {});
    throw error;
  }
}
