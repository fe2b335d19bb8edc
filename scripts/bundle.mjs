/**
 * @file One file of the compiler for Node, for the build and for the tests of the command. The packages it imports are
 * within: Node takes longer to find and read their several hundred files than a small network takes to compile. Outside
 * stay esbuild, a program of its own, sharp, which decodes pictures with compiled code, and the protocol of `cnnc lsp`, which
 * no other command loads.
 */
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

/** Several files that share what they have in common, for Node. */
export async function bundleTogether(entryPoints, outdir) {
  const { metafile } = await build({
    ...usual,
    entryPoints,
    outdir,
    splitting: true,
    chunkNames: 'shared-[hash]',
    external: OUTSIDE,
    banner: { js: require },
  });
  return metafile;
}

/** For `library` nothing of Node is added; it runs in browsers too. Returns esbuild's account of what is in the file. */
export async function bundle(entry, outfile, { library = false, external = OUTSIDE } = {}) {
  const { metafile } = await build({
    ...usual,
    entryPoints: [entry],
    outfile,
    external,
    banner: library ? {} : { js: `#!/usr/bin/env node\n${require}` },
  });
  return metafile;
}
