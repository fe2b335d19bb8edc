/**
 * @file Writing files that belong together. Every file is written beside its place, and all are moved there once every
 * one is whole, so a process that is killed leaves the old files or the new ones. Links are followed, and mode and owner
 * stay; a device or a pipe is written to as it is.
 */

import type { Stats } from 'node:fs';
import { because } from './files.ts';
import { nodeModule } from './node-module.ts';
import { TrainerError } from './trainer-error.ts';

async function fileSystem() {
  return { ...(await nodeModule('fs/promises')), ...(await nodeModule('path')) };
}

/** Runs an action on a path; where it fails, throws CNN4123 with the reason. */
export async function writing<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof TrainerError) throw error;
    const reason =
      (error as { code?: string }).code === 'ENOENT' ? 'is in a folder that cannot be made' : because(error);
    throw new TrainerError('CNN4123', `\`${path}\` cannot be written: it ${reason}`, 'choose another place');
  }
}

interface Place {
  /** Behind all links. */
  readonly target: string;
  /** What stands there. */
  readonly found?: Stats;
}

async function findPlace(path: string): Promise<Place> {
  const { constants, access, readlink, realpath, stat, dirname, isAbsolute } = await fileSystem();
  const found = await stat(path).catch((error) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (found?.isDirectory()) throw { code: 'EISDIR' };
  if (found) {
    await access(path, constants.W_OK);
    return { target: found.isFile() ? await realpath(path) : path, found };
  }
  const link = await readlink(path).catch(() => undefined);
  if (link === undefined) return { target: path };
  return findPlace(isAbsolute(link) ? link : `${dirname(path)}/${link}`);
}

/** Whether a device, a pipe or a socket stands at the place. */
export async function isDevice(path: string): Promise<boolean> {
  const { found } = await findPlace(path).catch((): Partial<Place> => ({}));
  return found !== undefined && !found.isFile();
}

/** Makes a folder; true if there was none. One at a time: Node's own recursion never ends where the system makes none (`/proc`). */
export async function makeFolder(path: string): Promise<boolean> {
  const { mkdir, stat, dirname } = await fileSystem();
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return false;
  if (found) throw { code: 'ENOTDIR' };
  if (dirname(path) !== path) await makeFolder(dirname(path));
  await mkdir(path);
  return true;
}

/** Whether a process of this machine runs. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A name beside the target that says whose it is; what processes that were killed have left there is removed. */
async function temporaryName(target: string, n: number): Promise<string> {
  const { readdir, rm, basename, dirname, join } = await fileSystem();
  const folder = dirname(target);
  const start = `${basename(target).slice(0, 80)}.`;
  for (const name of await readdir(folder)) {
    const [, pid] = (name.startsWith(start) && /^(\d+)(\.\d+)?\.tmp$/.exec(name.slice(start.length))) || [];
    if (pid && !isAlive(Number(pid))) await rm(join(folder, name), { force: true });
  }
  return join(folder, `${start}${process.pid}.${n}.tmp`);
}

/** Whole, or in pieces: a file may be longer than an array. */
type Content = string | Uint8Array | readonly Uint8Array[];

async function writeWhole(path: string, content: Content, { found }: Place): Promise<void> {
  const { open } = await fileSystem();
  const file = await open(path, 'w');
  try {
    for (const piece of Array.isArray(content) ? content : [content]) await file.writeFile(piece);
    if (found && !found.isFile()) return;
    if (found) {
      await file.chown(found.uid, found.gid).catch(() => {});
      await file.chmod(found.mode & 0o7777);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Tells whether a file can be written, before the work whose result it is to hold. Throws CNN4123. */
export async function tryPlace(path: string): Promise<void> {
  const { open, rm, dirname } = await fileSystem();
  await writing(path, async () => {
    const { target, found } = await findPlace(path);
    if (found && !found.isFile()) return;
    await makeFolder(dirname(target));
    const temporary = await temporaryName(target, 0);
    await (await open(temporary, 'w')).close();
    await rm(temporary);
  });
}

/** Paths to contents. Throws CNN4123. */
export async function writeFiles(files: ReadonlyMap<string, Content>): Promise<void> {
  const { rename, rm, dirname } = await fileSystem();
  const moves: { readonly path: string; readonly from: string; readonly to: string }[] = [];
  try {
    for (const [path, content] of files) {
      await writing(path, async () => {
        const place = await findPlace(path);
        const { target, found } = place;
        if (found && !found.isFile()) return writeWhole(path, content, place);
        await makeFolder(dirname(target));
        const from = await temporaryName(target, moves.length);
        moves.push({ path, from, to: target });
        await writeWhole(from, content, place);
      });
    }
    for (const { path, from, to } of moves) await writing(path, () => rename(from, to));
  } catch (error) {
    for (const { from } of moves) await rm(from, { force: true }).catch(() => {});
    throw error;
  }
}
