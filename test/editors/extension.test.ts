import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
// @ts-expect-error plain JavaScript
import { curve, rowsOf, statusText } from '../../editors/vscode/curve.mjs';
// @ts-expect-error plain JavaScript
import { Summaries } from '../../editors/vscode/summary.mjs';
// @ts-expect-error plain JavaScript
import { readPage, Training } from '../../editors/vscode/training.mjs';
import { bundleProgram, programPath } from '../support/bundles.ts';

beforeAll(bundleProgram);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cnnc-extension-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the curve in the status bar', () => {
  test('falls from the highest level to the lowest', () => {
    expect(curve([8, 7, 6, 5, 4, 3, 2, 1])).toBe('█▇▆▅▄▃▂▁');
    expect(curve([1, 1, 1])).toBe('▁▁▁');
    expect(curve(Array.from({ length: 1000 }, (_, k) => k))).toMatch(/^▁.{14}█$/);
  });

  test('says the last figures, and waits for a line that is not whole', () => {
    const step = (images: number, loss: number) =>
      JSON.stringify({ kind: 'step', epoch: 2, step: 1, images, total: 200, loss, trainAccuracy: 0.5 });
    const log = `${step(50, 2)}\n${step(100, 1)}\n${step(150, 0.5).slice(0, 20)}`;
    expect(statusText(rowsOf(log))).toBe('█▁ loss 1.00  50.0 %  epoch 2 50 %');
    const epoch = JSON.stringify({ kind: 'epoch', epoch: 2, step: 2, testAccuracy: 0.75, validationAccuracy: 0.875 });
    expect(statusText(rowsOf(`${step(200, 1)}\n${epoch}\n`))).toBe('▁ loss 1.00  87.5 %  epoch 2 done');
    expect(statusText([])).toBeUndefined();
  });
});

test('training shows its curve, and leaves a run with a report', async () => {
  const item = { text: '', show() {}, hide() {}, dispose() {} };
  let closed = (_terminal: unknown) => {};
  const ended: Promise<unknown>[] = [];
  const vscode = {
    StatusBarAlignment: { Left: 1 },
    window: {
      createStatusBarItem: () => item,
      onDidCloseTerminal: (listen: typeof closed) => {
        closed = listen;
        return { dispose() {} };
      },
      createTerminal: (options: { shellPath: string; shellArgs: string[]; cwd: string }) => {
        const terminal = { show() {} };
        const child = spawn(options.shellPath, options.shellArgs, { cwd: options.cwd, stdio: 'ignore' });
        ended.push(new Promise((resolve) => child.on('exit', () => resolve(closed(terminal)))));
        return terminal;
      },
    },
  };
  const context = { globalStorageUri: { fsPath: folder }, subscriptions: [] as { dispose(): void }[] };
  const training = new Training(vscode, context, programPath, { path: process.execPath, env: {} });
  expect(training.folder).toBeUndefined();
  const file = join(folder, 'small net.cnn');
  writeFileSync(file, readFileSync('examples/linear.cnn'));
  training.start(file, ['--epochs', '1']);
  expect(item.text).toContain('small net');
  await Promise.all(ended);
  expect(item.text).toMatch(/^[▁▂▃▄▅▆▇█]+ loss \d\.\d+ {2}\d\d\.\d % {2}epoch 1 done$/);
  expect(existsSync(join(training.folder, 'best.safetensors'))).toBe(true);
  expect(readPage(join(training.folder, 'report.html'))).not.toContain('http-equiv="refresh"');
  for (const { dispose } of context.subscriptions) dispose();
});

test('a summary is made again when a text is saved, until it is closed', async () => {
  const listeners: Record<string, (document: { uri: object }) => void> = {};
  const told: unknown[] = [];
  const [file, prints] = [join(folder, 'net.cnn'), [] as unknown[]];
  let provider = { provideTextDocumentContent: (_uri: object): unknown => undefined };
  const vscode = {
    EventEmitter: class {
      readonly event = {};
      fire = (uri: unknown) => void told.push(uri);
    },
    Uri: { from: (parts: object) => ({ ...parts, toString: () => JSON.stringify(parts) }) },
    ViewColumn: { Beside: -2 },
    window: { showTextDocument: async () => {} },
    workspace: {
      registerTextDocumentContentProvider: (_: string, given: typeof provider) => {
        provider = given;
      },
      onDidCloseTextDocument: (listen: (typeof listeners)['']) => {
        listeners.close = listen;
      },
      onDidSaveTextDocument: (listen: (typeof listeners)['']) => {
        listeners.save = listen;
      },
      openTextDocument: async (uri: object) => ({ text: provider.provideTextDocumentContent(uri) }),
    },
  };
  const summaries = new Summaries(vscode, { subscriptions: [] }, (...given: unknown[]) => prints.push(given));
  await summaries.show(file, ['--network', 'Net']);
  expect(prints).toEqual([[file, ['--network', 'Net']]]);
  listeners.save!({ uri: { path: '/elsewhere/readme.md' } });
  expect(told).toEqual([]);
  listeners.save!({ uri: { path: '/elsewhere/library.cnn' } });
  expect(told).toHaveLength(1);
  listeners.close!({ uri: told[0] as object });
  listeners.save!({ uri: { path: file } });
  expect(told).toHaveLength(1);
});
