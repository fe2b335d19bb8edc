/** @file The examples of docs/module.md run, and print what they should. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, vi } from 'vitest';
import { compileSource, emitModule, emitPredictor } from '../../src/compile.ts';
import { FIT_OPTIONS } from '../../src/runtime/fit-options.ts';
import { root } from './imports.ts';

const page = readFileSync(join(root, 'docs/module.md'), 'utf8');

it('the examples of docs/module.md run', async () => {
  const { elaboration } = compileSource(readFileSync(join(root, 'examples/lenet.cnn'), 'utf8'), 'lenet.cnn');
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-module-'));
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    writeFileSync(join(folder, 'net.js'), (await emitModule(elaboration!, { worker: true })).code);
    writeFileSync(join(folder, 'predict.js'), (await emitPredictor(elaboration!)).code);
    writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
    const blocks = [...page.matchAll(/```js\n([\s\S]*?)```/g)].map(([, block]) => block!);
    expect(blocks.length).toBe(7);
    writeFileSync(join(folder, 'use.js'), blocks.join('\n'));
    await import(/* @vite-ignore */ pathToFileURL(join(folder, 'use.js')).href);
    expect(log.mock.calls).toEqual([
      ['LeNet5', 64, 150, [6, 1, 5, 5]],
      ...[1, 2, 3, 4].map((epoch) => [epoch, true, expect.any(Boolean)]),
      ['epochs', 8],
      [true, 4],
      [true, true],
      [10, 0, 0],
      [2000, ['probs']],
      [10],
      ...[1, 2].map((epoch) => [epoch, 10]),
      [10, 640],
    ]);
  } finally {
    log.mockRestore();
    rmSync(folder, { recursive: true });
  }
});

it('its table has every option of `fit`', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  const named = rows.flatMap((line) => [...line.split('|')[1]!.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
  expect(named.sort()).toEqual(Object.keys(FIT_OPTIONS).sort());
});
