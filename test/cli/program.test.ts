import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleProgram } from '../support/bundles.ts';
import { lenet, tiny } from './networks.ts';
import { cnnc, folderWith, type RunOptions } from './run-cnnc.ts';

beforeAll(bundleProgram);

describe('what is loaded', () => {
  /** The sources in the file of an entry, and in those that it imports at once. */
  async function loaded(isEntry: (entry: string) => boolean): Promise<string[]> {
    const { outputs } = await bundleProgram();
    const found = new Set<string>();
    const load = (path: string) => {
      const output = outputs[path];
      if (!output || found.has(path)) return;
      found.add(path);
      for (const { path: next, kind } of output.imports) if (kind === 'import-statement') load(next);
    };
    for (const [path, { entryPoint }] of Object.entries(outputs)) if (entryPoint && isEntry(entryPoint)) load(path);
    return [...found].flatMap((path) => Object.keys(outputs[path]!.inputs));
  }

  const folders = (files: readonly string[]) =>
    new Set(files.flatMap((file) => /\bsrc\/(\w+)\//.exec(file)?.[1] ?? []));

  it('to say how a command is used is next to nothing of the compiler', async () => {
    const files = await loaded((entry) => entry.endsWith('cli/main.ts'));
    const found = folders(files);
    expect(found).toContain('cli');
    for (const folder of ['syntax', 'semantics', 'ops', 'lint', 'passes', 'plan', 'loop', 'module'])
      expect(found).not.toContain(folder);
    expect(files.filter((file) => /chevrotain|lodash/.test(file))).toEqual([]);
  });

  it('to check a text is nothing of kernels, exporters and pages', async () => {
    const found = folders(await loaded((entry) => entry === 'part:texts'));
    expect([...found]).toEqual(expect.arrayContaining(['syntax', 'semantics', 'ops', 'lint']));
    for (const folder of ['passes', 'module', 'export', 'import', 'pages', 'drawing', 'check', 'lsp'])
      expect(found).not.toContain(folder);
  });

  it('to build a module is nothing of exporters and pages', async () => {
    const found = folders(await loaded((entry) => entry === 'part:modules'));
    expect([...found]).toEqual(expect.arrayContaining(['passes', 'plan', 'targets', 'module']));
    for (const folder of ['export', 'import', 'lsp', 'bundlers']) expect(found).not.toContain(folder);
  });
});

const noTrace = /\bat .*[:(]\d+|node:internal/;

describe('check', () => {
  it('is silent on standard output and succeeds when all is well', async () => {
    const cwd = folderWith({ 'a.cnn': tiny, 'b.cnn': lenet });
    expect(await cnnc(['check', 'a.cnn', 'b.cnn'], { cwd })).toEqual({
      status: 0,
      out: '',
      err: '2 files: all is well\n',
    });
  });

  it('shows every mistake of every file, and fails', async () => {
    const cwd = folderWith({
      'a.cnn': tiny.replace('relu', 'rellu'),
      'b.cnn': lenet.replace('5x5, pad: same', '50x50'),
    });
    const { status, out, err } = await cnnc(['check', 'a.cnn', 'b.cnn', 'c.cnn'], { cwd });
    expect(status).toBe(1);
    expect(out).toBe('');
    expect(err).toContain('a.cnn:4:');
    expect(err).toContain('b.cnn:4:');
    expect(err).toContain('error[CNN4201]: `c.cnn` does not exist');
    expect(err).toContain('3 errors');
    expect(err).not.toMatch(noTrace);
  });

  it('prints JSON in the form of the contract', async () => {
    const cwd = folderWith({ 'a.cnn': tiny.replace('relu', 'rellu') });
    const { status, out, err } = await cnnc(['check', 'a.cnn', '--json'], { cwd });
    expect([status, err]).toEqual([1, '']);
    const [found, ...more] = JSON.parse(out);
    expect(more).toEqual([]);
    expect(Object.keys(found).sort()).toEqual(
      [
        'code',
        'severity',
        'message',
        'help',
        'page',
        'file',
        'line',
        'column',
        'endLine',
        'endColumn',
        'notes',
        'fix',
      ].sort(),
    );
    expect(found).toMatchObject({ severity: 'error', file: 'a.cnn', line: 4, fix: { replacement: 'relu' } });
  });
});

it('wrong usage is status 2, help and version are 0', async () => {
  const wrong = await cnnc(['chek', 'a.cnn']);
  expect([wrong.status, wrong.out]).toEqual([2, '']);
  expect(wrong.err).toContain('Did you mean check?');
  expect(await cnnc(['--version'])).toEqual({ status: 0, out: '0.1.0\n', err: '' });
});

describe('build', () => {
  it('writes a module that works and its declarations', async () => {
    const cwd = folderWith({ 'tiny.cnn': tiny });
    const { status, out, err } = await cnnc(['build', 'tiny.cnn', '-o', 'made/tiny.js', '--max-batch', '7'], { cwd });
    expect([status, out]).toEqual([0, '']);
    expect(err).toMatch(/^made\/tiny\.js: [\d.]+ KB for Tiny, in \d+ ms\n$/);
    expect(readdirSync(join(cwd, 'made')).sort()).toEqual(['tiny.d.ts', 'tiny.js']);
    const made = await import(/* @vite-ignore */ pathToFileURL(join(cwd, 'made/tiny.js')).href);
    expect(made.network).toMatchObject({ name: 'Tiny', maxBatch: 7 });
  });

  it('writes beside the source, TypeScript, minified, or to standard output', async () => {
    const cwd = folderWith({ 'tiny.cnn': tiny });
    expect((await cnnc(['build', 'tiny.cnn', '--ts'], { cwd })).status).toBe(0);
    expect((await cnnc(['build', 'tiny.cnn', '--minify'], { cwd })).status).toBe(0);
    expect(readdirSync(cwd).sort()).toEqual(['tiny.cnn', 'tiny.d.ts', 'tiny.js', 'tiny.ts']);
    const { status, out, err } = await cnnc(['build', 'tiny.cnn', '-o', '-'], { cwd });
    expect([status, err]).toEqual([0, '']);
    expect(out.length).toBeGreaterThan(readFileSync(join(cwd, 'tiny.js')).length);
  });

  it.each([
    [['-o', 'tiny.cnn'], 'CNN4205'],
    [['-o', '.'], 'CNN4207'],
  ])('%j: %s, and nothing is written', async (args, code) => {
    const cwd = folderWith({ 'tiny.cnn': tiny });
    const { status, out, err } = await cnnc(['build', 'tiny.cnn', ...args], { cwd });
    expect([status, out]).toEqual([1, '']);
    expect(err).toContain(code);
    expect(readdirSync(cwd)).toEqual(['tiny.cnn']);
    expect(readFileSync(join(cwd, 'tiny.cnn'), 'utf8')).toBe(tiny);
  });
});

describe('train', () => {
  it('prints a line for each epoch and ends with the test metrics', async () => {
    const { status, out, err } = await cnnc(['train', '-'], { input: tiny });
    expect(status).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['epoch', 'epoch', 'test', ...Array(11).fill(''), 'most']);
    expect(lines[2]).toMatch(/^test loss [\d.]+ {2}accuracy [\d.]+ % {2}\(50 images\)$/);
    expect(err).toBe('training Tiny on digits:train=200,test=50: 200 images to learn, 50 to test\n');
  });

  it('prints one JSON object for each epoch', async () => {
    const { out } = await cnnc(['train', '-', '--json', '--batch', '33', '--seed', '5'], { input: tiny });
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ epoch }) => epoch)).toEqual([1, 2]);
    const keys = ['epoch', 'trainLoss', 'trainAccuracy', 'testLoss', 'testAccuracy', 'seconds', 'imagesPerSecond'];
    expect(lines.map((line) => Object.keys(line))).toEqual([
      [...keys, 'learningRate'],
      [...keys, 'learningRate', 'final'],
    ]);
  });

  it('interrupted and resumed ends where an uninterrupted run ends', async () => {
    const cwd = folderWith({ 'tiny.cnn': tiny });
    const long = ['train', 'tiny.cnn', '--data', 'digits:train=3000,test=50', '--epochs', '15'];
    let sent = false;
    const interrupted = await cnnc([...long, '--out', 'run'], {
      cwd,
      watch: (child, _, out) => {
        if (!sent && out.includes('epoch 2')) sent = child.kill('SIGINT');
      },
    });
    expect(interrupted.status).toBe(130);
    expect(interrupted.err).toContain(
      'interrupted; the run is saved, and this continues it:\ncnnc train tiny.cnn --data digits:train=3000,test=50 --epochs 15 --out run --resume\n',
    );
    const resumed = await cnnc([...long, '--out', 'run', '--resume'], { cwd });
    const whole = await cnnc([...long, '--out', 'whole'], { cwd });
    expect([resumed.status, whole.status]).toEqual([0, 0]);
    const bytes = (name: string) => readFileSync(join(cwd, name, 'last.safetensors'));
    expect(bytes('run').equals(bytes('whole'))).toBe(true);
    // Nothing is left to train: the test metrics all the same.
    const again = await cnnc([...long, '--out', 'run', '--resume'], { cwd });
    expect(again.out).toMatch(/^test loss/);
    expect(again.err).toContain('15 of 15 epochs are done; --epochs N for more');
  }, 60_000);

  it('that diverges writes nothing', async () => {
    const cwd = folderWith({ 'tiny.cnn': tiny });
    const { status, out, err } = await cnnc(['train', 'tiny.cnn', '--lr', '1e30', '--out', 'run'], { cwd });
    expect([status, out]).toEqual([1, '']);
    expect(err).toContain('error[CNN4105]');
    expect(err).not.toMatch(noTrace);
    expect(readdirSync(cwd)).toEqual(['tiny.cnn']);
  });
});

describe('fmt', () => {
  const untidy = tiny.replaceAll('  ', ' ').replace('image ->', 'image   ->');

  it('formats in place, through links, and is content with the result', async () => {
    const cwd = folderWith({ 'a.cnn': untidy });
    symlinkSync('a.cnn', join(cwd, 'link.cnn'));
    expect((await cnnc(['fmt', '--check', 'a.cnn'], { cwd })).status).toBe(1);
    expect(readFileSync(join(cwd, 'a.cnn'), 'utf8')).toBe(untidy);
    expect(await cnnc(['fmt', 'link.cnn'], { cwd })).toEqual({ status: 0, out: '', err: '' });
    const formatted = readFileSync(join(cwd, 'a.cnn'), 'utf8');
    expect(formatted).not.toBe(untidy);
    expect(readdirSync(cwd).sort()).toEqual(['a.cnn', 'link.cnn']);
    expect((await cnnc(['fmt', '--check', 'a.cnn', 'link.cnn'], { cwd })).status).toBe(0);
    const piped = await cnnc(['fmt', '-'], { input: untidy });
    expect(piped).toEqual({ status: 0, out: formatted, err: '' });
  });

  it('leaves a file with syntax errors alone', async () => {
    const broken = tiny.replace('}', '');
    const cwd = folderWith({ 'a.cnn': broken, 'b.cnn': untidy });
    const { status, err } = await cnnc(['fmt', 'a.cnn', 'b.cnn'], { cwd });
    expect(status).toBe(1);
    expect(err).toContain('error[CNN1');
    expect(readFileSync(join(cwd, 'a.cnn'), 'utf8')).toBe(broken);
    expect(readFileSync(join(cwd, 'b.cnn'), 'utf8')).not.toBe(untidy);
  });
});

describe('a reader that goes away', () => {
  it('is no error', async () => {
    const cwd = folderWith({ 'lenet.cnn': lenet });
    // More than fits into a pipe, so that the program still writes when the reader has gone.
    const { status, err } = await cnnc(['summary', 'lenet.cnn', '--dump=all', '--json'], {
      cwd,
      watch: (child) => child.stderr?.destroy(),
    });
    expect(status).toBe(0);
    expect(err.length).toBeLessThan(80_000);
  });
});

it('tune, interrupted, leaves nothing behind', async () => {
  const cwd = folderWith({ 'lenet.cnn': lenet });
  const watch: RunOptions['watch'] = (child, err) => {
    if (err.includes('tuning LeNet5')) child.kill('SIGINT');
  };
  const { status, out } = await cnnc(['tune', 'lenet.cnn', '--seconds', '60'], { cwd, watch });
  expect([status, out]).toEqual([null, '']);
  expect(readdirSync(cwd)).toEqual(['lenet.cnn']);
});
