/**
 * @file The lock of a run's folder: one line that says which process holds it. A process is known by its number and by
 * when it started, since numbers are used again; where the system does not tell that, and for other machines, the age of
 * the lock decides, which its holder renews. Whatever happens to a lock, a run asks before it saves whether it is still
 * its own.
 */

import { nodeModule } from '../data/node-module.ts';
import { TrainerError } from '../data/trainer-error.ts';
import { isAlive } from '../data/write-files.ts';

/** Milliseconds without a sign of life after which a lock that cannot be judged otherwise is none. */
const SILENCE = 5 * 60_000;
/** In which a line is written. What is no lock after that never becomes one. */
const WRITTEN = 5000;
/** In which others that judged the same lock have put their lines in its place too. */
const SETTLED = 100;

export interface Lock {
  /** Shows that the process lives. CNN4127 when another run has taken the folder. */
  renew(): Promise<void>;
  release(): Promise<void>;
}

async function system() {
  return { ...(await nodeModule('fs/promises')), hostname: (await nodeModule('os')).hostname() };
}

/** When a process started, in ticks since the machine did; `-` where the system does not say. */
async function startOf(pid: number): Promise<string> {
  const { readFile } = await system();
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name in parentheses may hold anything; of what follows it, it is the twentieth.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-';
}

/**
 * Whether the process that wrote a line may still train; `age`: milliseconds since it was written or renewed. Nothing where a line may
 * still be written: who began to is at it, or was killed.
 */
async function isHeld(line: string, age: number): Promise<boolean | undefined> {
  const { hostname } = await system();
  const [, pid, host, start] = /^(\d+) (\S+)(?: (\S+))?/.exec(line) ?? [];
  if (pid === undefined) return age < WRITTEN ? undefined : false;
  if (host !== hostname) return age < SILENCE;
  if (!isAlive(Number(pid))) return false;
  const now = await startOf(Number(pid));
  if (start !== undefined && start !== '-' && now !== '-') return start === now;
  return Number(pid) !== process.pid && age < SILENCE;
}

/** The line of a lock and its age; nothing where there is none. */
async function readLock(path: string): Promise<{ line: string; age: number } | undefined> {
  const { readFile, stat } = await system();
  try {
    const { mtimeMs } = await stat(path);
    return { line: await readFile(path, 'utf8'), age: Date.now() - mtimeMs };
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    throw error;
  }
}

function taken(out: string, path: string): TrainerError {
  const hint = `wait for it, give another folder, or remove \`${path}\` if nothing is running`;
  return new TrainerError('CNN4127', `another run is training in \`${out}\``, hint);
}

/**
 * Puts a line in the place of a lock that nobody holds. A lock is never absent meanwhile, so of many that do this at the
 * same time the last one has it; the pause lets the others find that out here, and not at their first save.
 */
async function takeOver(path: string, line: string, token: string): Promise<void> {
  const { rename, rm, writeFile } = await system();
  const aside = `${path}.${token}`;
  try {
    await writeFile(aside, line, { flag: 'wx' });
    await rename(aside, path);
  } finally {
    await rm(aside, { force: true });
  }
  await pause();
}

const pause = () => new Promise((resolve) => setTimeout(resolve, SETTLED));

/** Takes the lock of the folder `out`. Throws CNN4127 where a run lives that holds it. */
export async function takeLock(out: string, path: string): Promise<Lock> {
  const { rm, writeFile, utimes, hostname } = await system();
  const token = `${process.pid}-${Math.random().toString(36).slice(2)}`;
  const line = `${process.pid} ${hostname} ${await startOf(process.pid)} ${token}\n`;
  for (;;) {
    const error = await writeFile(path, line, { flag: 'wx' }).catch((error) => error);
    if (!error) break;
    if (error.code !== 'EEXIST') throw error;
    const found = await readLock(path);
    if (found?.line === line) break;
    const held = found && (await isHeld(found.line, found.age));
    if (held) throw taken(out, path);
    if (held === false) await takeOver(path, line, token);
    else await pause();
  }
  const isOwn = async () => (await readLock(path))?.line === line;
  const touch = () => utimes(path, new Date(), new Date()).catch(() => {});
  const alive = setInterval(() => void touch(), SILENCE / 5);
  alive.unref?.();
  return {
    async renew() {
      if (!(await isOwn())) throw taken(out, path);
      await touch();
    },
    async release() {
      clearInterval(alive);
      if (await isOwn()) await rm(path, { force: true });
    },
  };
}
