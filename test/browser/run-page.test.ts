/** @file The page of a run in a real browser, opened from disk and clicked. Skipped where there is no Chromium. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../cli/recorder.ts';
import { folderWith } from '../cli/run-cnnc.ts';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const installed = existsSync(executablePath);
const title = installed ? executablePath : `a browser, skipped since ${executablePath} is not there`;
const accessibility = 'node_modules/axe-core/axe.min.js';

const digits = `network <name> {
  input image: [1, 28, 28]
  target label: class(10)
  x = image -> first: conv(5, 5x5, stride: 2) -> relu -> maxpool(2)
  logits = x -> flatten -> head: dense(10)
  loss crossentropy(logits, label)
  metric accuracy(logits, label)
  output probs = softmax(logits)
  // </script><b>
}
train <name> {
  data digits(train: 200, test: 60)
  optimizer sgd(lr: 0.05, momentum: 0.9)
  batch 20
  epochs 3
}
`.replaceAll('<name>', 'Small');

const autoencoder = `network Auto {
  input image: [1, 28, 28]
  x = image -> conv(2, 5x5, stride: 4) -> relu -> flatten -> dense(784)
  loss mse(x, image -> flatten)
}
train Auto {
  data digits(train: 40, test: 20)
  epochs 1
}
`;

describe.skipIf(!installed)(`the page of a run in ${title}`, () => {
  const folder = folderWith({ 'a <i>.cnn': digits, 'auto.cnn': autoencoder });
  const place = join(folder, 'run', 'report.html');
  let browser: Browser;
  let page: Page;
  const console: string[] = [];
  const requests: string[] = [];

  beforeAll(async () => {
    const made = await run(['train', join(folder, 'a <i>.cnn'), '--out', join(folder, 'run')]);
    expect(made.status).toBe(0);
    browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', '--disable-gpu'] });
    page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    page.setDefaultTimeout(10_000);
    page.on('pageerror', (error) => console.push(error.message));
    page.on('console', (message) => console.push(message.text()));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(place).href);
  }, 60_000);

  afterAll(() => browser?.close());

  /** Different grey values that a canvas has. */
  const shades = (selector: string) =>
    page
      .locator(selector)
      .first()
      .evaluate((canvas: HTMLCanvasElement) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
        return new Set(data).size;
      });

  it('is one file of less than 1.5 MB', () => expect(statSync(place).size).toBeLessThan(1_500_000));

  it('draws loss, accuracy and learning rate over epochs', async () => {
    const captions = await page.locator('#curves figcaption').allTextContents();
    expect(captions).toEqual(['Loss', 'Accuracy', 'Learning rate']);
    expect(await page.locator('#curves svg').first().locator('.curve').count()).toBe(3);
    const last = page.locator('#curves svg').first().locator('text:not(.title)').last();
    expect(Number(await last.textContent())).toBe(3);
  });

  it('has a matrix of all images, whose cells show their pictures', async () => {
    const counts = await page.locator('#matrix button').allTextContents();
    expect(counts.reduce((sum, count) => sum + Number(count), 0)).toBe(60);
    const wrong = page.locator('#matrix button[aria-label="5 taken for 5: 1"], #matrix tbody tr:nth-child(1) button');
    await wrong.first().click();
    const label = (await wrong.first().getAttribute('aria-label'))!;
    const count = Number(/: (\d+)$/.exec(label)![1]);
    const shown = await page.locator('#cell figure').count();
    expect(shown).toBe(Math.min(6, count));
    expect(await page.locator('#cell h3').textContent()).toMatch(/^0, (recognised|taken for \d)/);
    expect(await shades('#cell canvas')).toBeGreaterThan(20);
    expect(await wrong.first().getAttribute('aria-pressed')).toBe('true');
  });

  it('shows the worst mistakes, the surest first', async () => {
    const texts = await page.locator('#worst figcaption').allTextContents();
    expect(texts.length).toBeGreaterThan(3);
    expect(texts[0]).toMatch(/^\d taken for \d, [\d.]+ % image \d+$/);
  });

  it('draws filters, and for a chosen picture the maps of the layers and its saliency', async () => {
    expect(await shades('#drawn-filters canvas')).toBeGreaterThan(20);
    const steps = await page.locator('#maps .step > p').allTextContents();
    expect(steps).toEqual([
      'firstconv, 5 of 5 channels',
      'x.relurelu, 5 of 5 channels',
      'x.maxpoolmaxpool, 5 of 5 channels',
      'headdense, 10 values',
      'probssoftmax, 10 values',
    ]);
    for (const part of ['.step canvas', '.own figure:first-child canvas', '.own figure:last-child canvas'])
      expect(await shades(`#maps ${part}`), part).toBeGreaterThan(10);
    const before = await page.locator('#maps .own canvas').first().getAttribute('aria-label');
    await page.locator('#chosen select').selectOption('4');
    expect(await page.locator('#maps .own canvas').first().getAttribute('aria-label')).not.toBe(before);
  });

  it('has the layers, and the source as text', async () => {
    expect(await page.locator('#layers tbody tr').count()).toBe(6);
    expect(await page.locator('#source code').textContent()).toBe(digits);
  });

  it.each([375, 1400])('fits a screen of %i', async (width) => {
    await page.setViewportSize({ width, height: 800 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });

  it('is printed on white, also where it is shown on black', async () => {
    await page.emulateMedia({ colorScheme: 'dark', media: 'print' });
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(255, 255, 255)');
    await page.emulateMedia({ colorScheme: 'dark', media: 'screen' });
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(20, 24, 29)');
  });

  it.skipIf(!existsSync(accessibility))('is accessible, as far as axe can tell', async () => {
    for (const [colorScheme, rules] of [
      ['light', ''],
      ['dark', "{ runOnly: ['color-contrast'] }"],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(readFileSync(accessibility, 'utf8'));
      const { violations } = (await page.evaluate(`axe.run(${rules})`)) as {
        violations: { id: string; nodes: { html: string }[] }[];
      };
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
    }
  });

  it('shows of a network that chooses no class the examples with the largest loss', async () => {
    const out = join(folder, 'auto');
    expect((await run(['train', join(folder, 'auto.cnn'), '--out', out])).status).toBe(0);
    await page.goto(pathToFileURL(join(out, 'report.html')).href);
    const texts = await page.locator('#worst figcaption').allTextContents();
    const losses = texts.map((text) => Number(/loss ([\d.]+)/.exec(text)![1]));
    expect(losses).toEqual([...losses].sort((a, b) => b - a));
    expect(await page.locator('#confusion, #classes').count()).toBe(0);
    expect(await page.locator('#maps .step').count()).toBe(3);
  });

  it('says nothing on the console and asks no other host', () => {
    expect(console).toEqual([]);
    expect(requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:'))).toEqual([]);
  });
});

describe('the page of a run', () => {
  const folder = folderWith({ 'a.cnn': digits });
  const out = join(folder, 'run');
  const page = () => readFileSync(join(out, 'report.html'), 'utf8');

  it('is there while training goes on, read again by itself until it ends', async () => {
    let live = '';
    const started = run(['train', join(folder, 'a.cnn'), '--out', out, '--report', 'live', '--epochs', '40']);
    const looking = setInterval(() => {
      if (!live && existsSync(join(out, 'report.html'))) live = page();
    }, 5);
    const { status } = await started;
    clearInterval(looking);
    expect(status).toBe(0);
    expect(live).toContain('http-equiv="refresh"');
    expect(page()).not.toContain('http-equiv="refresh"');
    expect((await run(['train', join(folder, 'a.cnn'), '--report', 'live'])).status).toBe(2);
  });

  it('is made again by `report`, the same', async () => {
    const before = page();
    const { status, err } = await run(['report', out]);
    expect([status, err]).toEqual([0, expect.stringMatching(/report\.html: [\d.]+ KB for Small\n$/)]);
    expect(page()).toBe(before);
    expect((await run(['report', join(folder, 'a.cnn'), '--weights', out])).err).toContain('CNN4129');
  });
});
