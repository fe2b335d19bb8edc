/** @file Applications that import `.cnn` files: built by the real esbuild and Vite, served with replacement, run by Node. */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build as esbuild } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';
import { createServer, type InlineConfig, build as viteBuild } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import cnncForEsbuild from '../../src/bundlers/esbuild.ts';
import { loadNetwork } from '../../src/bundlers/load-network.ts';
import cnncForVite from '../../src/bundlers/vite.ts';
import { root } from '../docs/imports.ts';

const execute = promisify(execFile);
const example = join(root, 'examples/web/vite');
const folder = mkdtempSync(join(tmpdir(), 'cnnc-bundlers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A folder with these files and the network of the example. */
function project(name: string, files: Readonly<Record<string, string>> = {}): string {
  const place = join(folder, name);
  mkdirSync(place, { recursive: true });
  cpSync(join(example, 'bars.cnn'), join(place, 'bars.cnn'));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(place, file)), { recursive: true });
    writeFileSync(join(place, file), text);
  }
  return place;
}

/** Takes a step and tells what the network is. */
const APPLICATION = `import { createTrainer, network } from './bars.cnn?set.width=6&target=js';
const trainer = await createTrainer({ seed: 1 });
const { loss } = await trainer.step({ images: new Float32Array(128), labels: Uint8Array.of(0, 1) }, { lr: 0.1 });
export const told = [network.parameters[0].shape, network.name, loss > 0.5 && loss < 1];
`;
const TOLD = [[6, 1, 3, 3], 'Bars', true];
const WRONG = (network: string) => network.replace('dense(2)', 'dens(2)');

const importFile = (path: string) => import(pathToFileURL(path).href);
const bars = readFileSync(join(example, 'bars.cnn'), 'utf8');

describe('what is imported', () => {
  it('is as the query says', async () => {
    const file = join(project('query'), 'bars.cnn');
    const { module, files, problems } = await loadNetwork(file, 'target=js&set.width=5&max-batch=8&t=123');
    expect(problems).toEqual([]);
    expect(files).toEqual([file]);
    expect(module!.code).toContain('"conv1.weight", [5,1,3,3]');
    expect(module!.code).toMatch(/maxBatch"?: ?8/);
    expect((await loadNetwork(file, 'inference')).module!.declarations).toContain('createPredictor');
  });

  it('with another word is refused', async () => {
    const file = join(project('query'), 'bars.cnn');
    for (const [query, message] of [
      ['targt=js', 'did you mean `target`?'],
      ['target=gpu', 'there is no target `gpu`'],
      ['max-batch=0', 'is no whole number from 1'],
      ['set.5=3', 'is not of the form'],
      ['inference=2', '`inference` takes no value'],
    ] as const) {
      const { module, problems } = await loadNetwork(file, query);
      expect([module, problems.map((problem) => problem.message)]).toEqual([
        undefined,
        [expect.stringContaining(message)],
      ]);
    }
    const { problems } = await loadNetwork(file, 'set.depth=3');
    expect(problems[0]!.message).toMatch(/^CNN\d+: .*`depth`/);
  });
});

describe('esbuild', () => {
  const bundle = (place: string) =>
    esbuild({
      absWorkingDir: place,
      entryPoints: ['app.js'],
      bundle: true,
      format: 'esm',
      platform: 'node',
      outfile: join(place, 'out.mjs'),
      logLevel: 'silent',
      plugins: [cnncForEsbuild()],
    });

  it('makes modules of networks', async () => {
    const place = project('esbuild', { 'app.js': APPLICATION });
    await bundle(place);
    expect((await importFile(join(place, 'out.mjs'))).told).toEqual(TOLD);
  });

  it('tells mistakes at their places', async () => {
    const place = project('esbuild-wrong', { 'app.js': "import './bars.cnn';" });
    writeFileSync(join(place, 'bars.cnn'), WRONG(bars));
    const { errors } = await bundle(place).catch((error) => error);
    expect(errors[0].notes[0].text).toBe('did you mean `dense`?');
    expect(errors).toMatchObject([
      {
        text: expect.stringContaining('CNN2001'),
        location: { line: 7, column: 48, length: 4, lineText: expect.stringContaining('dens(2)') },
      },
    ]);
  });

  it('writes types beside the network, and not over those of others', async () => {
    const place = project('types', { 'app.js': "export { network } from './bars.cnn';" });
    const types = join(place, 'bars.cnn.d.ts');
    await bundle(place);
    expect(readFileSync(types, 'utf8')).toContain('export type ParameterName = "conv1.weight"');
    const own = 'export const network: { name: string };\n';
    writeFileSync(types, own);
    const { warnings } = await bundle(place);
    expect(warnings.map(({ text }) => text)).toEqual([expect.stringContaining('was not made of the network')]);
    expect(readFileSync(types, 'utf8')).toBe(own);
  });

  it('has types that the strict compiler takes', async () => {
    const place = project('typed', {
      'app.js': `export { network } from './bars.cnn';
export { createTrainer } from './bars.cnn?target=js&max-batch=8';
export { createPredictor } from './bars.cnn?inference';`,
      'use.ts': `import { createTrainer, type ParameterName } from './bars.cnn';
import { createTrainer as create, type ParameterName as Name } from './bars.cnn?target=js&max-batch=8';
import { createPredictor } from './bars.cnn?inference';
export async function predict(image: Float32Array): Promise<Float32Array> {
  const name: Name = 'head.bias';
  // @ts-expect-error there is no such parameter
  (await create()).parameters.get('head.biass');
  const { predict } = await createPredictor();
  return (await create()).parameters.get(name)!.data ?? predict(image);
}
export async function use(): Promise<Float32Array> {
  const trainer = await createTrainer({ seed: 1 });
  const name: ParameterName = 'head.bias';
  // @ts-expect-error there is no such parameter
  trainer.parameters.get('head.biass');
  return trainer.parameters.get(name)!.data;
}
`,
      'tsconfig.json': JSON.stringify({
        compilerOptions: {
          strict: true,
          noEmit: true,
          target: 'es2022',
          module: 'esnext',
          moduleResolution: 'bundler',
          types: [],
        },
        files: ['use.ts', 'bars.cnn.options.d.ts'],
      }),
    });
    await bundle(place);
    const options = readFileSync(join(place, 'bars.cnn.options.d.ts'), 'utf8');
    expect(options.match(/^declare module .*/gm)).toEqual([
      "declare module '*/bars.cnn?inference' {",
      "declare module '*/bars.cnn?target=js&max-batch=8' {",
    ]);
    // What says the same stays as it is.
    await bundle(place);
    expect(readFileSync(join(place, 'bars.cnn.options.d.ts'), 'utf8')).toBe(options);
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = await execute(process.execPath, [tsc, '-p', place]).catch((error) => error);
    expect(stdout).toBe('');
  });
});

describe('Vite', () => {
  const config = (place: string): InlineConfig => ({
    configFile: false,
    root: place,
    logLevel: 'silent',
    plugins: [cnncForVite()],
  });

  it('makes modules of networks', async () => {
    const place = project('vite', { 'app.js': APPLICATION });
    await viteBuild({
      ...config(place),
      build: { lib: { entry: 'app.js', formats: ['es'], fileName: 'out' }, target: 'es2022', outDir: 'out' },
    });
    expect((await importFile(join(place, 'out/out.mjs'))).told).toEqual(TOLD);
  });

  it('tells mistakes at their places', async () => {
    const place = project('vite-wrong', { 'app.js': "import './bars.cnn';" });
    writeFileSync(join(place, 'bars.cnn'), WRONG(bars));
    const build = { lib: { entry: 'app.js', formats: ['es'] as const, fileName: 'out' } };
    const error = await viteBuild({ ...config(place), build: { ...build, formats: undefined } as never }).catch(
      (thrown) => thrown,
    );
    expect(error.message).toContain('CNN2001');
    expect(error.message).toContain('dens(2)');
    expect(error.errors).toMatchObject([{ loc: { file: join(place, 'bars.cnn'), line: 7, column: 48 } }]);
  });

  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  describe.skipIf(!existsSync(executablePath))('in Chromium', () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    });
    afterAll(() => browser?.close());

    it('exchanges a network that is edited, and keeps the weights of the layers that stay', async () => {
      const place = project('served');
      cpSync(example, place, { recursive: true });
      const server = await createServer({
        ...config(place),
        server: { port: 0, host: '127.0.0.1', watch: { usePolling: true, interval: 50 } },
      });
      try {
        await server.listen();
        const page = await browser.newPage();
        const told: string[] = [];
        page.on('console', (message) => told.push(message.text()));
        page.on('pageerror', (error) => told.push(`${error}`));
        await page.goto(server.resolvedUrls!.local[0]!);
        await expect.poll(() => page.textContent('#size')).toBe('50');
        writeFileSync(join(place, 'bars.cnn'), bars.replace('globalmaxpool', 'globalmaxpool -> dense(7) -> relu'));
        await expect.poll(() => page.textContent('#size')).toBe('91');
        // What the page writes to its console arrives here in its own time.
        await expect
          .poll(() => told.filter((line) => line.startsWith('cnnc:')))
          .toEqual(['cnnc: Bars was edited; 3 of 6 parameters keep their values']);
        await expect.poll(async () => Number(await page.textContent('#loss'))).toBeGreaterThan(0);
        await page.close();
      } finally {
        await server.close();
      }
    });
  });
});

const isBuilt = existsSync(join(root, 'dist/bundlers/register.js'));

describe.skipIf(!isBuilt)(`Node${isBuilt ? '' : ' (skipped: run `npm run build`)'}`, () => {
  const run = (place: string) =>
    execute(process.execPath, ['--import', pathToFileURL(join(root, 'dist/bundlers/register.js')).href, 'app.mjs'], {
      cwd: place,
    });

  it('imports networks', async () => {
    const place = project('node', { 'app.mjs': `${APPLICATION}console.log(JSON.stringify(told));` });
    expect(JSON.parse((await run(place)).stdout)).toEqual(TOLD);
  });

  it('tells mistakes as the command line does', async () => {
    const place = project('node-wrong', { 'app.mjs': "import './bars.cnn';" });
    writeFileSync(join(place, 'bars.cnn'), WRONG(bars));
    const { stderr } = await run(place).catch((error) => error);
    expect(stderr).toMatch(/SyntaxError[\s\S]*error\[CNN2001\][\s\S]*bars\.cnn:7:49[\s\S]*\^\^\^\^/);
  });
});
