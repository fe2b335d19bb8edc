/**
 * @file A plugin for vitest: the compiler, and what tests share, become modules of Node before the tests run. Vitest itself
 * would run each file as a function that reaches all imports through getters, and would transform it on its single main
 * thread. Only the `.test.ts` files stay with vitest.
 */
import { readdirSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { virtualModules } from '../scripts/runtime-plugin.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const made = join(root, 'node_modules/.cache/cnnc-native');

const sources = ['src', 'test'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.ts$/.test(path) && !/\.(d|test|oracle|config)\.ts$/.test(path))
    .map((path) => join(root, folder, path)),
);
const isNative = new Set(sources);

const placeOf = (source) => join(made, relative(root, source).replace(/\.ts$/, '.mjs'));

/** What a file imports is the made file, by its full address. */
const toNative = {
  name: 'native-files',
  setup(esbuild) {
    esbuild.onResolve({ filter: /.*/ }, ({ path, resolveDir, kind }) => {
      if (kind === 'entry-point') return undefined;
      if (path.startsWith('cnnc:')) return { path: pathToFileURL(virtualPlace(path)).href, external: true };
      if (!path.startsWith('.')) return { path, external: true };
      const source = resolve(resolveDir, path);
      return { path: pathToFileURL(isNative.has(source) ? placeOf(source) : source).href, external: true };
    });
    // A helper of tests that reads what lies beside it does so where it was written.
    esbuild.onLoad({ filter: /[\\/]test[\\/].*\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
      loader: 'ts',
    }));
  },
};

const virtualPlace = (name) => join(made, `${name.replace(':', '-')}.mjs`);

/** Another run may be reading the file. */
async function write(path, contents) {
  if ((await readFile(path, 'utf8').catch(() => undefined)) === contents) return;
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, contents);
  await rename(temporary, path);
}

async function make() {
  const { outputFiles } = await build({
    entryPoints: sources,
    outdir: made,
    outbase: root,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'node20',
    platform: 'node',
    sourcemap: 'inline',
    sourcesContent: false,
    plugins: [toNative],
    logLevel: 'warning',
  });
  const files = outputFiles.map(({ path, text }) => [path, text]);
  const virtual = Object.entries(virtualModules).map(async ([name, text]) => [virtualPlace(name), await text()]);
  await Promise.all([...files, ...(await Promise.all(virtual))].map(([path, text]) => write(path, text)));
}

export const nativeFiles = {
  name: 'cnnc:native-files',
  enforce: 'pre',
  buildStart: make,
  resolveId(name, importer) {
    if (Object.hasOwn(virtualModules, name)) return virtualPlace(name);
    if (!name.startsWith('.') || !importer) return undefined;
    const source = resolve(dirname(importer), name);
    return isNative.has(source) ? placeOf(source) : undefined;
  },
};
