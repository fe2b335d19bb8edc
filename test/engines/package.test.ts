/**
 * @file The package as it is published: packed, unpacked in another folder, and used there, as a command, as a library in
 * Node, and as a library in a page. Only its dependencies are lent from here, so nothing is fetched.
 */
import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../docs/imports.ts';

const execute = promisify(execFile);
const browserPath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** What a stranger would write, the same in Node and in a page: `cnnc` is where the library is found. */
const USE = (cnnc: string) => `import { check, compile } from '${cnnc}';
export async function use(text) {
  const { diagnostics, network: model } = check(text, { file: 'small.cnn' });
  const { code } = await compile(model, { target: 'wasm' });
  const { createTrainer, network } = await import('data:text/javascript,' + encodeURIComponent(code));
  const trainer = await createTrainer({ seed: 3, relaxedSimd: false });
  const batch = { images: new Float32Array(2 * 784).fill(0.5), labels: Uint8Array.of(0, 2) };
  return [diagnostics.length, network.name, (await trainer.step(batch, { lr: 0.1 })).loss];
}`;

let folder: string;
let installed: string;

/** npm's own pack, of the build that is there; its dependencies become links. */
async function installPacked(): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'cnnc-packed-'));
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const options = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const { stdout } = await execute(npm, options, { cwd: root });
  const [{ filename }] = JSON.parse(stdout);
  installed = join(folder, 'node_modules', 'cnnc');
  mkdirSync(installed, { recursive: true });
  await execute('tar', ['-xzf', join(folder, filename), '-C', installed, '--strip-components=1']);
  for (const name of Object.keys(JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')).dependencies)) {
    const place = join(folder, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), place, 'junction');
  }
}

const isBuilt = existsSync(join(root, 'dist/cnnc.js'));

describe.skipIf(!isBuilt)(`the package${isBuilt ? '' : ' (skipped: run `npm run build`)'}`, () => {
  beforeAll(installPacked, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const example = () => readFileSync(join(installed, 'examples/linear.cnn'), 'utf8');

  it('holds what it is for, and neither sources nor tests', () => {
    expect(readdirSync(installed).sort()).toEqual(
      expect.arrayContaining([
        'CHANGELOG.md',
        'LICENSE',
        'README.md',
        'dist',
        'docs',
        'examples',
        'grammar',
        'package.json',
      ]),
    );
    for (const name of ['src', 'test', 'bench', 'scripts', 'node_modules'])
      expect(existsSync(join(installed, name)), name).toBe(false);
    for (const file of ['cnnc.js', 'index.js', 'types/index.d.ts', 'THIRD_PARTY_LICENSES'])
      expect(existsSync(join(installed, 'dist', file)), file).toBe(true);
  });

  it('has documentation whose links stay within it or lead to the world', () => {
    // The README is that of the repository, too, and shows what lies only there.
    const pages = readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md'));
    const documents = pages.filter((path) => path !== 'README.md');
    expect(documents.length).toBeGreaterThan(8);
    const dead = documents.flatMap((path) =>
      [
        ...readFileSync(join(installed, path), 'utf8')
          .replace(/^```[\s\S]*?^```/gm, '')
          .matchAll(/\]\(([^)#\s]+)[^)]*\)/g),
      ]
        .map(([, link]) => link!)
        .filter((link) => !/^[a-z]+:/.test(link) && !existsSync(join(installed, dirname(path), link)))
        .map((link) => `${path}: ${link}`),
    );
    expect(dead).toEqual([]);
  });

  it('is a command that checks, builds and trains', async () => {
    const cnnc = (...args: string[]) =>
      execute(process.execPath, [join(installed, 'dist/cnnc.js'), ...args], { cwd: folder });
    writeFileSync(join(folder, 'net.cnn'), example());
    expect((await cnnc('--version')).stdout.trim()).toBe(
      JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version,
    );
    await cnnc('check', 'net.cnn');
    await cnnc('build', 'net.cnn', '--minify', '-o', 'net.js');
    writeFileSync(join(folder, 'wrong.cnn'), example().replace('dense', 'danse'));
    await expect(cnnc('check', 'wrong.cnn')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('CNN2001'),
    });
    const { stdout } = await cnnc('train', 'net.cnn', '--data', 'digits:train=64,test=20', '--epochs', '1');
    expect(stdout).toMatch(/^epoch 1\/1/);
  });

  it('is a library in Node and in a page, with the same bits', async () => {
    writeFileSync(join(folder, 'use.mjs'), USE('cnnc'));
    const print = `import { use } from './use.mjs'; console.log(JSON.stringify(await use(${JSON.stringify(example())})));`;
    const { stdout } = await execute(process.execPath, ['--input-type=module', '-e', print], { cwd: folder });
    const found = JSON.parse(stdout);
    expect(found).toEqual([0, 'Linear', expect.closeTo(Math.log(10), 0)]);
    if (existsSync(browserPath)) expect(await inPage(example())).toEqual(found);
  }, 60_000);
});

async function inPage(text: string): Promise<unknown> {
  const page = `<!doctype html><link rel="icon" href="data:,"><script type="module">
    import { use } from './use.js'; globalThis.use = use;</script>`;
  const files: Record<string, readonly [string, string]> = {
    '/': ['text/html', page],
    '/use.js': ['text/javascript', USE('./index.js')],
    '/index.js': ['text/javascript', readFileSync(join(installed, 'dist/index.js'), 'utf8')],
  };
  const server = createServer(({ url }, response) => {
    const [type, body] = files[url ?? ''] ?? ['text/plain', ''];
    response.writeHead(url && url in files ? 200 : 404, { 'content-type': type }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
  const browser = await chromium.launch({ executablePath: browserPath, args: flags });
  try {
    const tab = await browser.newPage();
    await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await tab.waitForFunction(() => 'use' in globalThis);
    return await tab.evaluate((given) => (globalThis as unknown as { use(text: string): unknown }).use(given), text);
  } finally {
    await browser.close();
    server.close();
  }
}
