/**
 * @file Threads in a real browser. In a page and in a worker that are isolated, two threads leave the very bits of one in
 * Node; where they are not, there is no shared memory, and one thread does. Skipped where there is no Chromium.
 */

import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileSource, emitModule } from '../../src/compile.ts';
import type { Trainer } from '../../src/runtime/trainer-api.ts';
import { RESIDUAL } from './networks.ts';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];

interface Outcome {
  readonly threads: number;
  readonly losses: readonly number[];
  readonly checkpoint: readonly number[];
}

/** Runs in Node and, as text, in the browser: names nothing outside itself. */
async function train(module: { createTrainer(options: object): Promise<Trainer> }, threads: number): Promise<Outcome> {
  const trainer = await module.createTrainer({ seed: 7, relaxedSimd: false, threads });
  const images = Uint8Array.from({ length: 64 * 432 }, (_, k) => (k * k * 31) % 251);
  const labels = Uint8Array.from({ length: 64 }, (_, k) => k % 10);
  const losses: number[] = [];
  for (const count of [64, 64, 21, 64, 3]) {
    const { loss } = await trainer.step({ images: images.subarray(0, count * 432), labels: labels.subarray(0, count) });
    losses.push(loss);
  }
  const digest = await crypto.subtle.digest('SHA-256', trainer.save() as BufferSource);
  const outcome = { threads: trainer.threads, losses, checkpoint: [...new Uint8Array(digest)] };
  trainer.dispose();
  return outcome;
}

const RUN = `import * as module from './trainer.js';
const train = ${train.toString()};
export const run = () => train(module, 2);
`;

const PAGE = `<!doctype html><title>threads</title><link rel="icon" href="data:,">
<script type="module">import { run } from './run.js'; globalThis.run = run;</script>`;

const WORKER = `import { run } from './run.js';
try { postMessage({ outcome: await run() }); } catch (error) { postMessage({ error: String(error) }); }
`;

const ISOLATION = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

function serve(code: string, isolated: boolean): Promise<Server> {
  const script = 'text/javascript';
  const files: Record<string, readonly [type: string, body: string]> = {
    '/': ['text/html', PAGE],
    '/trainer.js': [script, code],
    '/run.js': [script, RUN],
    '/worker.js': [script, WORKER],
  };
  const server = createServer((request, response) => {
    const found = files[request.url ?? ''];
    const headers = { 'content-type': found?.[0] ?? 'text/plain', ...(isolated ? ISOLATION : {}) };
    response.writeHead(found ? 200 : 404, headers).end(found?.[1]);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function runInPage(page: Page): Promise<Outcome> {
  await page.waitForFunction(() => 'run' in globalThis);
  return page.evaluate(() => (globalThis as unknown as { run(): Promise<Outcome> }).run());
}

function runInWorker(page: Page): Promise<Outcome> {
  return page.evaluate(
    () =>
      new Promise<Outcome>((resolve, reject) => {
        const worker = new Worker('/worker.js', { type: 'module' });
        worker.onerror = (event) => reject(new Error(event.message));
        worker.onmessage = ({ data }) => (data.outcome ? resolve(data.outcome) : reject(new Error(data.error)));
      }),
  );
}

const installed = existsSync(executablePath);
const title = installed ? executablePath : `a browser, skipped since ${executablePath} is not there`;

describe.skipIf(!installed)(`threads in ${title}`, () => {
  let browser: Browser;
  let code: string;
  let node: Outcome;

  beforeAll(async () => {
    const { elaboration } = compileSource(RESIDUAL, 'residual.cnn');
    code = (await emitModule(elaboration!, { target: 'wasm', minify: true, maxBatch: 64 })).code;
    const url = `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`;
    node = await train(await import(/* @vite-ignore */ url), 1);
    browser = await chromium.launch({ executablePath, args: FLAGS });
  }, 60_000);

  afterAll(() => browser?.close());

  it.each([
    ['a page that is isolated', true, runInPage, 2],
    ['a worker that is isolated', true, runInWorker, 2],
    ['a page that is not', false, runInPage, 1],
    ['a worker that is not', false, runInWorker, 1],
  ] as const)('in %s have the losses and the checkpoint of one in Node', async (_, isolated, run, threads) => {
    const server = await serve(code, isolated);
    const page = await browser.newPage();
    try {
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      expect(await run(page)).toEqual({ ...node, threads });
    } finally {
      await page.close();
      server.close();
    }
  });
});
