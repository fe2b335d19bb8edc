import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { allCodes } from '../../src/cli/all-codes.ts';
import { setting } from '../../src/cli/arguments.ts';
import { declarationsPath } from '../../src/cli/commands/build.ts';
import { reportFailure } from '../../src/cli/report.ts';
import { LISTS, topicNames } from '../../src/cli/topics.ts';
import { InternalError } from '../../src/diagnostics/diagnostic.ts';
import { SETTING_NAMES } from '../../src/semantics/train/settings.ts';
import { npy, ramp, zip } from '../data/files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { lenet, tiny } from './networks.ts';
import { recorder, run } from './recorder.ts';
import { folderWith } from './run-cnnc.ts';

describe('check', () => {
  it('gives advice without failing, and fails for a warning', async () => {
    const advice = await run(['check', '-'], tiny.replace('flatten ->', 'conv(4, 3x3) -> batchnorm ->'));
    expect(advice.status).toBe(0);
    expect(advice.err).toContain('advice[CNN5001]');
    const zeros = await run(['check', '-'], tiny.replace('batch 20', 'batch 20\n  init zeros'));
    expect(zeros.status).toBe(1);
    expect(zeros.err).toContain('warning[CNN5002]');
    const clean = await run(['check', '-', '--json'], tiny);
    expect([clean.status, JSON.parse(clean.out)]).toEqual([0, []]);
  });
});

describe('files that are not there or not text', () => {
  const latin1 = Buffer.from('// r\u00e9seau\n', 'latin1');
  const folder = folderWith({ 'lenet.cnn': lenet, 'latin1.cnn': latin1, 'huge.cnn': Buffer.alloc(5_000_000, '/') });

  it.each([
    ['CNN4201', 'lenett.cnn', 'did you mean'],
    ['CNN4201', 'nowhere/lenet.cnn', 'there is no folder'],
    ['CNN4202', '.', 'name the files in it'],
    ['CNN4204', 'latin1.cnn', 'save it as UTF-8'],
    ['CNN1021', 'huge.cnn', 'more than 2 MB'],
  ])('%s: %s, whatever the command', async (code, name, help) => {
    for (const command of ['check', 'summary', 'build', 'train', 'grad', 'gradcheck', 'fmt']) {
      const { status, out, err } = await run([command, `${folder}/${name}`], '');
      expect([status, out]).toEqual([1, '']);
      expect(err).toContain(`error[${code}]`);
      expect(err).toContain(help);
      expect(err).not.toMatch(/\bat .*:\d+:\d+/);
    }
  });
});

it('a module without its program is told to be one', async () => {
  const folder = folderWith({ 'tiny.cnn': tiny });
  const { err } = await run(['build', join(folder, 'tiny.cnn'), '--no-program']);
  expect(err).toMatch(/ms; it is to be imported, and does nothing when it is started\n$/);
});

describe('build --inference', () => {
  const folder = folderWith({ 'tiny.cnn': tiny });
  const place = (name: string) => join(folder, name);

  it('puts the weights of a run and the names of its classes into the module', async () => {
    await run(['train', place('tiny.cnn'), '--data', 'digits', '--epochs', '1', '--out', place('run'), '--json']);
    const { status, err } = await run([
      'build',
      place('run'),
      '--inference',
      '-o',
      place('p.mjs'),
      '--weights-as',
      'f16',
    ]);
    expect([status, err]).toEqual([0, expect.stringMatching(/KB to predict with Tiny, with weights from .*best/)]);
    expect(readFileSync(place('p.d.mts'), 'utf8')).toContain('createPredictor');
    const { createPredictor, network } = await import(pathToFileURL(place('p.mjs')).href);
    expect(network.classes).toEqual([...'0123456789']);
    expect((await createPredictor()).predict(new Uint8Array(784))).toHaveLength(10);
  });

  it('says when there are no weights, and what goes with what', async () => {
    const { status, err } = await run(['build', place('tiny.cnn'), '--inference', '--batch', '1']);
    expect([status, err]).toEqual([0, expect.stringMatching(/tiny\.predict\.js: .*without weights/)]);
    const wrong = await run(['build', place('tiny.cnn'), '--batch', '4']);
    expect([wrong.status, wrong.err]).toEqual([2, expect.stringContaining("add '--inference'")]);
    expect((await run(['build', place('tiny.cnn'), '--inference', '--ts'])).status).toBe(2);
    expect((await run(['build', place('tiny.cnn'), '--inference', '--batch', 'some'])).status).toBe(2);
  });
});

describe('wrong usage', () => {
  it.each([
    [['check', '--jsn', 'a.cnn'], 'Did you mean --json?'],
    [['check'], 'files'],
    [['summary', 'a.cnn', 'b.cnn'], 'too many arguments'],
    [['summary', 'a.cnn', '--batch', '0'], 'whole number from 1'],
    [['summary', 'a.cnn', '--batch', '1.5'], 'whole number from 1'],
    [['summary', 'a.cnn', '--set', 'n'], 'name=value'],
    [['summary', 'a.cnn', '--dump=fus'], 'Did you mean fuse?'],
    [['summary', 'a.cnn', '--json', '--csv'], 'cannot be used with'],
    [['build', 'a.cnn', '--target', 'gpu'], 'Allowed choices are wasm, js'],
    [['train', 'a.cnn', '--lr', '-1'], 'positive number'],
    [['train', 'a.cnn', '--resume'], '--out'],
    [['train', 'a.cnn', '--force'], "option '--force' needs option '--out <folder>'"],
    [['train', 'a.cnn', '--save-every', '1min'], "'--save-every' needs option '--out <folder>'"],
    [['train', 'a.cnn', '--partial'], "option '--partial' needs option '--weights <file>'"],
    [['train', 'a.cnn', '--out', 'run', '--resume', '--force'], 'cannot be used with'],
    [['train', 'a.cnn', '--out', 'run', '--resume', '--weights', 'a.safetensors'], 'cannot be used with'],
    [['train', 'a.cnn', '--save-every', '5'], 'a time such as 30s, 5min or 2h, or a number of steps'],
    [['train', 'a.cnn', '--save-every', '0s'], 'a time such as'],
    [['train', 'a.cnn', '--validation', '100%'], 'a part such as 10%'],
    [['explain', 'CNN9999'], 'no code CNN9999'],
    [[], 'Usage: cnnc'],
  ])('%j: status 2 and what was meant', async (args, text) => {
    const { status, out, err } = await run(args, '');
    expect([status, out]).toEqual([2, '']);
    expect(err.replaceAll('\n', ' ')).toContain(text);
    expect(err.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('help and lists are no mistakes', async () => {
    for (const args of [
      ['--help'],
      ['train', '--help'],
      ['help', 'fmt'],
      ['--list-passes'],
      ['grad', '--list-passes'],
    ]) {
      const { status, out, err } = await run(args, '');
      expect([status, err]).toEqual([0, '']);
      expect(out.length).toBeGreaterThan(100);
    }
  });
});

describe('train', () => {
  it.each([
    [['--data', 'mnist:nowhere'], 'CNN4141'],
    [['--data', 'nonsense'], 'CNN4140'],
    [['--out', 'empty', '--resume'], 'CNN4128'],
  ])('%j: %s', async (args, code) => {
    const { status, out, err } = await run(['train', '-', ...args], tiny);
    expect([status, out]).toEqual([1, '']);
    expect(err).toContain(`error[${code}]`);
  });
});

describe('train, what it says', () => {
  it('that a network does no better than guessing, and not of one that learns', { timeout: 20_000 }, async () => {
    const hint = /after 2 epochs [\d.]+ % are right, hardly more than by guessing \([\d.]+ %\): the learning rate/;
    expect((await run(['train', '-', '--lr', '30'], tiny)).err).toMatch(hint);
    const shown = (await run(['train', '-', '--lr', '30'], tiny, true)).err.split(/[\n\r]/);
    expect(shown.filter((line) => !line.includes('\x1b') && line.length > 80)).toEqual([]);
    expect(
      (await run(['train', '-', '--data', 'digits:train=1000,test=50', '--set', 'units=32', '--lr', '0.02'], tiny)).err,
    ).not.toMatch(hint);
  });

  it('which weights were taken and which were not, that a batch is large, and what is held out', async () => {
    const folder = join(temporaryFolder('cnnc-weights-'), 'run');
    const first = await run(['train', '-', '--out', folder, '--batch', '300', '--validation', '10%'], tiny);
    expect(first.err).toContain('a batch is larger than the data: each epoch is one step of 200 images');
    expect(first.out).toMatch(/^epoch 1\/2 {2}train .* {2}held out .* {2}test .* {2}[\d.]+ s {2}\d+ images\/s\n/);
    const args = ['train', '-', '--epochs', '1', '--weights', join(folder, 'best.safetensors')];
    expect((await run(args, tiny)).err).toContain('4 weights from ');
    const other = tiny.replace('class(10)', 'class(12)').replace('dense(10)', 'dense(12)');
    expect((await run(args, other)).err).toMatch(/`--weights\s+FILE --partial`/);
    const partial = await run([...args, '--partial', '--json'], other);
    expect(partial.err).toContain('2 weights from ');
    expect(partial.err).toMatch(
      /\n {2}shape {2}out\.weight +\[12, \d+\] +\[10, \d+\]\n {2}shape {2}out\.bias +\[12\] +\[10\]\n/,
    );
    expect(partial.out).not.toContain('null');
    const strange = await run([...args, '--partial'], tiny.replaceAll(/out: dense|hidden: dense/g, 'new$&'));
    expect([strange.status, strange.err]).toEqual([1, expect.stringContaining('error[CNN4121]: nothing in')]);
  });
});

describe('train on data of other forms', () => {
  it('teaches an autoencoder the images of a data set', { timeout: 20_000 }, async () => {
    const source = `network Autoencoder {
      input image: [1, 28, 28]
      code = image -> dense(8) -> tanh
      output drawn = code -> dense(784) -> sigmoid
      loss mse(drawn, image -> flatten)
    }`;
    const args = ['train', '-', '--data', 'digits:train=200,test=20', '--epochs', '2', '--lr', '0.5', '--json'];
    const { status, out } = await run(args, source);
    const [first, second] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(status).toBe(0);
    expect(second.trainLoss).toBeLessThan(first.trainLoss);
    expect(second).not.toHaveProperty('testAccuracy');
  });

  it('ends with the metrics, a table for those of classes', { timeout: 20_000 }, async () => {
    const metrics = [
      'topk(logits, label, k: 3)',
      'iou(logits, label)',
      'recall(logits, label)',
      'confusion(logits, label)',
    ];
    const source = tiny.replace('  output', `${metrics.map((metric) => `  metric ${metric}\n`).join('')}  output`);
    const { status, out } = await run(['train', '-', '--epochs', '1'], source);
    const lines = out.split('\n').slice(2);
    expect(status).toBe(0);
    expect(lines[0]).toMatch(/^topk 0\.\d{4}$/);
    expect(lines[1]).toMatch(/^iou 0\.\d{4}$/);
    expect(lines.slice(2, 4)).toEqual(['recall', expect.stringMatching(/^ {2}0 {2}\d\.\d{4}$/)]);
    expect(lines.slice(13, 15)).toEqual(['confusion', expect.stringMatching(/^ {2}true \\ predicted( +\d){10}$/)]);
    const counts = lines.slice(15, 25).flatMap((line) => line.trim().split(/ +/).slice(1).map(Number));
    expect(counts.length).toBe(100);
    expect(counts.reduce((sum, count) => sum + count)).toBe(50);
  });

  it('tells the accuracy of pixels as it is measured', { timeout: 20_000 }, async () => {
    const source = `network Bright {
      input image: [1, 3, 3]
      target bright: class(2, [3, 3])
      scores = image -> conv(2, 1x1)
      loss crossentropy(scores, bright)
      metric accuracy(scores, bright)
      output scores
    }`;
    const pixels = ramp(90, 60);
    const bright = pixels.map((value) => Number(value > 127));
    const arrays = { x_train: pixels, y_train: bright, x_test: pixels, y_test: bright };
    const files = Object.entries(arrays).map(([name, data]) => [`${name}.npy`, npy('|u1', [10, 3, 3], data)]);
    const folder = folderWith({ 'bright.npz': zip(Object.fromEntries(files), false) });
    const { out } = await run(
      ['train', '-', '--data', `npz:${folder}/bright.npz`, '--epochs', '1', '--lr', '0.5'],
      source,
    );
    const [, accuracy] = /test \S+ (\S+) %/.exec(out)!;
    // Of 90 pixels, not of 10 images.
    expect((Number(accuracy) * 0.9) % 1).toBeCloseTo(0, 1);
    expect(Number(accuracy) % 10).not.toBe(0);
    expect(out).toContain(`accuracy ${accuracy} %  (10 images)`);
  });

  it('asks for an array for each of several inputs', async () => {
    const source = `network Two {
      input left: [4]
      input right: [4]
      target same: [1]
      output y = concat(left, right) -> dense(1)
      loss mse(y, same)
    }`;
    const { status, err } = await run(['train', '-', '--data', 'digits'], source);
    expect([status, err]).toEqual([1, expect.stringContaining('error[CNN4145]: `digits` has one image each')]);
  });
});

describe('summary', () => {
  it('prints the JSON of the contract', async () => {
    const { status, out, err } = await run(['summary', '-', '--json'], lenet);
    expect([status, err]).toEqual([0, '']);
    const summary = JSON.parse(out);
    expect(summary).toMatchObject({ schema: 1, network: 'LeNet5', inputs: { image: [1, 28, 28] } });
    expect(summary.totals).toMatchObject({ parameters: 61706, trainable: 61706, buffers: 0, macs: 416520 });
    expect(Object.keys(summary.totals.flops)).toEqual(['forward', 'backward', 'update']);
    expect(Object.keys(summary.totals.memory).sort()).toEqual([
      'activations',
      'gradients',
      'live',
      'optimizer',
      'parameters',
      'peak',
    ]);
    expect(summary.layers[0]).toEqual({
      name: 'conv1',
      path: ['conv1'],
      op: 'conv',
      inputs: [[1, 28, 28]],
      output: [6, 28, 28],
      parameters: 156,
      macs: 117600,
      receptiveField: { size: [5, 5], stride: [1, 1], padding: [2, 2], smallest: [5, 5] },
      attributes: expect.objectContaining({ channels: 6, kernel: [5, 5], pad: 'same' }),
      flops: { forward: expect.any(Number), backward: expect.any(Number) },
      memory: { parameters: 624, output: 4 * 6 * 28 * 28, moved: 4 * (28 * 28 + 156 + 6 * 28 * 28) },
    });
    expect(Object.keys(summary.totals.prediction)).toEqual(['parameters', 'activations', 'live', 'peak']);
    expect(summary.totals.prediction.peak).toBeLessThan(summary.totals.memory.peak);
    const { memory } = summary.totals;
    expect(memory.activations + memory.parameters).toBeLessThan(memory.peak);
  });

  it('scales memory with the batch only where batch norm or large dense layers need the whole of it', async () => {
    const activations = async (network: string, batch: number) => {
      const { out } = await run(['summary', '-', '--json', '--batch', `${batch}`], network);
      return JSON.parse(out).totals.memory.activations as number;
    };
    const slim = lenet.replace('dense(120)', 'dense(20)');
    expect(await activations(slim, 512)).toBe(await activations(slim, 8));
    // What the gradients of 400 x 120 and 120 x 84 weights read.
    const more = (await activations(lenet, 512)) - (await activations(lenet, 64));
    expect(more).toBe(4 * (400 + 120 + 120 + 84) * (512 - 64));
    const normal = slim.replace('pad: same) ->', 'pad: same) -> batchnorm ->');
    expect(await activations(normal, 512)).toBeGreaterThan(4 * (await activations(normal, 64)));
  });

  it('takes parameters of the network', async () => {
    const parameters = async (...args: string[]) => {
      const { out } = await run(['summary', '-', '--json', ...args], tiny);
      return JSON.parse(out).totals.parameters;
    };
    expect(await parameters()).toBe(4 * 785 + 50);
    expect(await parameters('--set', 'units=7')).toBe(7 * 785 + 80);
    const wrong = await run(['summary', '-', '--set', 'unit=7'], tiny);
    expect(wrong.status).toBe(1);
    expect(wrong.err).toContain('`units`');
  });

  it('prints CSV and Markdown', async () => {
    expect((await run(['summary', '-', '--csv'], tiny)).out).toContain('hidden,dense,784,4,3140,3136,,,,,');
    expect((await run(['summary', '-', '--md'], tiny)).out).toContain('| hidden | dense | 4 | 3,140 | 3,136 | all |');
  });
});

describe('gradients', () => {
  it('are printed as mathematics', async () => {
    const { status, out } = await run(['grad', '-'], tiny);
    expect(status).toBe(0);
    expect(out).toContain('d loss / d hidden.weight = d.hidden.weight');
  });

  it('agree with central differences, unless nothing but equality will do', async () => {
    const good = await run(['gradcheck', '-'], tiny);
    expect(good.err).toContain('between the targets in f32 on 20 images');
    expect(good.status).toBe(0);
    expect(good.out.match(/ ok$/gm)).toHaveLength(4);
    const nowhere = tiny
      .replace('flatten ->', 'flatten -> dense(4) -> nowhere ->')
      .replace('network', 'fn nowhere(x) = sqrt(-1 - x * x)\nnetwork');
    const unchecked = await run(['gradcheck', '-', '--samples', '1'], nowhere);
    expect(unchecked.status).toBe(1);
    expect(unchecked.err).toMatch(/no gradient is wrong, (\d+) of \1 could not be compared/);
    const strict = await run(['gradcheck', '-', '--tolerance', '1e-30', '--json'], tiny);
    expect(strict.status).toBe(1);
    expect(JSON.parse(strict.out)).toHaveLength(4);
    expect(strict.err).toContain('are wrong');
  });
});

describe('inspection', () => {
  it('dumps a pass, all, or those that changed something', async () => {
    const one = await run(['check', '-', '--dump=fuse'], tiny);
    expect(one.out.match(/^after .*/gm)).toEqual([expect.stringMatching(/^after fuse: /)]);
    const all = await run(['check', '-', '--dump=all'], tiny);
    const changed = await run(['check', '-', '--dump=changed'], tiny);
    const count = (text: string) => text.match(/^after /gm)!.length;
    expect(count(changed.out)).toBeLessThan(count(all.out));
    expect(all.out).toContain('before the passes');
    expect((await run(['check', '-', '--dump=all'], tiny)).out).toBe(all.out);
  });

  it('stops after a pass, verifies and times', async () => {
    const { status, out, err } = await run(['build', '-', '--stop-after=derive-backward', '--verify', '--time'], tiny);
    expect(status).toBe(0);
    expect(out).toMatch(/^after derive-backward/);
    expect(out).not.toContain('next.w');
    expect(err).toContain('1 passes, every graph is well-formed');
    expect(err).toMatch(/all passes +[\d.]+ ms/);
  });

  it('keeps standard output for JSON', async () => {
    const { out, err } = await run(['summary', '-', '--json', '--dump=fuse'], tiny);
    expect(JSON.parse(out).network).toBe('Tiny');
    expect(err).toContain('after fuse');
  });
});

describe('SARIF', () => {
  it('holds what check found, and nothing else goes to standard output', async () => {
    const { status, out } = await run(
      ['check', '-', '--sarif', '--verify'],
      lenet.replace('relu', 'rellu').replace('tanh', 'tanhh'),
    );
    expect(status).toBe(1);
    const [{ tool, results }] = JSON.parse(out).runs;
    expect(results[0]).toMatchObject({ ruleId: 'CNN2001', level: 'error' });
    expect(tool.driver.rules[0].help.text).toContain(allCodes.CNN2001!.explanation);
    expect((await run(['check', '-', '--sarif', '--json'], lenet)).status).toBe(2);
  });

  it('of a file without a mistake has no results', async () => {
    const { status, out, err } = await run(['check', '-', '--sarif', '--verify'], tiny);
    expect([status, JSON.parse(out).runs[0].results]).toEqual([0, []]);
    expect(err).toContain('every graph is well-formed');
  });
});

describe('people at a terminal', () => {
  it('are told how to learn more about a code', async () => {
    const wrong = tiny.replace('relu', 'rellu');
    expect((await run(['check', '-'], wrong, true)).err).toMatch(
      /\nmore about it: cnnc explain (CNN2\d+), or docs\/codes\/\1\.md\n$/,
    );
    expect((await run(['check', '-'], wrong)).err).not.toContain('more about');
  });
});

describe('explain', () => {
  it('explains every code, with or without its letters', async () => {
    for (const [code, { title }] of Object.entries(allCodes)) {
      const { status, out } = await run(['explain', code.replace('CNN', '')], '');
      expect([status, out.split('\n')[0]]).toEqual([0, expect.stringContaining(`${code}: ${title}`)]);
    }
    const { out } = await run(['explain'], '');
    expect(out.split('\n').filter((line) => /^ {2}CNN\d{4} /.test(line))).toHaveLength(Object.keys(allCodes).length);
    expect(out).toMatch(/\nDesign advice\n {2}CNN5001 {2}advice /);
    expect(out).toContain('cnnc explain layers');
  });

  it.each([
    ['network', '  network Name {'],
    ['target', 'target label: class(10)'],
    ['class', 'one of so many classes'],
    ['loss', 'loss crossentropy(logits, label)'],
    ['same', 'conv(pad: same), depthwise(pad: same)'],
    ['bias_init', 'layers with parameters  how its biases start'],
    ['lr_factor', 'layers with parameters'],
    ['momentum', 'sgd'],
    ['csv', 'csv: a format of training data'],
  ])('explains the word %s', async (word, part) => expect((await run(['explain', word], '')).out).toContain(part));

  it('explains layers, losses, metrics, functions and settings, and lists them', async () => {
    const lists = await Promise.all(LISTS.map((list) => run(['explain', list], '')));
    const names = topicNames();
    const listed = lists.flatMap(({ out }) => out.split('\n').map((line) => line.split(' ')[0]));
    expect(names.filter((name) => !listed.includes(name))).toEqual([]);
    for (const name of names) {
      const { status, out } = await run(['explain', name], '');
      expect([status, out.split(':')[0]]).toEqual([0, name]);
    }
    expect(SETTING_NAMES.filter((name) => !names.includes(name))).toEqual([]);
    const { out } = await run(['explain', 'conv'], '');
    expect(out).toContain('image -> conv(16, 3x3, pad: same)');
    expect(out).toMatch(/ kernel +.*needed/);
  });

  it.each([
    ['Conv2d', 'did you mean `conv`?'],
    ['convv', 'did you mean `conv`?'],
    ['batch_size', 'did you mean `batch`?'],
    ['identity', 'leave it out'],
    ['toString', 'nothing to explain'],
    ['xyzzyxyzzy', '`cnnc explain` lists the codes'],
  ])('%s is told what was meant', async (word, text) => {
    const { status, err } = await run(['explain', word], '');
    expect(status).toBe(2);
    expect(err).toContain(text);
  });

  it('help lists the options of users first', async () => {
    const { out } = await run(['train', '--help'], '');
    const places = ['--set', '--data', '--epochs', 'For compiler work:', '--dump', '--list-passes'];
    const found = places.map((place) => out.indexOf(place));
    expect(found).toEqual([...found].sort((a, b) => a - b));
    expect(found[0]).toBeGreaterThan(0);
  });
});

describe('failures', () => {
  it('of ours say what to report', () => {
    const { terminal, written } = recorder();
    expect(reportFailure(new InternalError('fuse', 'two of a kind'), ['build', 'a.cnn'], terminal)).toBe(1);
    expect(written.err).toMatch(/^internal error in fuse: two of a kind\nThis is a mistake in cnnc/);
    expect(written.err).toContain('command: cnnc build a.cnn');
  });
});

describe('values of options', () => {
  it('set numbers, truths and words', () => {
    const settings = setting('name=wide', setting('deep=true', setting('rate=20%', setting('n=5k'))));
    expect(settings).toEqual({ n: 5000, rate: 0.2, deep: true, name: 'wide' });
  });

  it('name the declarations after the module', () => {
    expect(['a.js', 'b/c.mjs', 'd', 'e.min.js'].map(declarationsPath)).toEqual([
      'a.d.ts',
      'b/c.d.mts',
      'd.d.ts',
      'e.min.d.ts',
    ]);
  });
});
