/**
 * @file Graphics cards for tests, as good as can be had: Chromium's software adapter in a page, or, where `WEBGPU` names a
 * folder with the package `webgpu` installed, that package in this process. One start serves many networks.
 */
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';
import { importModule } from './load-module.ts';
import { openInNode } from './node-card.ts';
import { type DeviceJob, runOnDevice } from './run-on-device.ts';

/** What happens to a trainer: the same text in this process and in a page, so it names nothing outside itself. */
export type Story<Given, Told> = (trainerModule: never, given: Given, options: object) => Promise<Told>;

export interface TestCard {
  readonly name: string;
  run(job: DeviceJob): Promise<Float32Array>;
  /** `given` and what is told are JSON. */
  tell<Given, Told>(code: string, story: Story<Given, Told>, given: Given): Promise<Told>;
  close(): Promise<void>;
}

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Why there is none, for the title of what is skipped. */
export const missing =
  process.env.WEBGPU || existsSync(executablePath) ? undefined : `${executablePath} is not there, nor \`WEBGPU\``;

export function openCard(): Promise<TestCard> {
  return process.env.WEBGPU ? openHere(process.env.WEBGPU) : openPage();
}

async function openHere(folder: string): Promise<TestCard> {
  const { gpu, adapter, device } = await openInNode(folder);
  return {
    name: `${adapter.info.architecture} in Node`,
    run: (job) => runOnDevice(device, job),
    tell: async (code, story, given) => story((await importModule(code)) as never, given, { gpu }),
    close: async () => device.destroy(),
  };
}

const PAGE = `<!doctype html><link rel="icon" href="data:,"><script type="module">
const runOnDevice = ${runOnDevice.toString()};
const adapter = await navigator.gpu?.requestAdapter();
const device = await adapter?.requestDevice();
globalThis.card = device && {
  name: adapter.info.architecture,
  async run(job, memory) {
    const bytes = Uint8Array.from(atob(memory), (character) => character.charCodeAt(0));
    const found = new Uint8Array((await runOnDevice(device, { ...job, memory: new Float32Array(bytes.buffer) })).buffer);
    let text = '';
    for (let at = 0; at < found.length; at += 8192) text += String.fromCharCode(...found.subarray(at, at + 8192));
    return btoa(text);
  },
};
globalThis.ready = true;
</script>`;

interface PageGlobals {
  readonly ready?: boolean;
  readonly card?: { readonly name: string; run(job: object, memory: string): Promise<string> };
}

async function openPage(): Promise<TestCard> {
  const modules = new Map<string, string>();
  const server: Server = createServer((request, response) => {
    const code = modules.get(request.url ?? '');
    response.writeHead(200, { 'content-type': code ? 'text/javascript' : 'text/html' });
    response.end(code ?? PAGE);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const browser: Browser = await chromium.launch({ executablePath, args: FLAGS });
  const close = async () => {
    await browser.close();
    server.close();
  };
  const page: Page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await page.waitForFunction(() => (globalThis as PageGlobals).ready);
  const name = await page.evaluate(() => (globalThis as PageGlobals).card?.name);
  if (name === undefined) {
    await close();
    throw new Error('Chromium has no adapter, not even one of software');
  }
  return {
    name: `${name} in Chromium`,
    async run({ memory, ...job }) {
      const text = Buffer.from(memory.buffer, memory.byteOffset, memory.byteLength).toString('base64');
      const found = await page.evaluate(
        ([given, floats]) => (globalThis as PageGlobals).card!.run(given as object, floats as string),
        [job, text] as const,
      );
      return new Float32Array(Uint8Array.from(Buffer.from(found, 'base64')).buffer);
    },
    tell(code, story, given) {
      const path = `/module${modules.size}.js`;
      modules.set(path, `${code}\nexport const story = ${story.toString()};`);
      return page.evaluate(
        async ([from, what]) => {
          const loaded = await import(from as string);
          return loaded.story(loaded, what, {});
        },
        [path, given] as const,
      ) as never;
    },
    close,
  };
}
