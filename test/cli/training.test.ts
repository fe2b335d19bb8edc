/** @file Training from the command line loses nothing: signals, kills, closed outputs, full disks, two runs in a folder. */
import { spawn } from 'node:child_process';
import { openSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleProgram, programPath } from '../support/bundles.ts';
// @ts-expect-error plain JavaScript shared with test/torture/run.mjs
import { NETWORK, torture } from '../torture/torture.mjs';
import { tiny } from './networks.ts';
import { cnnc, folderWith, type RunOptions } from './run-cnnc.ts';

beforeAll(bundleProgram);

const endless = ['train', 'tiny.cnn', '--epochs', '1000000'];
const short = ['train', 'tiny.cnn', '--data', 'digits:train=60,test=20', '--epochs', '2'];
const place = () => folderWith({ 'tiny.cnn': tiny });
/** What a run leaves in its folder. */
const kept = ['best.safetensors', 'last.safetensors', 'metrics.jsonl', 'run.json', 'trainer.mjs'];

/** Sends a signal once the output shows the text. */
function signalAt(text: string, signal: NodeJS.Signals): RunOptions['watch'] {
  let sent = false;
  return (child, _, out) => {
    if (!sent && out.includes(text)) sent = child.kill(signal);
  };
}

describe('a signal', () => {
  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s saves the place, as Ctrl-C does, and says how to go on', async (signal, expected) => {
    const cwd = place();
    const args = [...endless, '--out', "a 'run'", '--force', '--lr=0.01'];
    const { status, err } = await cnnc(args, { cwd, watch: signalAt('epoch 2', signal) });
    expect(status).toBe(expected);
    expect(err).toContain("\ncnnc train tiny.cnn --epochs 1000000 --out 'a '\\''run'\\''' --lr=0.01 --resume\n");
    expect(readdirSync(join(cwd, "a 'run'")).sort()).toEqual(kept);
  });

  it('without a folder says that nothing is kept', async () => {
    const { status, err } = await cnnc(endless, { cwd: place(), watch: signalAt('epoch 1', 'SIGTERM') });
    expect(status).toBe(143);
    expect(err).toContain('nothing is kept, because no folder was given with --out');
  });
});

it('killed at any moment and continued, a run ends with the bits of one that was not: ten of `npm run torture`', async () => {
  const cwd = folderWith({ 'net.cnn': NETWORK });
  await cnnc(['build', 'net.cnn', '-o', 'net.mjs'], { cwd });
  const { failures, kills } = await torture({ commands: [['net.mjs']], cwd, kills: 10 });
  expect(failures).toEqual([]);
  expect(kills).toBe(10);
}, 120_000);

describe('a folder', () => {
  it('in which a run is training is refused to another, and free when that was killed', async () => {
    const cwd = place();
    let second: Promise<{ status: number | null; err: string }> | undefined;
    await cnnc([...endless, '--out', 'run'], {
      cwd,
      watch: (child, _, out) => {
        if (!out.includes('epoch 2') || second) return;
        second = cnnc([...short, '--out', 'run', '--force'], { cwd });
        void second.then(() => child.kill('SIGKILL'));
      },
    });
    const { status, err } = await second!;
    expect(status).toBe(1);
    expect(err).toContain('error[CNN4127]: another run is training in `run`');
    expect(readdirSync(join(cwd, 'run'))).toContain('run.lock');
    const after = await cnnc([...short, '--out', 'run', '--force'], { cwd });
    expect([after.status, readdirSync(join(cwd, 'run')).includes('run.lock')]).toEqual([0, false]);
  });
});

describe('standard output', () => {
  /** The status and what was said, with the output led to a file or a pipe that is closed after the first line. */
  function trainInto(args: readonly string[], cwd: string, device?: string) {
    const stdio = device ? (['ignore', openSync(device, 'w'), 'pipe'] as const) : (['ignore', 'pipe', 'pipe'] as const);
    const child = spawn(process.execPath, [programPath, ...args], { cwd, stdio: [...stdio] });
    let err = '';
    child.stderr!.on('data', (data) => (err += data));
    child.stdout?.once('data', () => child.stdout!.destroy());
    return new Promise<{ status: number | null; err: string }>((resolve) =>
      child.on('close', (status) => resolve({ status, err })),
    );
  }
  const longer = ['train', 'tiny.cnn', '--epochs', '30'];

  it('closed ends the lines but not a run that is kept', async () => {
    const cwd = place();
    expect((await trainInto([...longer, '--out', 'run'], cwd)).status).toBe(0);
    const again = await cnnc([...longer, '--out', 'run', '--resume'], { cwd });
    expect(again.err).toContain('30 of 30 epochs are done');
  });

  it('closed ends a run that nobody keeps, and the status tells', async () => {
    expect((await trainInto(endless, place())).status).toBe(141);
  });

  it.skipIf(process.platform !== 'linux')('on a full disk is told, and is a failure', async () => {
    const cwd = place();
    const kept = await trainInto([...short, '--out', 'run'], cwd, '/dev/full');
    expect(kept).toMatchObject({ status: 1, err: expect.stringContaining('standard output cannot be written') });
    expect((await cnnc([...short, '--out', 'run', '--resume'], { cwd })).err).toContain('2 of 2 epochs are done');
    expect(await trainInto(endless, cwd, '/dev/full')).toMatchObject({
      status: 1,
      err: expect.not.stringMatching(/ at /),
    });
    const summary = await trainInto(['summary', 'tiny.cnn'], cwd, '/dev/full');
    expect(summary).toMatchObject({ status: 1, err: expect.stringMatching(/^standard output cannot be written.*\n$/) });
  });
});

it('a device stays what it is, and gets no declarations beside it', async () => {
  const { status } = await cnnc(['build', 'tiny.cnn', '-o', '/dev/null'], { cwd: place() });
  expect(status).toBe(0);
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  expect(readdirSync('/dev').filter((name) => name.startsWith('null'))).toEqual(['null']);
});
