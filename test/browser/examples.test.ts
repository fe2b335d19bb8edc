/**
 * @file The pages of examples/web, as a visitor uses them, with modules that the command line builds; and the script of
 * examples/node. The pages are skipped where there is no Chromium (`CHROMIUM` names another). `SHOTS=DIR` keeps pictures of them.
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../cli/recorder.ts';
import { folderWith } from '../cli/run-cnnc.ts';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const installed = existsSync(executablePath);
const title = installed ? executablePath : `a browser, skipped since ${executablePath} is not there`;

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** The files of a folder, and nothing else. */
function serve(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = join(folder, new URL(request.url ?? '', 'http://localhost').pathname);
    const type = TYPES[extname(path)];
    const found = type !== undefined && existsSync(path);
    response.writeHead(found ? 200 : 404, { 'content-type': type ?? 'text/plain' });
    response.end(found ? readFileSync(path) : '');
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function build(source: string, output: string): Promise<void> {
  const { status, err } = await run(['build', source, '--worker', '--no-program', '-o', output]);
  expect([status, err]).toEqual([0, expect.stringContaining(output)]);
}

it('the script of examples/node trains, says how well, and leaves its weights', { timeout: 60_000 }, async () => {
  const folder = folderWith({});
  cpSync('examples/node', folder, { recursive: true });
  await build('examples/lenet.cnn', join(folder, 'lenet.mjs'));
  const { stdout } = await promisify(execFile)(process.execPath, ['train.mjs', '1'], { cwd: folder });
  const [, right] = /epoch 1 {2}test loss [\d.]+ {2}([\d.]+) % right/.exec(stdout)!;
  expect(Number(right)).toBeGreaterThan(80);
  expect(stdout).toMatch(/the weights are in weights\.safetensors\n$/);
  expect(existsSync(join(folder, 'weights.safetensors'))).toBe(true);
});

describe.skipIf(!installed)(`the pages of examples/web in ${title}`, () => {
  const folder = folderWith({});
  let browser: Browser;
  let server: Server;
  let page: Page;
  const mistakes: string[] = [];

  beforeAll(async () => {
    cpSync('examples/web', folder, { recursive: true });
    for (const name of ['draw', 'pictures']) await build(join(folder, `${name}.cnn`), join(folder, `${name}.js`));
    server = await serve(folder);
    browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', '--disable-gpu'] });
    page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => mistakes.push(error.message));
    page.on('console', (message) => mistakes.push(message.text()));
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  const open = (name: string) => page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`);
  const status = async () => (await page.getByRole('status').textContent()) ?? '';
  const button = (name: string) => page.getByRole('button', { name, exact: true });

  /** In both schemes, on a telephone and on a screen: nothing that axe finds, and nothing to scroll sideways for. */
  async function look(name: string): Promise<void> {
    await page.addScriptTag({ path: 'node_modules/axe-core/axe.min.js' });
    for (const colorScheme of ['light', 'dark'] as const)
      for (const width of [375, 1200]) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme });
        const { SHOTS } = process.env;
        if (SHOTS) await page.screenshot({ path: join(SHOTS, `${name}-${width}-${colorScheme}.png`), fullPage: true });
        const found = await page.evaluate(async () => {
          const { violations } = await (globalThis as never as { axe: typeof import('axe-core') }).axe.run();
          return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
        });
        expect(found).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      }
    await page.setViewportSize({ width: 1200, height: 900 });
  }

  async function train(): Promise<void> {
    await button('Train').click();
    await page.waitForFunction(
      () => document.querySelector('[role=status]')!.textContent!.startsWith('Done'),
      undefined,
      {
        timeout: 60_000,
      },
    );
  }

  const topClass = () => page.locator('.bars .first .name').textContent();

  /** Lines through points of the sheet, from 0 to 1. */
  async function draw(...lines: readonly (readonly (readonly [number, number])[])[]): Promise<void> {
    const { x, y, width, height } = (await page.locator('.sheet').boundingBox())!;
    for (const [first, ...rest] of lines) {
      await page.mouse.move(x + first![0] * width, y + first![1] * height);
      await page.mouse.down();
      for (const [right, down] of rest) await page.mouse.move(x + right * width, y + down * height);
      await page.mouse.up();
    }
  }

  const circle = (radius: number) =>
    Array.from({ length: 25 }, (_, k) => {
      const angle = (2 * Math.PI * k) / 24;
      return [0.5 + radius * Math.cos(angle), 0.5 + radius * Math.sin(angle)] as const;
    });
  const cross = (size: number) => [
    [
      [0.5 - size, 0.5 - size],
      [0.5 + size, 0.5 + size],
    ] as const,
    [
      [0.5 - size, 0.5 + size],
      [0.5 + size, 0.5 - size],
    ] as const,
  ];
  const line = (size: number) =>
    [
      [0.5 - size, 0.5],
      [0.5 + size, 0.52],
    ] as const;

  it('draw.html learns from a few drawings, and names the next', { timeout: 120_000 }, async () => {
    await open('draw.html');
    expect(await button('Train').isDisabled()).toBe(true);
    for (const size of [0.2, 0.3]) {
      for (const [k, drawing] of [[circle(size)], cross(size), [line(size)]].entries()) {
        await draw(...drawing);
        await button('Add drawing').nth(k).click();
      }
    }
    expect(await page.getByText('2 pictures').count()).toBe(3);
    await train();
    expect(await status()).toMatch(/^Done: \d+ % of the 6 pictures are right/);
    await draw(circle(0.25));
    await page.waitForFunction(() => document.querySelector('.bars .first .name')?.textContent === 'circle');
    await look('draw');
    await button('Clear the sheet').click();
    await draw(...cross(0.25));
    await page.waitForFunction(() => document.querySelector('.bars .first .name')?.textContent === 'cross');
    // By keyboard: a line.
    await button('Clear the sheet').click();
    await page.locator('[data-part=keyboard]').focus();
    for (const key of [' ', ...Array(8).fill('ArrowRight')]) await page.keyboard.press(key);
    await page.waitForFunction(() => document.querySelector('.bars .first .name')?.textContent === 'line');
  });

  /** A PNG of one colour with a little noise, as a file. */
  const picture = (name: string, colour: readonly [number, number, number], seed: number) =>
    page.evaluate(
      async ([name, [red, green, blue], seed]) => {
        const canvas = new OffscreenCanvas(60, 40);
        const context = canvas.getContext('2d')!;
        for (let y = 0; y < 40; y += 4)
          for (let x = 0; x < 60; x += 4) {
            const noise = ((x * 7 + y * 13 + seed * 31) % 60) - 30;
            context.fillStyle = `rgb(${red + noise} ${green + noise} ${blue + noise})`;
            context.fillRect(x, y, 4, 4);
          }
        const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
        return { name, mimeType: 'image/png', buffer: [...bytes] };
      },
      [name, colour, seed] as const,
    );

  it('pictures.html learns from files that are dropped or chosen', { timeout: 120_000 }, async () => {
    await open('pictures.html');
    const choosers = page.locator('input[type=file]');
    const colours = [
      [200, 60, 60],
      [60, 180, 80],
      [60, 80, 200],
    ] as const;
    const file = async (k: number, seed: number) => {
      const made = await picture(`${k}-${seed}.png`, colours[k]!, seed);
      return { ...made, buffer: Buffer.from(made.buffer) };
    };
    for (const k of [0, 1, 2]) await choosers.nth(k + 1).setInputFiles([await file(k, 1), await file(k, 2)]);
    const broken = { name: 'broken.png', mimeType: 'image/png', buffer: Buffer.from('no picture') };
    await choosers.nth(1).setInputFiles([broken]);
    await page.getByText('broken.png').waitFor();
    expect(await page.getByText('2 pictures').count()).toBe(3);
    await train();
    // Dropped, as from a folder of the desktop.
    const made = await picture('asked.png', colours[1], 5);
    await page.evaluate(({ name, mimeType, buffer }) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(buffer)], name, { type: mimeType }));
      const target = document.querySelector('[data-part=question]')!;
      target.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }, made);
    await page.locator('.bars .first').waitFor();
    expect(await topClass()).toBe('dogs');
    await look('pictures');
  });

  it('a training can be paused, resumed and stopped', { timeout: 60_000 }, async () => {
    await button('Train').click();
    await button('Pause').click();
    await page.getByText('Paused.').waitFor();
    await button('Go on').click();
    await button('Stop').click();
    await page.waitForFunction(() => /^(Stopped|Done)/.test(document.querySelector('[role=status]')!.textContent!));
    expect(await button('Train').isEnabled()).toBe(true);
  });

  it('no page says anything on the console', () => {
    expect(mistakes).toEqual([]);
  });
});
