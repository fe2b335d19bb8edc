/**
 * @file The page of a report in a real browser, opened from disk: it says nothing on the console, asks no host for
 * anything, and does what it promises when it is clicked. Skipped where there is no Chromium (`CHROMIUM` names another).
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
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

const residual = `
block Basic(channels) {
  return (in + in -> conv1: conv(channels, 3x3, pad: same) -> relu -> conv2: conv(channels, 3x3, pad: same)) -> relu
}
network Small {
  input image: [1, 28, 28]
  target label: class(10)
  x = image -> first: conv(8, 5x5, stride: 2) -> batchnorm -> relu -> repeat(3) Basic(8)
  logits = x -> globalavgpool -> head: dense(10)
  loss crossentropy(logits, label)
  // </script><b>
}
`;

describe.skipIf(!installed)(`the page of a report in ${title}`, () => {
  const folder = folderWith({ 'a <i>.cnn': residual });
  let browser: Browser;
  let page: Page;
  const console: string[] = [];
  const requests: string[] = [];

  beforeAll(async () => {
    const made = await run(['summary', join(folder, 'a <i>.cnn'), '--html', join(folder, 'report.html')]);
    expect(made.status).toBe(0);
    browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', '--disable-gpu'] });
    page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    page.setDefaultTimeout(10_000);
    page.on('pageerror', (error) => console.push(error.message));
    page.on('console', (message) => console.push(message.text()));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(join(folder, 'report.html')).href);
  }, 60_000);

  afterAll(() => browser?.close());

  const details = async () => (await page.locator('#details').textContent()) ?? '';
  const inGraph = (selector: string) => page.locator(`#graph ${selector}`);

  it('draws the layers, equal blocks once', async () => {
    expect(await inGraph('[data-toggle="block:x.0"]').textContent()).toContain('x.0 … x.2: Basic × 3');
    expect(await inGraph('.leaf').count()).toBe(13);
  });

  it('tells everything about a layer that is clicked', async () => {
    await inGraph('[data-box="first"]').click();
    const text = await details();
    expect(text).toMatch(/operator\s*conv 5x5 \/2/);
    expect(text).toMatch(/parameters\s*208/);
    expect(text).toContain('first[o, i, j] = ');
    expect(text).toContain('d.first.weight[');
    expect(text).toContain('a <i>.cnn:8');
    // The advice about it.
    expect(text).toContain('CNN5001');
  });

  it('opens and closes blocks, by key as well', async () => {
    const name = inGraph('[data-toggle="block:x.0"]');
    await name.focus();
    await page.keyboard.press('Enter');
    expect(await inGraph('.leaf').count()).toBe(9);
    expect(await details()).toMatch(/layers\s*15, in 3 equal blocks/);
    const closed = inGraph('.leaf[data-box="block:x.0"]');
    expect(await closed.getAttribute('aria-expanded')).toBe('false');
    // The focus stays where it was.
    await page.keyboard.press('Enter');
    expect(await inGraph('.leaf').count()).toBe(13);
    await page.getByRole('button', { name: 'Close all blocks' }).click();
    expect(await inGraph('.leaf').count()).toBe(9);
  });

  it('shows the field of the layer that a slider points at', async () => {
    const input = page.locator('#fields input');
    await input.fill('0');
    expect(await page.locator('#fields p').first().textContent()).toContain(
      'first conv 5x5 /2: place 6, 6 of 12x12 sees 5x5',
    );
    const seen = page.locator('#fields .seen');
    expect(await seen.getAttribute('width')).toBe('5');
    expect(await seen.getAttribute('x')).toBe('12');
  });

  it('adds costs up as it is told, and leads from a bar to its layer', async () => {
    const [figure, group] = [page.locator('#costs select').first(), page.locator('#costs select').last()];
    await figure.selectOption('parameters');
    await group.selectOption('block');
    const bars = page.locator('#costs li');
    expect(await bars.allTextContents()).toHaveLength(6);
    await group.selectOption('layer');
    await page.locator('#costs li', { hasText: 'x.2.conv2' }).getByRole('button').click();
    expect(await details()).toMatch(/^x\.2\.conv2\s*One of 3 equal layers:/);
    expect(await inGraph('.chosen').getAttribute('data-box')).toBe('x.0.conv2');
  });

  it('tells the memory at the moment that a slider points at', async () => {
    const said = page.locator('#memory p[aria-live]');
    const before = await said.textContent();
    await page.locator('#memory input').fill('0');
    expect(await said.textContent()).toMatch(/^Kernel 1 of \d+, /);
    expect(await said.textContent()).not.toBe(before);
  });

  it('lists what was found, with the way to its layer', async () => {
    const finding = page.locator('#findings li', { hasText: 'CNN5001' });
    expect(await finding.textContent()).toContain('What to do: write `bias: false`');
    await finding.getByRole('button').click();
    expect(await details()).toMatch(/^first/);
  });

  it.each([
    ['on a narrow screen', { width: 375, height: 700 }],
    ['on a wide screen', { width: 1400, height: 900 }],
  ])('fits %s', async (_, size) => {
    await page.setViewportSize(size);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(size.width);
  });

  it.each(['light', 'dark'] as const)('is %s where that is wanted', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(background).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(20, 24, 29)');
  });

  it.skipIf(!existsSync(accessibility))('is accessible, as far as axe can tell', async () => {
    for (const [colorScheme, rules] of [
      ['light', ''],
      ['dark', "{ runOnly: ['color-contrast'] }"],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      // The page lets no foreign script in; the debugger's are none.
      await page.evaluate(readFileSync(accessibility, 'utf8'));
      const { violations } = (await page.evaluate(`axe.run(${rules})`)) as {
        violations: { id: string; nodes: { html: string }[] }[];
      };
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
    }
  });

  it('shows two networks side by side', async () => {
    const paths = ['old.cnn', 'new.cnn'].map((name) => join(folder, name));
    writeFileSync(paths[0]!, residual);
    writeFileSync(paths[1]!, residual.replace('first: conv(8, 5x5', 'stem: conv(8, 3x3, bias: false'));
    expect((await run(['diff', ...paths, '--html', join(folder, 'diff.html')])).status).toBe(0);
    await page.goto(pathToFileURL(join(folder, 'diff.html')).href);
    const row = page.locator('.changed', { hasText: 'stem' });
    expect(await row.locator('mark').allTextContents()).toEqual([
      ...['first', 'conv 5x5 /2', 'bias true', '8x12x12', '208 parameters', '28,800 MACs', 'sees 5x5'],
      ...['stem', 'conv 3x3 /2', 'bias false', '8x13x13', '72 parameters', '12,168 MACs', 'sees 3x3'],
    ]);
    await page.setViewportSize({ width: 375, height: 700 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
    if (existsSync(accessibility)) {
      await page.evaluate(readFileSync(accessibility, 'utf8'));
      const { violations } = (await page.evaluate('axe.run()')) as { violations: { id: string }[] };
      expect(violations.map(({ id }) => id)).toEqual([]);
    }
  });

  it('says nothing on the console and asks no other host', () => {
    expect(console).toEqual([]);
    expect(requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:'))).toEqual([]);
  });
});
