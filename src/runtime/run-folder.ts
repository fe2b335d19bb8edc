/**
 * @file The folder of a run: its checkpoint, the weights of its best epoch, and a lock while it is trained in. What cannot
 * be written is found out before training starts.
 */

import { nodeModule, readBytes } from '../data/files.ts';
import { TrainerError } from '../data/trainer-error.ts';
import { isAlive, makeFolder, tryPlace, writeFiles, writing } from '../data/write-files.ts';

const LAST = 'last.safetensors';
const BEST = 'best.safetensors';
/** As `LAST` was called once. */
const FORMER = 'checkpoint.safetensors';
const LOCK = 'run.lock';

/** Milliseconds without a sign of life after which the lock of another machine is no lock any more. */
const SILENCE = 5 * 60_000;

/** Where `--out` points: a new run unless `resume`; `force` replaces one that is there. */
export interface RunPlace {
  readonly out: string;
  readonly resume?: boolean;
  readonly force?: boolean;
}

export interface RunFolder {
  /** Of the run to continue. */
  readonly checkpoint?: Uint8Array;
  /** Replaces the checkpoint, and where there are any the best weights. Throws CNN4123. */
  save(last: Uint8Array, best?: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

async function system() {
  return { ...(await nodeModule('fs/promises')), hostname: (await nodeModule('os')).hostname() };
}

/** Whether the process that wrote a lock still trains; of another machine's only the time of the lock tells. */
async function isHeld(lock: string): Promise<boolean> {
  const { readFile, stat, hostname } = await system();
  const [pid, host] = (await readFile(lock, 'utf8').catch(() => '')).trim().split(' ');
  if (host === hostname) return Number(pid) !== process.pid && isAlive(Number(pid));
  const written = await stat(lock).catch(() => undefined);
  return written !== undefined && Date.now() - written.mtimeMs < SILENCE;
}

async function takeLock(out: string, lock: string): Promise<void> {
  const { rm, writeFile, hostname } = await system();
  for (;;) {
    const error = await writeFile(lock, `${process.pid} ${hostname}\n`, { flag: 'wx' }).catch((error) => error);
    if (!error) return;
    if (error.code !== 'EEXIST') throw error;
    if (await isHeld(lock)) {
      const hint = `wait for it, give another folder, or remove \`${lock}\` if nothing is running`;
      throw new TrainerError('CNN4127', `another run is training in \`${out}\``, hint);
    }
    await rm(lock, { force: true });
  }
}

/** A sign of life, for other machines. */
async function touch(lock: string): Promise<void> {
  const { utimes } = await system();
  const now = new Date();
  await utimes(lock, now, now).catch(() => {});
}

async function findCheckpoint(out: string): Promise<string | undefined> {
  const { access } = await system();
  for (const name of [LAST, FORMER]) {
    const missing = await access(`${out}/${name}`).catch(() => true);
    if (!missing) return `${out}/${name}`;
  }
  return undefined;
}

/** Tries the places, takes the lock, and reads the checkpoint. Throws CNN4123, CNN4126 to CNN4128. */
export async function openRun({ out, resume, force }: RunPlace): Promise<RunFolder> {
  const { rm, rmdir } = await system();
  if (!out || out.endsWith('.safetensors'))
    throw new TrainerError('CNN4123', `\`${out}\` is no name for a folder`, 'name the folder of the run with `--out`');
  if (resume && !(await findCheckpoint(out)))
    throw new TrainerError('CNN4128', `there is no \`${out}/${LAST}\``, 'name the folder of the run with `--out`');
  const lock = `${out}/${LOCK}`;
  const made = await writing(out, () => makeFolder(out));
  await writing(lock, () => takeLock(out, lock));
  const alive = setInterval(() => void touch(lock), SILENCE / 5);
  alive.unref?.();
  const close = async () => {
    clearInterval(alive);
    await rm(lock, { force: true });
    if (made) await rmdir(out).catch(() => {}); // which keeps what holds anything
  };
  try {
    for (const name of [LAST, BEST]) await tryPlace(`${out}/${name}`);
    const found = await findCheckpoint(out);
    if (found && !resume && !force)
      throw new TrainerError(
        'CNN4126',
        `\`${out}\` holds a run`,
        '`--resume` continues it, `--force` replaces it; or give another folder',
      );
    let replaces = force;
    return {
      checkpoint: resume ? await readBytes(found!) : undefined,
      async save(last, best) {
        await writeFiles(new Map([[`${out}/${LAST}`, last], ...(best ? [[`${out}/${BEST}`, best] as const] : [])]));
        // No file of the run that was replaced stays behind.
        if (replaces) for (const name of best ? [FORMER] : [FORMER, BEST]) await rm(`${out}/${name}`, { force: true });
        replaces = false;
        await touch(lock);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
