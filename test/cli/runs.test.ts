/** @file A run in its folder: what is told of it, what is logged, how it goes on, and what is said where that has no effect. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCommandLine } from '../../src/cli/program.ts';
import { tiny } from './networks.ts';
import { recorder, run } from './recorder.ts';
import { folderWith } from './run-cnnc.ts';

const small = tiny.replace('digits(train: 200, test: 50)', 'digits(train: 60, test: 20)');

/** A folder with the network, and `cnnc train` on it there. */
function place(text = small) {
  const cwd = folderWith({ 'tiny.cnn': text });
  const out = join(cwd, 'run');
  const train = (...more: string[]) => run(['train', join(cwd, 'tiny.cnn'), ...more]);
  const write = (changed: string) => writeFileSync(join(cwd, 'tiny.cnn'), changed);
  const read = (name: string, folder = 'run') => readFileSync(join(cwd, folder, name), 'utf8');
  return { cwd, out, train, write, read };
}

const stopping = (text: string) => text.replace('epochs 2', 'epochs 3\n  stop early(patience: 1)');
/** Learns nothing more after the first steps. */
const stale = stopping(small).replace('lr: 0.1, momentum: 0.9', 'lr: 1e-30');

describe('the folder of a run', () => {
  it('says what was trained, on what, and has the module', async () => {
    const { out, train, read } = place();
    await train('--out', out, '--set', 'units=3', '--lr', '0.2');
    const record = JSON.parse(read('run.json'));
    expect(record).toMatchObject({
      schema: 1,
      network: 'Tiny',
      options: { set: { units: 3 }, target: 'wasm' },
      versions: { cnnc: '0.1.0', node: process.version },
      training: { epochs: 2, batch: 20, lr: 0.2, seed: 42 },
      data: { spec: 'digits:train=60,test=20' },
    });
    expect(record.sources).toEqual([{ file: expect.stringMatching(/tiny\.cnn$/), text: small }]);
    expect(record.hash).toMatch(/^[0-9a-f]+$/);
    expect(record.data.fingerprint).toMatch(/^60 images \(\w+\) to learn, 20 images/);
    expect(read('trainer.mjs')).toContain('cnncStart.start');
  });

  it('has a log of steps and epochs, the same however often the run was interrupted', async () => {
    const { cwd, train, read } = place();
    await train('--out', join(cwd, 'whole'));
    await train('--out', join(cwd, 'parts'), '--epochs', '1');
    await train('--out', join(cwd, 'parts'), '--resume', '--epochs', '2');
    const rows = read('metrics.jsonl', 'whole')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map(({ kind, epoch, step }) => [kind, epoch, step])).toEqual([
      ...[1, 2, 3].map((step) => ['step', 1, step]),
      ['epoch', 1, 3],
      ...[4, 5, 6].map((step) => ['step', 2, step]),
      ['epoch', 2, 6],
    ]);
    expect(rows[3]).toEqual({
      ...{ kind: 'epoch', epoch: 1, step: 3 },
      ...{ trainLoss: expect.any(Number), trainAccuracy: expect.any(Number) },
      ...{ testLoss: expect.any(Number), testAccuracy: expect.any(Number) },
    });
    expect(rows[4]).toMatchObject({ images: 20, learningRate: 0.1, loss: expect.any(Number) });
    expect(read('metrics.jsonl', 'parts')).toBe(read('metrics.jsonl', 'whole'));
  });

  it('is named behind the results', async () => {
    const { cwd, out } = place();
    let all = '';
    const write = (text: string) => void (all += text);
    const terminal = { ...recorder().terminal, out: write, err: write };
    await runCommandLine(['train', join(cwd, 'tiny.cnn'), '--out', out], terminal);
    expect(all).toMatch(/\nmost confused: [^\n]+\nthe run is in [^\n]+\n$/);
  });

  it('gives a new run the weights that fit, and lists what does not', async () => {
    const { cwd, out, train } = place();
    await train('--out', out);
    const all = await train('--weights', out, '--epochs', '1');
    expect(all.err).toContain(`4 weights from ${out}/best.safetensors\n`);
    const some = await train('--from', out, '--set', 'units=3', '--out', join(cwd, 'other'));
    const unlike = [...some.err.matchAll(/^ {2}(?:shape {2}| {7})(\S+) +\[/gm)].map(([, name]) => name);
    expect(unlike).toEqual(['hidden.weight', 'hidden.bias', 'out.weight']);
    expect(readdirSync(join(cwd, 'other'))).toContain('best.safetensors');
    expect((await train('--from', out, '--partial')).status).toBe(2);
  });
});

describe('going on', () => {
  it('with `stop early` that came later, where nothing is held out, trains on and says that it has no effect', async () => {
    const { out, train, write } = place();
    await train('--out', out);
    write(stopping(small));
    const { status, out: lines, err } = await train('--out', out, '--resume');
    expect([status, lines.startsWith('epoch 3/3')]).toEqual([0, true]);
    expect(err.replace(/\s+/g, ' ')).toContain(
      'early stopping has no effect: this run has learnt from all training images',
    );
  });

  it('after an early stop says so, and trains on only for more epochs than were planned', async () => {
    const { out, train } = place(stale);
    const first = await train('--out', out);
    expect(first.err).toContain('stopped after epoch 2 of 3');
    const again = await train('--out', out, '--resume', '--epochs', '3');
    expect([again.status, again.out.match(/^(epoch|test)/gm)]).toEqual([0, ['test']]);
    expect(again.err.replace(/\s+/g, ' ')).toContain(
      'this run stopped early after epoch 2; only with more than 3 epochs (`--epochs`) does it go on',
    );
    const more = await train('--out', out, '--resume', '--epochs', '40');
    expect(more.out).toMatch(/^epoch 3\/40/);
    expect(more.err.replace(/\s+/g, ' ')).toContain('it goes on, and its patience of 1 epochs begins anew');
    expect(more.err).toContain('stopped after epoch 3 of 40');
  });

  it('with another network tells first what has changed in it', async () => {
    const { out, train, write } = place();
    await train('--out', out, '--set', 'units=5');
    const other = await train('--out', out, '--resume', '--set', 'units=6');
    expect([other.status, other.err]).toEqual([
      1,
      expect.stringMatching(/^`units` was 5, and is 6\n[\s\S]*error\[CNN412/),
    ]);
    expect((await train('--out', out, '--resume')).err).toContain('`units` was 5, and is 4\n');
    write(small.replace('-> relu', '-> relu6'));
    const { err } = await train('--out', out, '--resume', '--set', 'units=5');
    expect(err).toContain('the text of the network has changed since the run began\n');
  });

  it('with fewer epochs than are done says so, and leaves the record as it is', async () => {
    const { out, train, read } = place();
    await train('--out', out);
    const before = read('run.json');
    const { status, err } = await train('--out', out, '--resume', '--epochs', '1', '--batch', '10');
    expect([status, err]).toEqual([0, expect.stringContaining('2 of 2 epochs are done; --epochs N for more')]);
    expect(err).not.toContain('`batch` was');
    expect(read('run.json')).toBe(before);
    await train('--out', out, '--resume', '--epochs', '3');
    expect(JSON.parse(read('run.json')).training).toMatchObject({ epochs: 3, batch: 20 });
  });

  it('tells what is changed, by the command and in the file, as it is written there', async () => {
    const { out, train, write } = place();
    expect((await train('--out', out, '--batch', '15')).err).not.toContain('`batch`');
    write(
      small.replace(
        'batch 20',
        'batch 20\n  augment flip(horizontal), crop(pad: 1), mixup\n  normalize mean: 0.1, std: 0.3',
      ),
    );
    const { err } = await train('--out', out, '--resume', '--epochs', '3', '--batch', '30', '--lr', '0.05');
    expect(err.replace(/\s+/g, ' ')).toContain(
      [
        '`batch` was 15, and is 30',
        '`lr` was 0.1, and is 0.05',
        '`augment` was none, and is flip(direction: horizontal), crop(pad: 1, border: zero), mixup(alpha: 0.2, part: 1)',
        '`normalize` was none, and is [mean: [0.1], std: [0.3]]',
      ].join(' '),
    );
  });

  it('from weights alone is refused', async () => {
    const { out, train } = place();
    await train('--out', out);
    writeFileSync(join(out, 'last.safetensors'), readFileSync(join(out, 'best.safetensors')));
    const { status, err } = await train('--out', out, '--resume');
    expect(status).toBe(1);
    expect(err).toContain('error[CNN4128]');
    expect(err.replace(/\s+/g, ' ')).toContain('holds weights alone, no run');
  });

  it('names options of the command where those decide', async () => {
    const { out, train } = place();
    await train('--out', out);
    const { err } = await train('--out', out, '--resume', '--validation', '10%');
    expect(err.replace(/\s+/g, ' ')).toContain('leave `validation` (`--validation`) out, or start a new run');
  });
});

describe('what has no effect is told:', () => {
  it.each([
    [['--target', 'js', '--threads', '2'], '1 thread computes, not 2: this module has no use for more'],
    [['--threads', '99'], '1 thread computes, not 99: this module has no use for more'],
  ])('%j', async (args, message) => {
    const { status, err } = await place().train(...args);
    expect([status, err]).toEqual([0, expect.stringContaining(message)]);
  });

  it('a folder that there is not', async () => {
    const { status, err } = await run(['check', 'a.cnn', '--allow-imports', 'nofolder']);
    expect([status, err.replace(/\s+/g, ' ')]).toEqual([2, expect.stringContaining('There is no folder `nofolder`.')]);
  });
});

it('wrong usage is told in lines that fit', async () => {
  const { err } = await run(['train', 'a.cnn', '--save-every', 'sometimes', '--nonsense']);
  expect(Math.max(...err.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
});
