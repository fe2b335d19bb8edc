import { packedProgram, runtimeSource, startSource } from 'cnnc:runtime';
import { spawn } from 'node:child_process';
import { existsSync, openSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadData } from '../../src/data/load-data.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: string;
let program: string;

/** A trainer module as the compiler emits it, around the classifier compiled by hand. */
beforeAll(async () => {
  folder = temporaryFolder('cnnc-program-');
  const hand = await build({
    entryPoints: [fileURLToPath(new URL('hand-compiled.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
  });
  const training = `{ data: 'digits:train=400,test=100', batch: 32, epochs: 2 }`;
  const text = `${runtimeSource}
${hand.outputFiles[0]!.text}
const { compiled } = compileByHand({ shape: [1, 28, 28], classes: 10, maxBatch: 64, training: ${training} });
export const network = compiled.network;
export const createTrainer = (options) => cnncRuntime.createTrainer(compiled, options);
${startSource}cnncStart.start(cnncRuntime, compiled, import.meta.url, '${packedProgram}');`;
  program = join(folder, 'linear.mjs');
  writeFileSync(program, text);
});

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  args: readonly string[],
  file = program,
  interruptAt?: string,
  signal: NodeJS.Signals = 'SIGINT',
): Promise<Outcome> {
  const child = spawn(process.execPath, [file, ...args], { cwd: folder });
  const output = { stdout: '', stderr: '' };
  let sent = false; // A second signal would kill.
  child.stdout.on('data', (text) => {
    output.stdout += text;
    if (interruptAt && !sent && output.stdout.includes(interruptAt)) sent = child.kill(signal);
  });
  child.stderr.on('data', (text) => (output.stderr += text));
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, ...output })));
}

describe('the bundled runtime', () => {
  it('stays small', () => {
    expect(runtimeSource.length).toBeLessThan(46_000);
  });

  it('is plain ASCII and names no module of Node outside a function', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is what is tested
    expect(runtimeSource).toMatch(/^[\x00-\x7f]*$/);
    expect(runtimeSource).not.toMatch(/^\s*import\s/m);
    expect(runtimeSource).not.toContain('require(');
  });
});

describe('the runtime without Node', () => {
  it('trains on digits with nothing but what browsers and workers have', async () => {
    const data = await loadData('digits:train=300,test=100');
    const globals = { performance, setTimeout, TextEncoder, TextDecoder, atob, data };
    const hand = readFileSync(program, 'utf8').slice(runtimeSource.length).split('export {')[0]!;
    const script = `${runtimeSource}${hand}${startSource}
      const { compiled } = compileByHand({ shape: [1, 28, 28], classes: 10, maxBatch: 64 });
      (async () => {
        await cnncStart.start(cnncRuntime, compiled, 'https://example.org/linear.js', '');
        const trainer = await cnncRuntime.createTrainer(compiled, { seed: 1 });
        let last;
        for await (last of trainer.fit(data, { epochs: 3, lr: 0.05, batch: 16 }));
        return [last.testAccuracy, trainer.save().length];
      })()`;
    const [accuracy, length] = await runInNewContext(script, globals);
    expect(accuracy).toBeGreaterThan(0.4);
    expect(length).toBeGreaterThan(4 * 2 * 7850);
  });
});

describe('a trainer module as a program', () => {
  it('trains, prints a line per epoch and ends with the test metrics', async () => {
    const { status, stdout, stderr } = await run(['--epochs', '3', '--lr', '0.05']);
    expect([status, stderr]).toEqual([0, '']);
    const lines = stdout.trim().split('\n');
    expect(lines.length).toBe(4);
    expect(lines[2]).toMatch(
      /^epoch 3\/3 {2}train \d\.\d{4} [\d.]+ % {2}test \d\.\d{4} [\d.]+ % {2}.* s {2}\d+ images\/s$/,
    );
    expect(lines[3]).toMatch(/^test loss \d\.\d{4} {2}accuracy [\d.]+ % {2}\(100 images\)$/);
  });

  it('stays quiet when bundled into another program', async () => {
    const entry = join(folder, 'uses.mjs');
    writeFileSync(entry, `import { network } from './linear.mjs'; console.log(network.name);`);
    const outfile = join(folder, 'bundle.mjs');
    await build({ entryPoints: [entry], bundle: true, format: 'esm', platform: 'node', outfile });
    const { status, stdout } = await run([], outfile);
    expect([status, stdout.trim().split('\n').length]).toEqual([0, 1]);
  });

  it('prints one object per epoch with --json', async () => {
    const { stdout } = await run(['--json']);
    const results = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(results.map(({ epoch }) => epoch)).toEqual([1, 2]);
    const keys = ['epoch', 'trainLoss', 'trainAccuracy', 'testLoss', 'testAccuracy', 'seconds', 'imagesPerSecond'];
    expect(Object.keys(results[0])).toEqual([...keys, 'learningRate']);
  });

  it('keeps a run, continues it to the same bits, and predicts with its weights', async () => {
    await run(['--epochs', '2', '--out', 'straight']);
    await run(['--epochs', '1', '--out', 'sub/half']);
    const resumed = await run(['--epochs', '2', '--out', 'sub/half', '--resume']);
    expect([resumed.status, resumed.stderr]).toEqual([0, '']);
    const bytes = (name: string) => readFileSync(join(folder, name, 'last.safetensors'));
    expect(bytes('sub/half')).toEqual(bytes('straight'));
    expect(readdirSync(join(folder, 'sub/half')).sort()).toEqual([
      'best.safetensors',
      'last.safetensors',
      'metrics.jsonl',
      'run.json',
      'trainer.mjs',
    ]);
    const text = (name: string, file: string) => readFileSync(join(folder, name, file), 'utf8');
    expect(text('sub/half', 'metrics.jsonl')).toBe(text('straight', 'metrics.jsonl'));
    expect(text('straight', 'trainer.mjs')).toBe(readFileSync(program, 'utf8'));
    expect(JSON.parse(text('straight', 'run.json'))).toMatchObject({
      network: 'Linear',
      data: { spec: 'digits:train=400,test=100' },
    });
    const done = await run(['--out', 'straight', '--resume']);
    expect(done.stderr).toBe('2 of 2 epochs are done; --epochs N for more\n');
    const { stdout, stderr } = await run(['--predict', '--json', '--weights', 'straight/last.safetensors']);
    expect(stderr).toBe('3 weights from straight/last.safetensors\n');
    const predictions = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(predictions.length).toBe(100);
    const hits = predictions.filter(({ label, predicted }) => label === predicted).length;
    expect(done.stdout).toContain(`accuracy ${hits.toFixed(2)} %`);
    const untrained = await run(['--predict']);
    expect(untrained.stderr).toContain('predictions of random weights');
  });

  it('continues a run whose checkpoint has the name of former times', async () => {
    await run(['--epochs', '1', '--out', 'former']);
    renameSync(join(folder, 'former/last.safetensors'), join(folder, 'former/checkpoint.safetensors'));
    expect((await run(['--out', 'former'])).stderr).toContain('error[CNN4126]: `former` holds a run');
    const { stdout } = await run(['--epochs', '2', '--out', 'former', '--resume']);
    expect(stdout).toMatch(/^epoch 2\/2.*\ntest/);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s keeps the place, and the command that goes on is printed', async (signal, status) => {
    const outcome = await run(['--epochs', '100000', '--out', 'broken', '--force'], program, 'epoch 1/', signal);
    expect(outcome.status).toBe(status);
    expect(outcome.stderr).toContain('node linear.mjs --epochs 100000 --out broken --resume\n');
    expect(existsSync(join(folder, 'broken/last.safetensors'))).toBe(true);
  });

  it('on a full disk, and when its reader has gone, does not end with success', async () => {
    const ended = (args: string[], output: number | 'pipe') => {
      const child = spawn(process.execPath, [program, ...args], { cwd: folder, stdio: ['ignore', output, 'ignore'] });
      child.stdout?.once('data', () => child.stdout!.destroy());
      return new Promise((resolve) => child.on('close', resolve));
    };
    expect(await ended(['--epochs', '100000'], 'pipe')).toBe(141);
    if (process.platform === 'linux') expect(await ended(['--epochs', '100000'], openSync('/dev/full', 'w'))).toBe(1);
  });

  it('runs through a symbolic link, and not when it is imported', async () => {
    symlinkSync(program, join(folder, 'link.mjs'));
    expect((await run(['--epochs', '1'], join(folder, 'link.mjs'))).stdout).toContain('epoch 1/1');
    const importer = join(folder, 'importer.mjs');
    writeFileSync(importer, `import { network } from './linear.mjs'; console.log(network.name);`);
    expect(await run([], importer)).toEqual({ status: 0, stdout: 'Linear\n', stderr: '' });
    const worker = join(folder, 'worker.mjs');
    writeFileSync(
      worker,
      `import { Worker } from 'node:worker_threads'; new Worker(new URL('./linear.mjs', import.meta.url));`,
    );
    expect((await run([], worker)).stdout).toBe('');
  });

  it.each([
    [['--data', 'mnist:/nowhere'], 1, 'error[CNN4141]: `/nowhere` does not exist'],
    [['--data', 'nothing'], 1, 'error[CNN4140]'],
    [['--weights', 'linear.mjs'], 1, 'error[CNN4120]'],
    [['--weights', 'none'], 1, 'error[CNN4141]: `none` does not exist'],
    [['--out', 'none', '--resume'], 1, 'error[CNN4128]: there is no `none/last.safetensors`'],
    [['--out', ''], 1, 'error[CNN4123]'],
    [['--out', 'half.safetensors'], 1, 'error[CNN4123]'],
    [['--batch', '65'], 1, 'error[CNN4104]: a batch of 65 images, but this module takes 1 to 64'],
    [['--lr', '1e38'], 1, 'error[CNN4105]'],
    [['--out', 'linear.mjs/x', '--epochs', '1'], 1, 'error[CNN4123]'],
    [['--epochs', 'two'], 2, '--epochs needs a whole number, not `two`'],
    [['--epochs', '0'], 2, '--epochs'],
    [['--threads', '0'], 2, '--threads needs a whole number'],
    [['--lr', '0'], 2, '--lr needs a positive number'],
    [['--epoch', '1'], 2, '--epoch'],
    [['stray'], 2, 'stray'],
    [['--resume'], 2, '--resume needs --out DIR'],
    [['--force'], 2, '--force needs --out DIR'],
    [['--partial'], 2, '--partial needs --weights FILE'],
    [['--validation', '100%'], 2, '--validation needs a part such as 10% or 0.1, not `100%`'],
    [['--save-every', '1min'], 2, '--save-every needs --out DIR'],
    [['--out', 'a', '--save-every', 'often'], 2, '--save-every needs a time such as 30s'],
    [['--from', 'a', '--partial'], 2, '--from FILE stands for --weights FILE --partial'],
    [['--predict', '--out', 'a'], 2, '--out goes with training, not with --predict'],
    [['--predict', '--epochs', '2'], 2, '--epochs goes with training'],
    [['--resume', '--out', 'a', '--force'], 2, '--resume goes with neither'],
    [['--resume', 'half.safetensors'], 2, '--out DIR --resume continues a run, --weights FILE starts from weights'],
  ])('%j exits with %i and one message', async (args, expected, text) => {
    const { status, stderr } = await run(args);
    expect(status).toBe(expected);
    expect(stderr).toContain(text);
    expect(stderr).not.toMatch(/^\s+at /m);
    if (expected === 2) expect(stderr).toContain('usage: node linear.mjs');
    else expect(stderr.trim().split('\n').length).toBe(2);
  });

  it('explains itself with --help', async () => {
    const { status, stdout } = await run(['--help']);
    expect(status).toBe(0);
    expect(stdout).toContain('--data SPEC');
  });
});
