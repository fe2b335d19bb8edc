/**
 * @file Parties in Chromium: each has a page of its own, isolated, so that it may share memory between threads. A page is asked as
 * a process is (`contender-process.mjs`).
 */
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];

const TYPES = { '.mjs': 'text/javascript', '.js': 'text/javascript', '.wasm': 'application/wasm' };

const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
};

async function serve(served, texts) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const prefix = Object.keys(served).find((start) => pathname.startsWith(start));
    const path = prefix && join(served[prefix], pathname.slice(prefix.length));
    const found = texts[pathname] ?? (path && existsSync(path) ? readFileSync(path) : undefined);
    const type = pathname === '/' ? 'text/html' : (TYPES[extname(pathname)] ?? 'application/octet-stream');
    response.writeHead(found ? 200 : 404, { 'content-type': type, ...ISOLATION }).end(found);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function script() {
  const entry = fileURLToPath(new URL('page.mjs', import.meta.url));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: 'esm', write: false });
  return outputFiles[0].text;
}

/** Calls `use` with what opens a party of the network whose files lie in the folder. */
export async function withChromium(executablePath, folder, libraries, use) {
  const served = Object.assign({ '/files/': folder }, ...Object.values(libraries).map((library) => library.served));
  const places = Object.fromEntries(Object.entries(libraries).map(([name, { page }]) => [name, page]));
  const html = `<!doctype html><title>predict</title><link rel="icon" href="data:,">
<script>globalThis.places = ${JSON.stringify(places)}</script><script type="module" src="/page.js"></script>`;
  const server = await serve(served, { '/': html, '/page.js': await script() });
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  try {
    return await use({
      label: `Chromium ${browser.version().split('.')[0]}`,
      open: async () => {
        const page = await browser.newPage();
        await page.goto(`http://127.0.0.1:${server.address().port}/`);
        await page.waitForFunction(() => 'ask' in globalThis);
        return {
          ask: (message) => page.evaluate((given) => globalThis.ask(given), message),
          end: () => page.close(),
        };
      },
    });
  } finally {
    await browser.close();
    server.close();
  }
}
