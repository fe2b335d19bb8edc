/**
 * Modules that are made of files. `cnnc:runtime`: the runtime that the emitter puts into trainer modules, as text.
 * `cnnc:library`: the texts of the standard library, since the compiler also runs where there are no files. `cnnc:pages`:
 * the scripts of the pages that the command line writes. `cnnc:pytorch`: the Python of exported files. The build
 * (esbuild) and the tests (vite) have a plugin each around the same functions, so both see the same bytes.
 */
import { readdir, readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';
import { INTERNAL_NAMES, letters } from './internal-names.mjs';
import { thirdPartyLicenses } from './licenses.mjs';

const name = 'cnnc:modules';

const source = (file) => fileURLToPath(new URL(`../src/${file}`, import.meta.url));

/** Texts name files by where they are here: where the project lies is nobody's business. */
const inSource = (file) => relative(source(''), file);

/** What `entry.ts` exports, by the file that it comes from: the parts take that from it, and what else they need with them. */
async function sharedNames() {
  const text = await readFile(source('runtime/entry.ts'), 'utf8');
  const lines = text.matchAll(/^export \{ (.*) \} from '(.*)';$/gm);
  return new Map([...lines].map(([, names, file]) => [inSource(resolve(source('runtime'), file)), names]));
}

const partOfRuntime = {
  name: 'part-of-runtime',
  async setup(esbuild) {
    const shared = await sharedNames();
    esbuild.onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
      const file = inSource(resolve(resolveDir, path));
      return shared.has(file) ? { path: file, namespace: 'shared' } : undefined;
    });
    esbuild.onResolve({ filter: /^whole:/ }, ({ path }) => ({ path: source(path.slice('whole:'.length)) }));
    esbuild.onLoad({ filter: /.*/, namespace: 'shared' }, ({ path }) => ({
      contents: `export const { ${shared.get(path)} } = cnncRuntime; export * from 'whole:${path}';`,
    }));
  },
};

/** A part that only some modules carry, behind the runtime. */
function bundlePart(file, global) {
  return bundle(file, global, [partOfRuntime, leaveOutDocumentation]);
}

/** A part that is unpacked when it is used; it returns its only export. What repeats costs nothing in it. */
async function packedPart(file, global) {
  const text = wrap(await bundleOnce(file, [partOfRuntime, leaveOutDocumentation]), global, STRICT);
  return brotliCompressSync(`${text}return Object.values(${global})[0]`).toString('base64');
}

/** Tells the bundler that describing an attribute has no effect, so that descriptions that nothing reads are left out. */
const leaveOutDescriptions = {
  name: 'leave-out-descriptions',
  async setup(esbuild) {
    const files = ['specs/attributes.ts', 'training/initializers/initializer.ts'];
    const texts = await Promise.all(files.map((file) => readFile(source(file), 'utf8')));
    const names = [...texts.join('').matchAll(/^export (?:function |const (?=\w+ = \())(\w+)/gm)].map(
      ([, name]) => name,
    );
    const call = new RegExp(`(?<![\\w.])(${names.join('|')})\\(`, 'g');
    esbuild.onLoad({ filter: /[\\/]training[\\/].*\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(call, '/* @__PURE__ */ $&'),
      loader: 'ts',
    }));
  },
};

/** The formats of data are documented beside their readers; modules carry the readers alone. */
const leaveOutDocumentation = {
  name: 'leave-out-documentation',
  setup(esbuild) {
    esbuild.onLoad({ filter: /[\\/]data[\\/]\w+\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8'))
        .replace(/\b(?:doc|summary):\s*'(?:[^'\\]|\\.)*',?|\bknown: \{[^}]*\},?/g, '')
        .replace(/\btakes: '[^']*'/g, 'takes: 1'),
      loader: 'ts',
    }));
  },
};

/** What modules carry of a word of the `train` block: the export `effect` of its file, without its documentation. */
async function effects(folder) {
  const files = (await readdir(source(folder))).filter((file) => file.endsWith('.ts'));
  const texts = files.map(async (file) => {
    if (!/^export const effect\b/m.test(await readFile(source(`${folder}/${file}`), 'utf8'))) return [];
    const stdin = { contents: `export { effect } from './${file}';`, resolveDir: source(folder), loader: 'ts' };
    const text = await bundle({ stdin }, '', [partOfRuntime, leaveOutDescriptions]);
    return [[file.slice(0, -'.ts'.length), text.slice('var ='.length, text.lastIndexOf(';')).concat('.effect')]];
  });
  return Object.fromEntries((await Promise.all(texts)).flat());
}

/** Functions that need no `this`, and constructors: a text that names one often binds it once. */
const OFTEN_NAMED = {
  Math: ['abs', 'ceil', 'floor', 'max', 'min', 'round'],
  Object: ['assign', 'entries', 'freeze', 'fromEntries', 'hasOwn', 'keys', 'values'],
  Number: ['isFinite', 'isInteger', 'isNaN', 'isSafeInteger'],
  Array: ['from', 'isArray'],
  ArrayBuffer: ['isView'],
  JSON: ['parse', 'stringify'],
  globalThis: ['Float32Array', 'Float64Array', 'Int32Array', 'Promise', 'Uint8Array', 'performance'],
};

/** What is bound in this text because that makes it shorter: by the object, the names. */
function namedOften(text) {
  const pays = (object, name) => {
    const written = object === 'globalThis' ? name : `${object}.${name}`;
    const uses = text.split(new RegExp(`(?<![\\w$.])${written.replace('.', '\\.')}(?![\\w$:])`)).length - 1;
    return uses * (written.length - 2) > name.length + ':aa,'.length;
  };
  const chosen = Object.entries(OFTEN_NAMED).map(([object, names]) => [
    object,
    names.filter((name) => pays(object, name)),
  ]);
  return chosen.filter(([, names]) => names.length > 0);
}

/** Options of the bundler that bind them. */
function binding(often) {
  const bound = (object, name) => `often${object}_${name}`;
  const contents = often.map(([object, names]) => {
    return `export const { ${names.map((name) => `${name}: ${bound(object, name)}`).join(', ')} } = ${object};`;
  });
  const plugin = {
    name: 'often-named',
    setup(esbuild) {
      esbuild.onResolve({ filter: /^often-named$/ }, ({ path }) => ({ path, namespace: path }));
      esbuild.onLoad({ filter: /.*/, namespace: 'often-named' }, () => ({ contents: contents.join('\n') }));
    },
  };
  const define = often.flatMap(([object, names]) =>
    names.map((name) => [object === 'globalThis' ? name : `${object}.${name}`, bound(object, name)]),
  );
  return { plugin, inject: ['often-named'], define: Object.fromEntries(define) };
}

/** Shorter words for the same numbers. */
const NUMBERS = { 'Number.POSITIVE_INFINITY': 'Infinity', 'Number.NaN': 'NaN' };

const STRICT = '"use strict";';

async function bundle(file, global, plugins = [], strict = '') {
  const text = await bundleOnce(file, plugins);
  const often = namedOften(text);
  if (often.length === 0) return wrap(text, global, strict);
  const { plugin, inject, define } = binding(often);
  return wrap(await bundleOnce(file, [plugin, ...plugins], { inject, define }), global, strict);
}

async function bundleOnce(file, plugins, { inject = [], define = {} } = {}) {
  const result = await build({
    plugins,
    inject,
    define: { ...NUMBERS, ...define },
    ...(typeof file === 'string' ? { entryPoints: [source(file)] } : file),
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    external: ['node:*'],
    // Fields that the constructor sets are not declared besides: shorter.
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    mangleProps: new RegExp(`^(${INTERNAL_NAMES.join('|')})$`),
    mangleCache: letters,
    // Written out it would be most of a module; what is of the network alone stays readable.
    minify: true,
    logLevel: 'silent',
  });
  return result.outputFiles[0].text;
}

/**
 * The bundle as one function called at once; shorter than esbuild's own form of it, which has live bindings. Modules are
 * strict anyway, other scripts are where they say so.
 */
function wrap(text, global, strict = '') {
  const exported = /export\s*\{([^}]*)\};?\s*$/.exec(text);
  const names = exported[1].split(',').map((name) => name.trim().split(' as '));
  const result = names.map(([local, name]) => (name ? `${name}:${local}` : local)).join(',');
  return `var ${global}=(()=>{${strict}${text.slice(0, exported.index)}return{${result}}})();\n`;
}

/** A file of types as declarations have it: without what it imports, which stands beside it there. */
async function declarationsOf(file) {
  const text = await readFile(source(file), 'utf8');
  return text
    .replace(/^\/\*\* @file [\s\S]*?\*\/\n/, '')
    .replace(/^import type [^;]*;\n/gm, '')
    .trimStart();
}

async function runtimeText() {
  const texts = {
    runtimeSource: bundle('runtime/entry.ts', 'cnncRuntime'),
    deviceSource: bundle('runtime/device-entry.ts', 'cnncRuntime'),
    autoSource: bundle('runtime/auto-entry.ts', 'cnncRuntime'),
    predictorSource: bundle('runtime/predictor-entry.ts', 'cnncRuntime'),
    startSource: bundlePart('runtime/start.ts', 'cnncStart'),
    packedProgram: packedPart('runtime/program.ts', 'cnncProgram'),
    teamSource: bundlePart('runtime/team.ts', 'cnncTeam'),
    wideSource: bundlePart('runtime/wide.ts', 'cnncWide'),
    crewSource: bundlePart('runtime/crew.ts', 'cnncCrew'),
    insideSource: bundlePart('runtime/inside-weights.ts', 'cnncInside'),
    denseSource: bundlePart('runtime/dense-weights.ts', 'cnncDense'),
    kernelsSource: bundlePart('runtime/packed-kernels.ts', 'cnncKernels'),
    picturesSource: bundlePart('runtime/picture-input.ts', 'cnncPictures'),
    carrySource: bundlePart('runtime/carry.ts', 'cnncCarry'),
    fractionsSource: bundlePart('runtime/fractions.ts', 'cnncFractions'),
    scheduleSource: bundlePart('runtime/schedule.ts', 'cnncSchedule'),
    augmentSource: bundlePart('runtime/augment.ts', 'cnncAugment'),
    retouchSource: bundlePart('runtime/retouch.ts', 'cnncRetouch'),
    mixSource: bundlePart('runtime/mix.ts', 'cnncMix'),
    averageSource: bundlePart('runtime/average.ts', 'cnncAverage'),
    confusionSource: bundlePart('runtime/confusion.ts', 'cnncConfusion'),
    remoteSource: bundlePart('runtime/trainer-worker.ts', 'cnncRemote'),
    deviceRemoteSource: bundlePart('runtime/device-worker.ts', 'cnncRemote'),
    workerSource: bundle('runtime/worker.ts', 'cnncWorker', [], STRICT),
    augmentationSources: effects('training/augmentations'),
    initializerSources: effects('training/initializers'),
    scheduleSources: effects('training/schedules'),
    imageTypes: declarationsOf('data/image-types.ts'),
    pictureTypes: declarationsOf('data/picture-types.ts'),
    sourceTypes: declarationsOf('data/image-source.ts'),
    predictorTypes: declarationsOf('runtime/predictor-api.ts'),
    trainerTypes: declarationsOf('runtime/trainer-api.ts'),
    workerTypes: declarationsOf('runtime/worker-api.ts'),
    deviceTypes: declarationsOf('runtime/device-api.ts'),
    deviceWorkerTypes: declarationsOf('runtime/device-worker-api.ts'),
    wideTypes: declarationsOf('runtime/wide-api.ts'),
  };
  const lines = Object.entries(texts).map(
    async ([name, text]) => `export const ${name} = ${JSON.stringify(await text)};`,
  );
  return (await Promise.all(lines)).join('\n');
}

/** `std/residual` is the file `src/library/residual.cnn`. */
async function libraryText() {
  const folder = new URL('../src/library/', import.meta.url);
  const files = (await readdir(folder)).filter((file) => file.endsWith('.cnn')).sort();
  const texts = files.map(async (file) => [
    `std/${file.slice(0, -'.cnn'.length)}`,
    await readFile(new URL(file, folder), 'utf8'),
  ]);
  return `export const library = ${JSON.stringify(Object.fromEntries(await Promise.all(texts)))};`;
}

/** With the licences of the packages within, which go with every page. */
async function pageScript(entry) {
  const { outputFiles, metafile } = await build({
    entryPoints: [source(entry)],
    bundle: true,
    write: false,
    metafile: true,
    format: 'iife',
    target: 'es2022',
    platform: 'browser',
    minify: true,
    legalComments: 'none',
    logLevel: 'silent',
  });
  const licences = thirdPartyLicenses([metafile]).replaceAll('*/', '* /');
  return JSON.stringify(`/*!\n${licences}*/\n${outputFiles[0].text}`);
}

async function pageText() {
  const [report, run] = await Promise.all(['pages/report/main.ts', 'pages/run/main.ts'].map(pageScript));
  return `export const reportScript = ${report};\nexport const runScript = ${run};`;
}

/** The Python that files for PyTorch are made of. */
async function pytorchText() {
  const folder = new URL('../src/export/pytorch/python/', import.meta.url);
  const files = (await readdir(folder)).filter((file) => file.endsWith('.py')).sort();
  const texts = files.map(async (file) => [
    file.slice(0, -'.py'.length),
    await readFile(new URL(file, folder), 'utf8'),
  ]);
  const { helpers, ...parts } = Object.fromEntries(await Promise.all(texts));
  return `export const helperText = ${JSON.stringify(helpers)};\nexport const pythonParts = ${JSON.stringify(parts)};`;
}

export const virtualModules = {
  'cnnc:runtime': runtimeText,
  'cnnc:library': libraryText,
  'cnnc:pages': pageText,
  'cnnc:pytorch': pytorchText,
};

export const esbuildRuntime = {
  name,
  setup(esbuild) {
    esbuild.onResolve({ filter: /^cnnc:(runtime|library|pages|pytorch)$/ }, ({ path }) => ({ path, namespace: name }));
    esbuild.onLoad({ filter: /.*/, namespace: name }, async ({ path }) => ({
      contents: await virtualModules[path](),
      loader: 'js',
    }));
  },
};

export const viteRuntime = {
  name,
  resolveId(id) {
    return Object.hasOwn(virtualModules, id) ? `\0${id}` : undefined;
  },
  load(id) {
    return id.startsWith('\0cnnc:') ? virtualModules[id.slice(1)]?.() : undefined;
  },
};
