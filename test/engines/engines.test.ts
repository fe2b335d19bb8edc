/**
 * @file A trainer module in other engines: it trains to the bits of this Node, with `relaxedSimd: false`. What is found in the
 * PATH or in `node_modules/.bin` is tried, and whatever programs `ENGINES` names, separated like the PATH: more versions of
 * Node, say. `npm i --no-save deno bun` brings the two. What is missing is skipped.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileSource, emitModule } from '../../src/compile.ts';

const folders = [join(process.cwd(), 'node_modules/.bin'), ...(process.env.PATH ?? '').split(delimiter)];
const find = (name: string) => folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
const others = (process.env.ENGINES ?? '').split(delimiter).filter((path) => path !== '');
const engines = [find('deno') ?? 'deno', find('bun') ?? 'bun', ...others];

const NETWORK = `network Small {
  input  image: [1, 8, 8]
  target label: class(4)
  logits = image -> conv(6, 3x3) -> batchnorm -> gelu -> maxpool(2) -> dropout(0.2) -> flatten -> dense(4)
  loss   crossentropy(logits, label)
  output probs = softmax(logits)
}
train Small { optimizer adam(lr: 0.01)  schedule cosine  batch 8  epochs 2 }`;

/** Single steps and epochs; everything that training depends on is in the checkpoint. */
const USE = `import { createTrainer } from './net.mjs';
const trainer = await createTrainer({ seed: 1, relaxedSimd: false });
const images = Uint8Array.from({ length: 30 * 64 }, (_, i) => (i * 7919) % 256);
const labels = Uint8Array.from({ length: 30 }, (_, n) => n % 4);
const losses = [];
for (let k = 0; k < 5; k++) losses.push((await trainer.step({ images, labels }, { lr: 0.01 })).loss);
for await (const { trainLoss } of trainer.fit({ train: { images, labels } })) losses.push(trainLoss);
const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await trainer.save()));
trainer.dispose();
console.log(JSON.stringify({ losses, digest: [...digest] }));`;

const execute = promisify(execFile);

async function run(engine: string, args: readonly string[], cwd: string): Promise<string> {
  const { FORCE_COLOR: _, NODE_OPTIONS: __, ...env } = process.env;
  return (await execute(engine, args, { cwd, env: { ...env, NO_COLOR: '1' } })).stdout;
}

describe.each(['wasm', 'js'] as const)('a module of %s', (target) => {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-engines-'));
  let expected: unknown;

  beforeAll(async () => {
    const { elaboration } = compileSource(NETWORK, 'small.cnn');
    writeFileSync(join(folder, 'net.mjs'), (await emitModule(elaboration!, { target, worker: true })).code);
    writeFileSync(join(folder, 'use.mjs'), USE);
    writeFileSync(join(folder, 'use-worker.mjs'), USE.replaceAll('createTrainer', 'createTrainerWorker'));
    expected = JSON.parse(await run(process.execPath, ['use.mjs'], folder));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  for (const engine of engines) {
    const isThere = existsSync(engine);
    const why = isThere ? '' : ' (skipped: not found)';
    const isDeno = basename(engine).startsWith('deno');

    it.skipIf(!isThere)(`trains to the bits of Node in ${engine}${why}`, async () => {
      // A trainer needs no permissions.
      expect(JSON.parse(await run(engine, [...(isDeno ? ['run'] : []), 'use.mjs'], folder))).toEqual(expected);
    });

    it.skipIf(!isThere)(`does so in a worker in ${engine}${why}`, async () => {
      const args = [...(isDeno ? ['run', '--allow-read'] : []), 'use-worker.mjs'];
      expect(JSON.parse(await run(engine, args, folder))).toEqual(expected);
    });

    it.skipIf(!isThere)(`is a program in ${engine}${why}`, async () => {
      const start = isDeno ? ['run', '--allow-all', 'net.mjs'] : ['net.mjs'];
      expect(await run(engine, [...start, '--help'], folder)).toMatch(/^usage: node net\.mjs \[options\]/);
      const out = await run(engine, [...start, '--data', 'digits:64', '--epochs', '1'], folder).catch(
        (error) => error.stderr,
      );
      expect(out).toContain('CNN4145');
    });
  }
});
