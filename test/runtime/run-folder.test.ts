/** @file The lock of a run tells other machines that its process lives. */
import { mkdtempSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { openRun } from '../../src/runtime/run-folder.ts';

afterEach(() => vi.useRealTimers());

const place = () => join(mkdtempSync(join(tmpdir(), 'cnnc-lock-')), 'run');
const age = (file: string) => (Date.now() - statSync(file).mtimeMs) / 60_000;

it('shows a sign of life between saves, however rare they are', async () => {
  const out = place();
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const folder = await openRun({ out });
  const lock = join(out, 'run.lock');
  utimesSync(lock, new Date(0), new Date(0));
  vi.advanceTimersByTime(90_000);
  await vi.waitFor(() => expect(age(lock)).toBeLessThan(1));
  await folder.close();
  expect(vi.getTimerCount()).toBe(0);
});

it('of another machine holds while there are signs of life', async () => {
  const out = place();
  await (await openRun({ out })).save(new Uint8Array(8));
  const lock = join(out, 'run.lock');
  writeFileSync(lock, '1 elsewhere\n');
  await expect(openRun({ out, resume: true })).rejects.toMatchObject({ code: 'CNN4127' });
  const past = new Date(Date.now() - 6 * 60_000);
  utimesSync(lock, past, past);
  const folder = await openRun({ out, resume: true });
  expect(readFileSync(lock, 'utf8')).toContain(`${process.pid} `);
  await folder.close();
});
