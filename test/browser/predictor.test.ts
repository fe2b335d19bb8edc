/** @file A module that predicts, in a page: pictures of any size and kind, and two threads with the bits of one. Skipped without Chromium. */
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileSource, emitPredictor } from '../../src/compile.ts';
import type { Predictor } from '../../src/runtime/predictor-api.ts';
import { writeSafetensors } from '../../src/runtime/safetensors.ts';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];

const TEXT = `network Small {
  input image: [3, 24, 32]
  features = image -> conv(16, 3x3, pad: same) -> relu -> conv(16, 3x3) -> relu -> maxpool(2)
  output probs = softmax(features -> flatten -> dense(4))
}`;

/** Runs in the page as text. */
async function predictAll(module: { createPredictor(options: object): Promise<Predictor> }) {
  const two = await module.createPredictor({ threads: 2, relaxedSimd: false });
  const one = await module.createPredictor({ relaxedSimd: false });
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [200, 150];
  const context = canvas.getContext('2d')!;
  for (let k = 0; k < 40; k++) {
    context.fillStyle = `hsl(${k * 47} 80% ${30 + k}%)`;
    context.fillRect((k * 53) % 180, (k * 31) % 130, 40, 30);
  }
  const bitmap = await createImageBitmap(canvas);
  const image = new Image();
  image.src = canvas.toDataURL();
  await image.decode();
  const data = context.getImageData(0, 0, 200, 150);
  const outcome = [canvas, bitmap, image, data, [data, bitmap]].map((picture) => [...two.predict(picture as never)]);
  const alone = [...one.predict(data)];
  return { threads: [two.threads, one.threads], outcome, alone, top: two.top(bitmap as never, 2) };
}

const PAGE = `<!doctype html><title>predictor</title><link rel="icon" href="data:,"><script type="module">
import * as module from './predictor.js';
const predictAll = ${predictAll.toString()};
globalThis.outcome = predictAll(module);
</script>`;

function serve(code: string): Promise<Server> {
  const files: Record<string, readonly [type: string, body: string]> = {
    '/': ['text/html', PAGE],
    '/predictor.js': ['text/javascript', code],
  };
  const server = createServer((request, response) => {
    const found = files[request.url ?? ''];
    const isolation = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
    response.writeHead(found ? 200 : 404, { 'content-type': found?.[0] ?? 'text/plain', ...isolation }).end(found?.[1]);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

const installed = existsSync(executablePath);
const title = installed ? executablePath : `a browser, skipped since ${executablePath} is not there`;

describe.skipIf(!installed)(`a predictor in ${title}`, () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: FLAGS });
  }, 60_000);

  afterAll(() => browser?.close());

  it('takes pictures of any kind, and two threads predict what one does', async () => {
    const { elaboration } = compileSource(TEXT, 'small.cnn');
    const { plan } = await emitPredictor(elaboration!, { batch: 1 });
    const tensors = plan.state.map(({ name, shape }, n) => {
      const size = shape.reduce((product, extent) => product * extent, 1);
      return { name, shape, data: Float32Array.from({ length: size }, (_, k) => Math.cos(n + 1.7 * k) / 9) };
    });
    const options = { batch: 1, threads: 2, minify: true, pictures: {}, weightsAs: 'f16' } as const;
    const { code } = await emitPredictor(elaboration!, { ...options, weights: writeSafetensors(tensors, {}) });
    const server = await serve(code);
    const page = await browser.newPage();
    try {
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await page.waitForFunction(() => 'outcome' in globalThis);
      const found = await page.evaluate(
        () => (globalThis as unknown as { outcome: ReturnType<typeof predictAll> }).outcome,
      );
      expect(found.threads).toEqual([2, 1]);
      for (const probs of found.outcome.slice(0, 4)) expect(probs).toEqual(found.alone);
      expect(found.outcome[4]).toEqual([...found.alone, ...found.alone]);
      const ranked = [...found.alone.entries()].sort(([, a], [, b]) => b - a).slice(0, 2);
      expect(found.top).toEqual([ranked.map(([k, probability]) => ({ class: k, probability }))]);
      expect(Math.max(...found.alone)).toBeLessThan(1);
    } finally {
      await page.close();
      server.close();
    }
  });
});
