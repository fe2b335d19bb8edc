/** @file The folder of a run: its lock, what is told of it, and what is left of a run that saved nothing. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { newProgress } from '../../src/runtime/progress.ts';
import { openRun, type RunRecord, readRecord } from '../../src/runtime/run-folder.ts';
import { writeSafetensors } from '../../src/runtime/safetensors.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

afterEach(() => vi.useRealTimers());

const place = () => join(temporaryFolder('cnnc-lock-'), 'run');
const age = (file: string) => (Date.now() - statSync(file).mtimeMs) / 60_000;

/** A checkpoint without weights. */
function checkpoint(step = 0, epoch = 0): Uint8Array {
  const progress = { ...newProgress(1), step, epoch, epochs: 9, batch: 1 };
  return writeSafetensors([], Object.fromEntries(Object.entries(progress).map(([key, value]) => [key, `${value}`])));
}

/** A folder that holds a run, and nobody trains in it. */
async function savedRun(): Promise<string> {
  const out = place();
  const folder = await openRun({ out });
  await folder.save(checkpoint());
  await folder.close();
  return out;
}

/** The line that a process of this machine writes. */
const lineOf = (pid: number | string, start: string) => `${pid} ${hostname()} ${start} token\n`;

describe('the lock of a run', () => {
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
    const out = await savedRun();
    const lock = join(out, 'run.lock');
    writeFileSync(lock, '1 elsewhere\n');
    await expect(openRun({ out, resume: true })).rejects.toMatchObject({ code: 'CNN4127' });
    const past = new Date(Date.now() - 6 * 60_000);
    utimesSync(lock, past, past);
    const folder = await openRun({ out, resume: true });
    expect(readFileSync(lock, 'utf8')).toContain(`${process.pid} `);
    await folder.close();
  });

  const own = existsSync('/proc/self/stat')
    ? readFileSync('/proc/self/stat', 'utf8').replace(/.*\) /s, '').split(' ')[19]!
    : '-';
  const locks: [string, string, number, boolean][] = [
    ['a process that is gone', lineOf(999_999_999, '-'), 0, false],
    ['no process, but a moment ago: what never becomes a line', 'garb', 4800, false],
    ['no process', 'garbage\0', 10_000, false],
    ['nothing', '', 10_000, false],
    ['this process', lineOf(process.pid, own), 0, own !== '-'],
    ['this process, as other versions wrote it', `${process.ppid} ${hostname()}\n`, 0, true],
    [
      'a process that is silent, where the system does not tell when it started',
      lineOf(process.ppid, '-'),
      600_000,
      false,
    ],
  ];
  if (own !== '-') locks.push(['an earlier process of the same number', lineOf(process.ppid, '1'), 0, false]);
  it.each(locks)('that names %s', async (_, line, milliseconds, held) => {
    const out = await savedRun();
    const lock = join(out, 'run.lock');
    writeFileSync(lock, line);
    const then = new Date(Date.now() - milliseconds);
    utimesSync(lock, then, then);
    const opened = openRun({ out, resume: true });
    if (held) await expect(opened).rejects.toMatchObject({ code: 'CNN4127' });
    else await (await opened).close();
    expect(existsSync(lock)).toBe(held);
  });

  it('is had by one of many that find a stale one at the same time', async () => {
    const out = await savedRun();
    writeFileSync(join(out, 'run.lock'), lineOf(999_999_999, '-'));
    const all = await Promise.allSettled(Array.from({ length: 24 }, () => openRun({ out, resume: true })));
    const opened = all.flatMap((found) => (found.status === 'fulfilled' ? found.value : []));
    const saves = await Promise.allSettled(opened.map((folder) => folder.save(checkpoint())));
    expect(saves.filter(({ status }) => status === 'fulfilled').length).toBe(1);
    for (const folder of opened) await folder.close();
    expect(readdirSync(out)).toEqual(['last.safetensors', 'metrics.jsonl']);
  });

  it('that another run has taken stops the next save', async () => {
    const out = place();
    const folder = await openRun({ out });
    await folder.save(checkpoint());
    writeFileSync(join(out, 'run.lock'), '1 elsewhere\n');
    await expect(folder.save(checkpoint(1))).rejects.toMatchObject({ code: 'CNN4127' });
    await folder.close();
    expect(readFileSync(join(out, 'run.lock'), 'utf8')).toBe('1 elsewhere\n');
  });
});

describe('what is told of a run', () => {
  const record = {
    schema: 1,
    network: 'N',
    hash: 'h',
    versions: { cnnc: '0' },
    options: {},
    training: { epochs: 1, batch: 8, lr: 0.1, seed: 42 },
    data: { spec: 'digits', fingerprint: 'f' },
  } satisfies RunRecord;

  it('is there from its beginning, and goes with a run that saves nothing', async () => {
    const out = place();
    const folder = await openRun({ out });
    await folder.begin(record, 'module');
    folder.log.add({ kind: 'step', epoch: 1, step: 1 });
    expect(readdirSync(out).sort()).toEqual(['run.json', 'run.lock', 'trainer.mjs']);
    expect(await readRecord(out)).toEqual(record);
    await folder.flush();
    expect(readFileSync(join(out, 'metrics.jsonl'), 'utf8')).toBe('{"kind":"step","epoch":1,"step":1}\n');
    await folder.close();
    expect(existsSync(out)).toBe(false);
  });

  it('of a run that is replaced stays until the first checkpoint of the new one', async () => {
    const out = await savedRun();
    const folder = await openRun({ out, force: true });
    await folder.begin(record, 'module');
    folder.log.add({ kind: 'step', epoch: 1, step: 1 });
    const log = readFileSync(join(out, 'metrics.jsonl'), 'utf8');
    await folder.flush();
    expect(readFileSync(join(out, 'metrics.jsonl'), 'utf8')).toBe(log);
    expect(readdirSync(out).sort()).toEqual(['last.safetensors', 'metrics.jsonl', 'run.lock']);
    await folder.save(checkpoint());
    await folder.close();
    expect(readdirSync(out).sort()).toEqual(['last.safetensors', 'metrics.jsonl', 'run.json', 'trainer.mjs']);
  });

  it('is kept where a module, which does not know its source, goes on', async () => {
    const out = place();
    const first = await openRun({ out });
    const sources = [{ file: 'n.cnn', text: 'network N {}' }];
    await first.begin({ ...record, sources }, 'module');
    await first.save(checkpoint());
    await first.close();
    const second = await openRun({ out, resume: true });
    await second.begin(record, 'module');
    await second.close();
    expect(await readRecord(out)).toEqual({ ...record, sources });
  });

  it.each(['', '{', 'null', '[]', '{"schema":2}', '{"schema":1,"hash":"h","data":{}}'])(
    'is refused where it is %j',
    async (text) => {
      const out = place();
      mkdirSync(out);
      writeFileSync(join(out, 'run.json'), text);
      await expect(readRecord(out)).rejects.toMatchObject({ code: 'CNN4129' });
    },
  );
});

describe('continuing', () => {
  it('begins at the beginning where nothing has been saved yet, and not where there is no run', async () => {
    const out = place();
    mkdirSync(out);
    await expect(openRun({ out, resume: true })).rejects.toMatchObject({ code: 'CNN4128' });
    writeFileSync(join(out, 'run.json'), '{}');
    const folder = await openRun({ out, resume: true });
    expect(folder.checkpoint).toBeUndefined();
    await folder.close();
  });

  it('is refused for weights alone', async () => {
    const out = place();
    mkdirSync(out);
    writeFileSync(join(out, 'last.safetensors'), writeSafetensors([], {}));
    await expect(openRun({ out, resume: true })).rejects.toMatchObject({
      code: 'CNN4128',
      problem: expect.stringContaining('weights alone'),
    });
  });

  it('cuts the log where the checkpoint is, a line that was not finished included', async () => {
    const out = place();
    const rows = [
      { kind: 'step', epoch: 1, step: 1 },
      { kind: 'step', epoch: 1, step: 2 },
      { kind: 'epoch', epoch: 1, step: 2 },
      { kind: 'step', epoch: 2, step: 3 },
      { kind: 'watch', epoch: 2, step: 3, layers: {} },
      { kind: 'watch', epoch: 2, step: 4, layers: {} },
    ] as const;
    const lines = rows.map((row) => `${JSON.stringify(row)}\n`);
    const first = await openRun({ out });
    for (const row of rows) first.log.add(row);
    await first.save(checkpoint(3, 1));
    await first.close();
    const log = join(out, 'metrics.jsonl');
    expect(readFileSync(log, 'utf8')).toBe(lines.join(''));
    writeFileSync(log, `${lines.join('')}{"kind":"st`);
    const second = await openRun({ out, resume: true });
    expect(second.log.before).toEqual(rows.slice(0, 5));
    second.log.add(rows[5]);
    await second.log.flush();
    expect(readFileSync(log, 'utf8')).toBe(lines.join(''));
    await second.close();
  });
});
