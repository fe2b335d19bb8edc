/**
 * Builds the playground into `playground/dist`: a site of static files, and `playground.html`, the same as one file that
 * opens from a disk. With `--serve` it is served on this machine, isolated as threads need it.
 */
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { thirdPartyLicenses } from './licenses.mjs';
import { esbuildRuntime } from './runtime-plugin.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = (file) => join(root, 'playground/src', file);
const SITE = join(root, 'playground/dist');

const PAGE = source('main.ts');
const WORKERS = {
  language: source('language/worker.ts'),
  compiler: source('language/compiler.ts'),
  training: source('training/worker.ts'),
};

/** Members of the zoo that train in a page within minutes: their images are small. The others can be pasted. */
const SMALL = ['lenet5', 'cifar-resnet', 'allcnn', 'nin', 'conv-autoencoder', 'wideresnet'];
/** Those and some that are known for what they look like. */
const ZOO = [...SMALL, 'alexnet', 'googlenet', 'mobilenet_v2', 'resnet', 'squeezenet', 'unet', 'vgg'];
const EXAMPLES = ['lenet', 'linear', 'mlp', 'convnet', 'autoencoder', 'resnet8'];

function galleryText() {
  const entries = (group, folder, names) =>
    names.map((name) => ({ group, name, text: readFileSync(join(root, folder, `${name}.cnn`), 'utf8') }));
  const all = [...entries('Examples', 'examples', EXAMPLES), ...entries('Zoo', 'examples/zoo', ZOO)];
  return `export const gallery = ${JSON.stringify(all)};`;
}

const gallery = {
  name: 'gallery',
  setup(esbuild) {
    esbuild.onResolve({ filter: /^cnnc:gallery$/ }, ({ path }) => ({ path, namespace: 'gallery' }));
    esbuild.onLoad({ filter: /.*/, namespace: 'gallery' }, () => ({ contents: galleryText(), loader: 'js' }));
  },
};

/** The script of a page that is downloaded: a program of its own. */
const tryIt = {
  name: 'try-it',
  setup(esbuild) {
    esbuild.onResolve({ filter: /^cnnc:try-it$/ }, ({ path }) => ({ path, namespace: 'try-it' }));
    esbuild.onLoad({ filter: /.*/, namespace: 'try-it' }, async () => {
      const options = { bundle: true, minify: true, write: false, target: 'es2022', platform: 'browser' };
      const entryPoints = [source('take/try-it.ts')];
      const { outputFiles } = await build({ ...options, entryPoints, format: 'iife', logLevel: 'warning' });
      return { contents: `export const tryItScript = ${JSON.stringify(outputFiles[0].text)};`, loader: 'js' };
    });
  },
};

/** While one types, formats of data are told of but not read, and targets are planned for but not printed. */
const describedAlone = {
  name: 'described-alone',
  setup(esbuild) {
    const filter = /src[\\/](?:data[\\/](?:cifar|csv|digits|idx|npz)|targets[\\/]\w+[\\/]target)\.ts$/;
    esbuild.onLoad({ filter }, async ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const contents = text.replace(/^ {2}(?:read|print): .*,\n/gm, '');
      if (contents === text) throw new Error(`${path} has neither a reader nor a printer to leave out`);
      return { contents, loader: 'ts' };
    });
  },
};

/** Files that a person gives to the page are read as the command line reads a disk: these stand for what Node has. */
const FILES = {
  'data/node-module': 'file-system',
  'data/unpack': 'unpack',
  'data/decode/decoder': 'decoder',
};

const filesOfThePage = {
  name: 'files-of-the-page',
  setup(esbuild) {
    esbuild.onLoad({ filter: /src[\\/]data[\\/](?:node-module|unpack|decode[\\/]decoder)\.ts$/ }, ({ path }) => {
      const name = Object.keys(FILES).find((end) => path.replaceAll('\\', '/').endsWith(`${end}.ts`));
      const file = source(`files/${FILES[name]}.ts`);
      return { contents: `export * from ${JSON.stringify(file)};`, loader: 'ts', resolveDir: root };
    });
  },
};

const COMMON = {
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  platform: 'browser',
  // Reached only where a module is minified, which needs a program of its own.
  external: ['esbuild'],
  plugins: [esbuildRuntime, gallery, tryIt],
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
};

/** Parts of the page that are needed later are files of their own. A worker is one file: what it does not use is left out. */
async function site(outdir) {
  const names = { entryNames: '[name]', chunkNames: 'part-[hash]' };
  const { language, compiler, training } = WORKERS;
  const made = await Promise.all([
    build({ ...COMMON, entryPoints: { app: PAGE }, outdir, splitting: true, ...names }),
    build({ ...COMMON, entryPoints: { compiler }, outdir }),
    build({ ...COMMON, entryPoints: { training }, outdir, plugins: [...COMMON.plugins, filesOfThePage] }),
    build({ ...COMMON, entryPoints: { language }, outdir, plugins: [...COMMON.plugins, describedAlone] }),
  ]);
  const metafiles = made.map(({ metafile }) => metafile);
  writeFileSync(join(outdir, 'THIRD_PARTY_LICENSES'), thirdPartyLicenses(metafiles));
  const style = '<link rel="stylesheet" href="style.css">';
  const script = '<script type="module" src="app.js"></script>';
  writeFileSync(join(outdir, 'style.css'), await styleText());
  writeFileSync(join(outdir, 'index.html'), page({ style, script, sources: "'self'" }));
}

async function styleText() {
  const options = { ...COMMON, minify: false, entryPoints: [source('style.ts')], write: false };
  const [{ text }] = (await build(options)).outputFiles;
  const { STYLE } = await import(`data:text/javascript;base64,${Buffer.from(text).toString('base64')}`);
  return STYLE;
}

/** Everything in one page: its workers are texts within it. The compiler answers about the language as well. */
async function singlePage(file) {
  const { compiler, training } = WORKERS;
  const bundles = await Promise.all(
    Object.entries({ page: PAGE, compiler, training }).map(async ([name, entry]) => {
      // From a disk browsers start no workers that are modules.
      const format = name === 'page' ? 'esm' : 'iife';
      const plugins = name === 'training' ? [...COMMON.plugins, filesOfThePage] : COMMON.plugins;
      const options = { ...COMMON, entryPoints: [entry], write: false, format, plugins };
      const { outputFiles, metafile } = await build(options);
      return { name, metafile, text: inElement(outputFiles[0].text) };
    }),
  );
  const [app, ...workers] = bundles;
  const licences = thirdPartyLicenses(bundles.map(({ metafile }) => metafile)).replaceAll('--', '- -');
  const texts = workers.map(({ name, text }) => `<script type="text/plain" id="worker-${name}">${text}</script>`);
  const script = [`<!--\n${licences}-->`, ...texts, `<script type="module">${app.text}</script>`].join('\n');
  const style = `<style>${await styleText()}</style>`;
  writeFileSync(file, page({ style, script, sources: "'unsafe-inline'" }));
}

/** No letter of a script can end its element, or begin one within. */
function inElement(text) {
  return text.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
}

function page({ style, script, sources }) {
  const parts = { scripts: sources, style, 'scripts-text': script };
  const template = readFileSync(join(root, 'playground/index.html'), 'utf8');
  return template.replace(/\{\{([\w-]+)\}\}/g, (_, name) => parts[name]);
}

export async function buildPlayground(outdir = SITE, { single = true } = {}) {
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  await Promise.all([site(outdir), ...(single ? [singlePage(join(outdir, 'playground.html'))] : [])]);
}

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** Without these two headers a browser gives a page no memory that threads share. */
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

/** Serves to this machine alone. */
export function servePlayground(folder = SITE, port = 0) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const file = join(folder, normalize(pathname === '/' ? '/index.html' : decodeURIComponent(pathname)));
    const found = file.startsWith(folder) && existsSync(file) && extname(file) in TYPES;
    const type = TYPES[extname(file)] ?? 'text/plain';
    response.writeHead(found ? 200 : 404, {
      'content-type': `${type}; charset=utf-8`,
      'cache-control': 'no-cache',
      ...ISOLATED,
    });
    if (found) createReadStream(file).pipe(response);
    else response.end('not found');
  });
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildPlayground();
  const files = readdirSync(SITE).filter((file) => file.endsWith('.html'));
  console.log(
    `built ${files.map((file) => join('playground/dist', file)).join(' and ')}; ${pathToFileURL(join(SITE, 'playground.html'))} opens from the disk`,
  );
  if (process.argv.includes('--serve')) {
    const server = await servePlayground(SITE, Number(process.env.PORT ?? 4173));
    console.log(`http://localhost:${server.address().port}/ has the playground, with threads; Control and C ends it`);
  }
}
