/**
 * @file Files of the compiler for Node, for the build and for the tests of the command. The packages it imports are
 * within: Node takes longer to find and read their several hundred files than a small network takes to compile. Outside
 * stay esbuild, a program of its own, sharp, which decodes pictures with compiled code, and the protocol of `cnnc lsp`, which
 * no other command loads.
 */
import { readdir } from 'node:fs/promises';
import { basename, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { esbuildRuntime } from './runtime-plugin.mjs';

/** Packages in the older format load parts of Node by `require`, which modules lack. */
const require = "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);";

const usual = {
  bundle: true,
  format: 'esm',
  target: 'node20',
  platform: 'node',
  plugins: [esbuildRuntime],
  logLevel: 'warning',
  metafile: true,
};

const OUTSIDE = ['esbuild', 'sharp', 'vscode-languageserver'];

const inParts = { ...usual, splitting: true, external: OUTSIDE, banner: { js: require } };

/** Several files that share what they have in common, for Node. */
export async function bundleTogether(entryPoints, outdir) {
  const { metafile } = await build({
    ...inParts,
    entryPoints,
    outdir,
    chunkNames: 'shared-[hash]',
  });
  return metafile;
}

const source = fileURLToPath(new URL('../src', import.meta.url));

/**
 * What the command line loads when it is asked for, in three parts: what understands texts, what plans modules, and all other
 * commands. More parts would hold less that a command has no use for, but each has something in common with each other,
 * and Node takes as long to find a file of that as to read some 20 kB more.
 */
async function partsOfProgram() {
  const command = (name) => `cli/commands/${name}.ts`;
  const texts = ['check', 'explain', 'fmt'].map(command);
  const modules = ['build', 'build-predictor', 'fix', 'grad', 'sizes', 'summary'].map(command);
  const all = (await readdir(`${source}/cli/commands`)).map((file) => command(basename(file, '.ts')));
  return {
    texts: [...texts, 'cli/all-codes.ts', 'lint/rules.ts'],
    modules: [
      ...modules,
      ...['analysis/summary-columns.ts', 'cli/inspect-passes.ts', 'passes/pipeline.ts', 'report/summarize-module.ts'],
    ],
    commands: [
      ...all.filter((file) => ![...texts, ...modules].includes(file)),
      ...['cli/calibration-file.ts', 'tuning/estimate-time.ts'],
    ],
  };
}

/** Files that are imported by a call become those of their part. */
const together = {
  name: 'together',
  async setup(esbuild) {
    const parts = await partsOfProgram();
    esbuild.onResolve({ filter: /^\./ }, ({ path, resolveDir, kind }) => {
      if (kind !== 'dynamic-import') return undefined;
      const file = relative(source, resolve(resolveDir, path)).replaceAll('\\', '/');
      const part = Object.keys(parts).find((name) => parts[name].includes(file));
      return part ? { path: part, namespace: 'part' } : { errors: [{ text: `${file} is in no part of the program` }] };
    });
    esbuild.onLoad({ filter: /.*/, namespace: 'part' }, ({ path }) => ({
      contents: parts[path].map((file) => `export * from './${file}';`).join('\n'),
      resolveDir: source,
      loader: 'ts',
    }));
  },
};

/** The command line: `cnnc.js` in a folder, and the parts of it in `parts` there. */
export async function bundleProgram(outdir) {
  const { metafile } = await build({
    ...inParts,
    plugins: [together, esbuildRuntime],
    entryPoints: { cnnc: `${source}/cli/main.ts` },
    outdir,
    chunkNames: 'parts/[name]-[hash]',
  });
  return metafile;
}

/** One file. For `library` nothing of Node is added; it runs in browsers too. Returns esbuild's account of what is in the file. */
export async function bundle(entry, outfile, { library = false, external = OUTSIDE } = {}) {
  const { metafile } = await build({
    ...usual,
    entryPoints: [entry],
    outfile,
    external,
    banner: library ? {} : { js: require },
  });
  return metafile;
}
