/** @file A module carries the parts of the runtime that its network uses, and no others. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
// @ts-expect-error plain JavaScript shared with scripts/runtime-plugin.mjs
import { INTERNAL_NAMES, letters } from '../../scripts/internal-names.mjs';
import { compileSource, emitModule } from '../../src/compile.ts';
import { drawDigits } from '../../src/data/digits.ts';
import { newProgress } from '../../src/runtime/progress.ts';
import type { TargetName } from '../../src/targets/target.ts';
import { importModule } from '../support/load-module.ts';

const network = (shape: string, metric = '', train = '') => `network Small {
  input  image: ${shape}
  target label: class(10)
  logits = image -> dense(10)
  loss   crossentropy(logits, label)
  ${metric}
  output logits
}
train Small { batch 5 ${train} }`;

async function emit(source: string, minify = false): Promise<string> {
  const { elaboration } = compileSource(source, 'test.cnn');
  return (await emitModule(elaboration!, { target: 'js', minify })).code;
}

function runModule(code: string, ...args: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-parts-'));
  const file = join(folder, 'small.mjs');
  writeFileSync(file, code);
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  return { status, stdout, stderr };
}

describe('parts of the runtime', () => {
  it.each([
    ['cnncAugment', network('[1, 28, 28]', '', 'augment flip(horizontal)')],
    ['cnncAugment', network('[1, 28, 28]', '', 'augment rotate(by: 10), shear(by: 0.1)')],
    ['cnncRetouch', network('[1, 28, 28]', '', 'augment noise(by: 0.1)')],
    ['cnncRetouch', network('[1, 28, 28]', '', 'augment crop(pad: 2, border: reflect)')],
    ['cnncAverage', network('[1, 28, 28]', '', 'average ema(0.9)')],
    ['cnncConfusion', network('[1, 28, 28]', 'metric iou(logits, label)')],
    ['cnncSchedule', network('[1, 28, 28]', '', 'schedule cosine')],
    [
      'cnncFractions',
      'network Map {\n input x: [1, 4, 4]\n target t: [1, 4, 4]\n y = x -> conv(1, 3x3, pad: same)\n loss mse(y, t)\n}',
    ],
    ['cnncCarry', network('[1, 28, 28]').replace('batch 5', 'batch 512')],
  ])('%s is there for those that need it', async (part, source) => {
    const code = await emit(source);
    expect(code).toContain(`var ${part}=`);
    // The same bytes wherever the project lies.
    expect(code).not.toContain(process.cwd());
    expect(await emit(network('[1, 28, 28]'))).not.toContain(part);
  });

  it('are the initialisers that see the whole of a parameter', async () => {
    expect(await emit(network('[1, 28, 28]', '', 'init orthogonal'))).toMatch(/fills: \{ orthogonal: \(\(\)=>/);
    expect(await emit(network('[1, 28, 28]', '', 'init uniform(0.1)'))).not.toMatch(/\bfills: |orthogonal/);
  });

  it('take what they share from the runtime, so that mistakes are told as mistakes', async () => {
    const colour = await emit(network('[3, 32, 32]'), true);
    expect(runModule(colour, '--data', 'cifar10:nowhere')).toEqual({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/^error\[CNN4141\]: `nowhere` does not exist\n {2}help: check/),
    });
  });

  it('predict as a program: a class where scores are put out, else the numbers', { timeout: 20_000 }, async () => {
    const lines = async (output: string) => {
      const code = await emit(network('[1, 28, 28]').replace('output logits', output));
      const { stdout } = runModule(code, '--data', 'digits:train=9,test=2', '--predict', '--json');
      return stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    };
    const scores = await lines('output logits');
    expect(scores.map(({ image, output }) => [image, output.length])).toEqual([
      [0, 10],
      [1, 10],
    ]);
    for (const { predicted, output } of scores) expect(output[predicted]).toBe(Math.max(...output));
    const [code] = await lines('output code = image -> dense(3)');
    expect(Object.keys(code)).toEqual(['image', 'label', 'output']);
  });

  it('serve the module as a program', { timeout: 20_000 }, async () => {
    const metric = 'metric recall(logits, label)';
    const code = await emit(network('[1, 28, 28]', metric, 'init orthogonal augment crop(pad: 2)'), true);
    const { status, stdout } = runModule(code, '--data', 'digits:train=100,test=20', '--epochs', '1');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^epoch 1\/1 .*\ntest loss .*\nrecall \[/);
  });
});

describe.each<TargetName>(['wasm', 'js'])('a module without the program, %s', (target) => {
  const { elaboration } = compileSource(network('[1, 28, 28]', '', 'init orthogonal'), 'test.cnn');
  const emitted = emitModule(elaboration!, { target, program: false });

  it('does all that a trainer does', async () => {
    const { createTrainer } = await importModule((await emitted).code);
    const data = drawDigits(40, 10, 1);
    const results = async (threads: number) => {
      const trainer = await createTrainer({ threads });
      for await (const { epoch } of trainer.fit(data, { epochs: 2 })) expect(epoch).toBeLessThan(3);
      const copy = await createTrainer();
      copy.load(trainer.save());
      const outputs = copy.predict(data.test.images as Uint8Array);
      trainer.dispose();
      return [...outputs];
    };
    const outputs = await results(1);
    expect(outputs).toHaveLength(100);
    expect(await results(2)).toEqual(outputs);
  });

  it('names nothing of Node and not its own address, so bundlers of any format have nothing to warn of', async () => {
    const { code } = await emitted;
    expect(code).not.toMatch(/node:|import\.meta|node FILE/);
    expect((await emitModule(elaboration!, { target })).code).toMatch(/import\.meta/);
    for (const format of ['iife', 'cjs'] as const) {
      const { warnings } = await build({
        stdin: { contents: code },
        ...{ format, bundle: true, platform: 'browser', write: false, logLevel: 'silent' },
      });
      expect(warnings).toEqual([]);
    }
  });

  it('does nothing when it is started', async () => {
    expect(runModule((await emitted).code, '--help')).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});

describe('names that only the runtime knows', () => {
  const names: readonly string[] = INTERNAL_NAMES;
  const asProperty = new RegExp(`\\.(${names.join('|')})\\b|\\b(${names.join('|')})\\??:`, 'g');

  it('are none that users of a module see, that checkpoints hold, or that the platform has', () => {
    const seen = ['data/image-types', 'runtime/trainer-api', 'runtime/worker-api', 'runtime/progress'];
    for (const file of seen) {
      const text = readFileSync(new URL(`../../src/${file}.ts`, import.meta.url), 'utf8');
      expect(text.replace(/\/\*\*[\s\S]*?\*\//g, '').match(asProperty), file).toBeNull();
    }
    const objects = Object.getOwnPropertyNames(globalThis).flatMap((name) => {
      const value = Reflect.get(globalThis, name);
      return [value, value?.prototype].filter((object) => Object(object) === object);
    });
    const platform = [globalThis, ...objects].flatMap((object) => Object.getOwnPropertyNames(object));
    expect(platform).toContain('exchange');
    expect(names.filter((name) => platform.includes(name) || name in newProgress(0))).toEqual([]);
    expect(Object.values<string>(letters).every((letter) => /^[A-Z]$/.test(letter))).toBe(true);
  });

  it.each<TargetName>(['js', 'wasm'])('are nowhere in a module: %s', async (target) => {
    const source = network('[1, 28, 28]', 'metric iou(logits, label)', 'augment flip(horizontal) average ema(0.9)');
    const { elaboration } = compileSource(source, 'test.cnn');
    const { code } = await emitModule(elaboration!, { target, minify: true, worker: true, program: false });
    expect(code.replace(/(["'])[\w+/=]{100,}\1/g, '').match(asProperty)).toBeNull();
  });

  it('may be those of a network', async () => {
    const source = `network Small {
      input order: [4]
      input pool: [4]
      target feed: [2]
      out = order + pool -> kept: dense(2)
      loss mse(out, feed)
      output held = out
    }`;
    const { createTrainer } = await importModule(await emit(source));
    const trainer = await createTrainer();
    const images = { order: new Float32Array(4).fill(1), pool: new Float32Array(4) };
    const { loss } = await trainer.step({ images, labels: new Float32Array(2) });
    expect(loss).toBeGreaterThan(0);
    expect([...trainer.parameters.keys()]).toEqual(['kept.weight', 'kept.bias']);
    expect([...(await trainer.predictAll(images)).keys()]).toEqual(['held']);
  });
});
