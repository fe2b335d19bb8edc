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

const OUTSIDE = ['esbuild', 'sharp', 'vscode-languageserver'];

/** For `library` nothing of Node is added; it runs in browsers too. Returns esbuild's account of what is in the file. */
export async function bundle(entry, outfile, { library = false, external = OUTSIDE } = {}) {
  const { metafile } = await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'node20',
    platform: 'node',
    external,
    plugins: [esbuildRuntime],
    banner: library ? {} : { js: `#!/usr/bin/env node\n${require}` },
    logLevel: 'warning',
    metafile: true,
  });
  return metafile;
}
