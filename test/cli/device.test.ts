/** @file `cnnc train --device`: what it refuses, and, where `WEBGPU` names a folder with the package `webgpu`, training on a card. */
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { cardError, introduceCard, openGpu } from '../../src/cli/graphics-card.ts';
import { TrainerError } from '../../src/data/trainer-error.ts';
import { describe as describeCard, TooLarge } from '../../src/runtime/card.ts';
import { bundleProgram } from '../support/bundles.ts';
import { tiny } from './networks.ts';
import { run } from './recorder.ts';
import { cnnc, folderWith } from './run-cnnc.ts';

const card = ['--device', 'webgpu'] as const;
const packageAt = (text: string) =>
  folderWith({
    'node_modules/webgpu/package.json': '{ "name": "webgpu", "type": "module", "main": "index.js" }',
    'node_modules/webgpu/index.js': text,
  });

function isBesideCnnc(): boolean {
  try {
    return existsSync(createRequire(import.meta.url).resolve('webgpu'));
  } catch {
    return false;
  }
}

describe('training on a graphics card', () => {
  it.each([
    [['--threads', '2'], '`--threads` with `--device webgpu`: a graphics card has no'],
    [['--watch', '--out', 'run'], '`--watch` with `--device webgpu`: weights stay on the graphics'],
  ])('refuses %j', async (more, text) => {
    const { status, err } = await run(['train', '-', ...card, ...more], tiny);
    expect([status, err]).toEqual([1, expect.stringContaining(`error[CNN4108]: ${text}`)]);
    expect(existsSync('run')).toBe(false);
  });

  it('refuses kernels that are of no use there, and devices that there are not', async () => {
    const kernels = await run(['train', '-', ...card, '--target', 'js'], tiny);
    expect([kernels.status, kernels.err]).toEqual([2, expect.stringContaining("'--target <target>'")]);
    const unknown = await run(['train', '-', '--device', 'gpu'], tiny);
    expect([unknown.status, unknown.err]).toEqual([2, expect.stringContaining('cpu, webgpu, auto')]);
  });

  it.skipIf(isBesideCnnc())('says which package it lacks', async () => {
    await expect(openGpu(folderWith({}))).rejects.toMatchObject({
      code: 'CNN4160',
      hint: '`npm install webgpu` in your project, or train with `--device cpu`',
    });
  });

  it.skipIf(isBesideCnnc())(
    'leaves `auto` to the processor where there is none, with its threads and its bits',
    async () => {
      const [auto, cpu] = [
        await run(['train', '-', '--device', 'auto', '--threads', '1', '--epochs', '1'], tiny),
        await run(['train', '-', '--device', 'cpu', '--epochs', '1'], tiny),
      ];
      expect([auto.status, auto.err]).toEqual([
        0,
        expect.stringContaining('the processor trains: Node has graphics cards by'),
      ]);
      const losses = ({ out }: { out: string }) => out.match(/(train|test) [\d.]+/g);
      expect(losses(auto)).toEqual(losses(cpu));
    },
  );

  it('takes the package of the project, and says why it does not start', async () => {
    const found = await openGpu(packageAt('export const create = () => ({ requestAdapter: async () => "one" });'));
    expect(await found.requestAdapter()).toBe('one');
    await expect(openGpu(packageAt('throw new Error("no binary for this system\\nat line 1");'))).rejects.toMatchObject(
      {
        code: 'CNN4160',
        problem: 'the package `webgpu` does not start: no binary for this system',
      },
    );
  });

  it('names the card, a program that stands in for one, and what not every card has', () => {
    const told = { vendor: 'nvidia', architecture: 'hopper', device: '', description: '' };
    const info = describeCard({ info: told } as never);
    expect(introduceCard(info)).toBe('nvidia hopper trains\n');
    const unknown = { vendor: '', architecture: '', device: '', description: '' };
    expect(describeCard({ info: unknown } as never).description).toBe('a graphics card without a name');
    const soft = { ...info, description: 'SwiftShader', software: true };
    expect(introduceCard(soft)).toBe('SwiftShader trains\nSwiftShader is a software adapter: the CPU is faster\n');
    const limits = { maxStorageBufferBindingSize: 2 ** 28 + 1, maxBufferSize: 2 ** 28 + 1 };
    expect(introduceCard({ ...info, limits })).toContain('needs 257 MB in one piece, which not every card has');
  });

  it('advises in words of the command line', () => {
    const advise = (code: string) => cardError(new TrainerError(code, 'so it is', 'build it anew')).hint;
    const smaller = cardError(new TooLarge('so it is', 8)).hint;
    expect(smaller).toBe('take fewer images at a time, with `--batch 8`, or train with `--device cpu`');
    expect(cardError(new TooLarge('so it is', 0)).hint).toBe('train with `--device cpu`');
    expect(advise('CNN4160')).toContain('`--device cpu`');
    expect(advise('CNN4108')).toBe('build it anew');
  });
});

const { WEBGPU } = process.env;
const title = WEBGPU ? 'a run on a graphics card' : 'a run on a graphics card, skipped: `WEBGPU` names no folder';

describe.skipIf(!WEBGPU)(title, () => {
  beforeAll(bundleProgram);

  const data = ['--data', 'digits:train=300,test=100', '--batch', '30', '--epochs', '3'];
  const place = () => {
    const cwd = folderWith({ 'tiny.cnn': tiny });
    symlinkSync(resolve(WEBGPU!, 'node_modules'), join(cwd, 'node_modules'));
    return cwd;
  };
  const train = (cwd: string, out: string, more: readonly string[] = [], watch?: Parameters<typeof cnnc>[1]) =>
    cnnc(['train', 'tiny.cnn', ...card, ...data, '--out', out, ...more], { cwd, ...watch });

  it('tells what trains, keeps its place and its best weights, and goes on to the same bits', async () => {
    const cwd = place();
    const whole = await train(cwd, 'whole');
    expect([whole.status, whole.err]).toEqual([0, expect.stringMatching(/ trains\n/)]);
    expect(whole.out).toMatch(/epoch 3\/3 .*\ntest loss/s);
    const record = JSON.parse(readFileSync(join(cwd, 'whole/run.json'), 'utf8'));
    expect(record).toMatchObject({ options: { device: 'webgpu' }, adapter: expect.stringMatching(/./) });
    let sent = false;
    const watch = (child: { kill(signal: 'SIGINT'): boolean }, _: string, out: string) => {
      if (!sent && out.includes('epoch 1/')) sent = child.kill('SIGINT');
    };
    const first = await train(cwd, 'parts', [], { watch });
    expect([first.status, first.err]).toEqual([130, expect.stringContaining('--device webgpu')]);
    const second = await train(cwd, 'parts', ['--resume']);
    expect(second.status).toBe(0);
    for (const name of ['last.safetensors', 'metrics.jsonl'])
      expect(readFileSync(join(cwd, 'parts', name)).equals(readFileSync(join(cwd, 'whole', name))), name).toBe(true);
    const here = await cnnc(['train', 'tiny.cnn', ...data, '--epochs', '4', '--out', 'parts', '--resume'], { cwd });
    expect([here.status, here.err]).toEqual([0, expect.stringContaining('`device` was webgpu, and is cpu')]);
    const auto = await cnnc(['train', 'tiny.cnn', '--device', 'auto', ...data, '--epochs', '1'], { cwd });
    if (/software/.test(whole.err))
      expect([auto.status, auto.err.replaceAll('\n', ' ')]).toEqual([
        0,
        expect.stringMatching(/the processor trains: .* is a program that computes on the processor/),
      ]);
    const measured = await cnnc(['eval', 'whole', '--json'], { cwd });
    const { loss } = JSON.parse(measured.out);
    expect(whole.out).toContain(`test loss ${loss.toFixed(4).slice(0, 5)}`);
  }, 240_000);
});
