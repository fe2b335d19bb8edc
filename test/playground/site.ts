/** @file The playground, built into a folder of its own, served, and open in a browser, for the tests of what it does there. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
// @ts-expect-error plain JavaScript, which the build runs as it is
import { buildPlayground, servePlayground } from '../../scripts/playground.mjs';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const installed = existsSync(executablePath);
export const title = installed ? executablePath : `a browser, skipped since ${executablePath} is not there`;

const accessibility = 'node_modules/axe-core/axe.min.js';

export class Site {
  readonly folder = mkdtempSync(join(tmpdir(), 'cnnc-playground-'));
  /** What went wrong in the pages, and what they asked hosts for. */
  readonly console: string[] = [];
  readonly requests: string[] = [];
  #server: Server | undefined;
  #browser: Browser | undefined;

  async build(): Promise<void> {
    await buildPlayground(this.folder);
    this.#server = await servePlayground(this.folder);
    const card = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];
    this.#browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', ...card] });
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server!.address() as AddressInfo).port}/`;
  }

  /** Of the site, or an address elsewhere; open when what is `shown` is there. */
  async open(
    hash = '',
    options: object = { viewport: { width: 1200, height: 900 } },
    shown = '.shape-hint',
  ): Promise<Page> {
    const page = await this.#browser!.newPage(options);
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => this.console.push(error.message));
    page.on('console', (message) => this.console.push(message.text()));
    page.on('request', (request) => this.requests.push(request.url()));
    await page.goto(new URL(hash, this.address).href);
    await page.waitForSelector(shown);
    return page;
  }

  /** Processor time of each task on the thread of the page while something is done there, in milliseconds. */
  async trace(page: Page, work: () => Promise<void>): Promise<number[]> {
    const categories = ['toplevel', 'disabled-by-default-devtools.timeline', 'devtools.timeline'];
    await this.#browser!.startTracing(page, { categories });
    await work();
    const { traceEvents } = JSON.parse(`${await this.#browser!.stopTracing()}`) as { traceEvents: TraceEvent[] };
    const thread = traceEvents.find(({ name }) => name === 'TracingStartedInBrowser')?.args.data?.frames?.[0];
    const main = traceEvents.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain');
    const isMain = ({ pid, tid }: TraceEvent) =>
      pid === thread?.processId && main.some((one) => one.pid === pid && one.tid === tid);
    return traceEvents.flatMap((event) =>
      event.name === 'RunTask' && isMain(event) && event.tdur !== undefined ? [event.tdur / 1000] : [],
    );
  }

  async close(): Promise<void> {
    await this.#browser?.close();
    this.#server?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Processor time in microseconds. */
  readonly tdur?: number;
  readonly args: {
    readonly name?: string;
    readonly data?: { readonly frames?: readonly { readonly processId?: number }[] };
  };
}

interface Axe {
  run(): Promise<{
    readonly violations: readonly { readonly id: string; readonly nodes: readonly { html: string }[] }[];
  }>;
}

/** What axe finds wrong with a page as it is now. */
export async function violations(page: Page): Promise<string[]> {
  const loaded = await page.evaluate(() => 'axe' in globalThis);
  if (!loaded) await page.addScriptTag({ path: accessibility }).catch(() => undefined);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: Axe };
    const { violations } = await axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' ')}`);
  });
}
