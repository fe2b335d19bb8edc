/**
 * @file A trainer module in a real browser: in a page and in a worker of headless Chromium it trains to the very same
 * bits as in Node. Skipped where there is no Chromium (Debian's is /usr/bin/chromium; `CHROMIUM` names another).
 */

import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileSource, emitModule } from '../../src/compile.ts';
import { drawDigits } from '../../src/data/digits.ts';
import type { Trainer } from '../../src/runtime/trainer-api.ts';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const STEPS = 10;
const BATCH = 32;
const IMAGE = 28 * 28;

interface Outcome {
  readonly losses: readonly number[];
  /** SHA-256 of the checkpoint. */
  readonly digest: readonly number[];
}

/** Runs in Node and, as text, in the browser: names nothing outside itself. */
async function train(
  module: { createTrainer(options: object): Promise<Trainer> },
  images: Uint8Array,
  labels: Uint8Array,
  options: { readonly relaxedSimd?: boolean },
  sizes: { readonly steps: number; readonly batch: number; readonly image: number },
): Promise<Outcome> {
  const { steps, batch, image } = sizes;
  const trainer = await module.createTrainer({ seed: 7, ...options });
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const [from, to] = [step * batch, (step + 1) * batch];
    const result = await trainer.step({
      images: images.subarray(from * image, to * image),
      labels: labels.subarray(from, to),
    });
    losses.push(result.loss);
  }
  const digest = await crypto.subtle.digest('SHA-256', trainer.save() as BufferSource);
  return { losses, digest: [...new Uint8Array(digest)] };
}

const sizes = { steps: STEPS, batch: BATCH, image: IMAGE };

/** `run(options)` as a module of the browser, with its data fetched. */
const RUN = `import * as module from './lenet.js';
const bytes = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());
const train = ${train.toString()};
export const run = async (options) =>
  train(module, await bytes('./images'), await bytes('./labels'), options, ${JSON.stringify(sizes)});
`;

const PAGE = `<!doctype html>
<title>lenet</title>
<link rel="icon" href="data:,">
<script type="module">import { run } from './run.js'; globalThis.run = run;</script>`;

const WORKER = `import { run } from './run.js';
addEventListener('message', async ({ data }) => {
  try { postMessage({ outcome: await run(data) }); } catch (error) { postMessage({ error: String(error) }); }
});
`;

function serve(files: ReadonlyMap<string, readonly [type: string, body: string | Uint8Array]>): Promise<Server> {
  const server = createServer((request, response) => {
    const found = files.get(request.url ?? '');
    response.writeHead(found ? 200 : 404, { 'content-type': found?.[0] ?? 'text/plain' });
    response.end(found?.[1]);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

type RunOptions = { readonly relaxedSimd?: boolean };

/** `run` as the page has it, once its module is loaded. */
interface PageGlobals {
  run(options: RunOptions): Promise<Outcome>;
}

async function runInPage(page: Page, options: RunOptions): Promise<Outcome> {
  await page.waitForFunction(() => 'run' in globalThis);
  return page.evaluate((given) => (globalThis as unknown as PageGlobals).run(given), options);
}

function runInWorker(page: Page, options: RunOptions): Promise<Outcome> {
  return page.evaluate(
    (given) =>
      new Promise<Outcome>((resolve, reject) => {
        const worker = new Worker('/worker.js', { type: 'module' });
        worker.onerror = (event) => reject(new Error(event.message));
        worker.onmessage = ({ data }) => (data.outcome ? resolve(data.outcome) : reject(new Error(data.error)));
        worker.postMessage(given);
      }),
    options,
  );
}

const installed = existsSync(executablePath);
const title = installed ? executablePath : `a browser, skipped since ${executablePath} is not there`;

describe.skipIf(!installed)(`lenet in ${title}`, () => {
  let browser: Browser;
  let server: Server;
  let page: Page;
  let node: Outcome;
  const mistakes: string[] = [];

  beforeAll(async () => {
    const { elaboration } = compileSource(readFileSync('examples/lenet.cnn', 'utf8'), 'lenet.cnn');
    const { code } = await emitModule(elaboration!, { target: 'wasm', minify: true });
    const { train: split } = drawDigits(STEPS * BATCH, 0, 3);
    const [images, labels] = [split.images as Uint8Array, Uint8Array.from(split.labels)];
    const script = 'text/javascript';
    server = await serve(
      new Map([
        ['/', ['text/html', PAGE]],
        ['/lenet.js', [script, code]],
        ['/run.js', [script, RUN]],
        ['/worker.js', [script, WORKER]],
        ['/images', ['application/octet-stream', images]],
        ['/labels', ['application/octet-stream', labels]],
      ]),
    );
    const module = await import(/* @vite-ignore */ `data:${script};base64,${Buffer.from(code).toString('base64')}`);
    node = await train(module, images, labels, { relaxedSimd: false }, sizes);
    browser = await chromium.launch({ executablePath, args: FLAGS });
    page = await browser.newPage();
    page.on('pageerror', (error) => mistakes.push(error.message));
    page.on('console', (message) => mistakes.push(message.text()));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it('learns in Node', () => {
    expect(node.losses).toHaveLength(STEPS);
    expect(node.losses.at(-1)!).toBeLessThan(node.losses[0]!);
  });

  it.each([
    ['a page', runInPage],
    ['a worker', runInWorker],
  ] as const)('in %s has the losses and the checkpoint of Node, bit for bit', async (_, run) => {
    const found = await run(page, { relaxedSimd: false });
    expect(found).toEqual(node);
  });

  it('with fused multiply-adds follows Node closely', async () => {
    const { losses } = await runInWorker(page, {});
    losses.forEach((loss, step) => {
      expect(Math.abs(loss - node.losses[step]!) / node.losses[step]!).toBeLessThan(1e-4);
    });
  });

  it('says nothing on the console', () => {
    expect(mistakes).toEqual([]);
  });
});
