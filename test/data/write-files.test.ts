/** @file Files are replaced in one piece, links are followed, modes stay, and devices are written to. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isDevice, tryPlace, writeFiles } from '../../src/data/write-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = () => temporaryFolder('cnnc-write-');
const write = (path: string, text = 'new') => writeFiles(new Map([[path, text]]));

/** The number of a process that has ended. */
const deadProcess = () => spawnSync(process.execPath, ['-e', '']).pid;

describe('a file', () => {
  it('is made with its folders, and nothing else stays', async () => {
    const at = folder();
    await write(join(at, 'a/b/file'));
    expect(readFileSync(join(at, 'a/b/file'), 'utf8')).toBe('new');
    expect(readdirSync(join(at, 'a/b'))).toEqual(['file']);
  });

  it.each([0o600, 0o755, 0o664])('keeps its mode %o', async (mode) => {
    const file = join(folder(), 'file');
    writeFileSync(file, 'old');
    chmodSync(file, mode);
    await write(file);
    expect(statSync(file).mode & 0o7777).toBe(mode);
  });

  it('has a name of any length that the system takes', async () => {
    const at = folder();
    const names = ['n'.repeat(255), `${'n'.repeat(254)}m`, 'ü'.repeat(127)];
    await writeFiles(new Map(names.map((name) => [join(at, name), name])));
    for (const name of names) expect(readFileSync(join(at, name), 'utf8')).toBe(name);
    expect(readdirSync(at).length).toBe(3);
  });

  it('is replaced with the others or not at all', async () => {
    const at = folder();
    writeFileSync(join(at, 'one'), 'old');
    const files = new Map([
      [join(at, 'one'), 'new'],
      [join(at, 'one/two'), 'new'],
    ]);
    await expect(writeFiles(files)).rejects.toMatchObject({ code: 'CNN4123' });
    expect(readFileSync(join(at, 'one'), 'utf8')).toBe('old');
    expect(readdirSync(at)).toEqual(['one']);
  });
});

describe('a link', () => {
  it.each([
    ['a file', 'target', true],
    ['a chain', 'link2', true],
    ['no file yet', 'absent', false],
    ['a file of another folder', 'linked-folder/../target', true],
  ])('to %s stays, and its target is written', async (_, to, exists) => {
    const at = folder();
    mkdirSync(join(at, 'deep/inner'), { recursive: true });
    if (exists) writeFileSync(join(at, 'target'), 'old');
    symlinkSync('target', join(at, 'link2'));
    // The system takes `..` from where the link leads, not from where it lies.
    symlinkSync('deep/inner', join(at, 'linked-folder'));
    writeFileSync(join(at, 'deep/target'), 'old');
    symlinkSync(to, join(at, 'link'));
    await write(join(at, 'link'));
    expect(lstatSync(join(at, 'link')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(at, 'link'), 'utf8')).toBe('new');
    expect(readdirSync(at).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('to itself is refused', async () => {
    const link = join(folder(), 'link');
    symlinkSync('link', link);
    await expect(write(link)).rejects.toMatchObject({ code: 'CNN4123' });
  });
});

describe.skipIf(process.platform === 'win32')('what is no file', () => {
  it('is written to: a device', async () => {
    await write('/dev/null');
    await tryPlace('/dev/null');
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
    expect(readdirSync('/dev').filter((name) => name.startsWith('null'))).toEqual(['null']);
    expect([await isDevice('/dev/null'), await isDevice(tmpdir()), await isDevice('/nowhere')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('is written to: a pipe', async () => {
    const pipe = join(folder(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    const [, text] = await Promise.all([write(pipe), new Promise((resolve) => resolve(readFileLater(pipe)))]);
    expect(text).toBe('new');
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  });

  it.skipIf(process.platform !== 'linux')('is written to, and a full disk is told: /dev/full', async () => {
    await expect(write('/dev/full')).rejects.toThrow('no space left');
  });
});

async function readFileLater(path: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return readFile(path, 'utf8');
}

describe('a place', () => {
  it.each([
    ['a folder', '.', 'is a folder'],
    ['behind a file', 'file/x', 'needs a folder'],
    ['a name too long', 'n'.repeat(300), 'too long'],
    ...(process.platform === 'linux' ? [['where no folder can be made', '/proc/x/y', 'cannot be made']] : []),
  ])('is tried before the work: %s', async (_, path, reason) => {
    const at = folder();
    writeFileSync(join(at, 'file'), '');
    const place = path!.startsWith('/') ? path! : join(at, path!);
    for (const attempt of [tryPlace, write])
      await expect(attempt(place)).rejects.toMatchObject({
        code: 'CNN4123',
        problem: expect.stringContaining(reason!),
      });
    expect(readdirSync(at)).toEqual(['file']);
  });

  it.skipIf(process.getuid?.() === 0)(
    'is tried before the work: a folder and a file that may not be written',
    async () => {
      const at = folder();
      writeFileSync(join(at, 'file'), 'old', { mode: 0o444 });
      await expect(write(join(at, 'file'))).rejects.toThrow('may not be accessed');
      chmodSync(at, 0o555);
      await expect(tryPlace(join(at, 'other'))).rejects.toThrow('may not be accessed');
      chmodSync(at, 0o755); // or it could not be removed
    },
  );

  it('leaves nothing when it is good', async () => {
    const at = folder();
    await tryPlace(join(at, 'file'));
    expect(readdirSync(at)).toEqual([]);
  });
});

it('what killed processes left beside a file is removed, and nothing else', async () => {
  const at = folder();
  const dead = deadProcess();
  const others = [`file.${process.ppid}.0.tmp`, `other.${dead}.tmp`, 'file.tmp', 'file.x.tmp', `file.${dead}.tmp.bak`];
  for (const name of [`file.${dead}.tmp`, `file.${dead}.0.tmp`, ...others]) writeFileSync(join(at, name), '');
  await write(join(at, 'file'));
  expect(readdirSync(at).sort()).toEqual(['file', ...others].sort());
});
