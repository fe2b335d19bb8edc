/** Builds `dist`: the command `cnnc.js`, the library `index.js`, and its declarations. Run by `npm install`. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { esbuildRuntime } from './runtime-plugin.mjs';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));
rmSync('dist', { recursive: true, force: true });

async function bundle(entry, outfile, banner) {
  if (!existsSync(entry)) return false;
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'node20',
    platform: 'node',
    packages: 'external',
    plugins: [esbuildRuntime],
    banner: banner ? { js: banner } : {},
    logLevel: 'warning',
  });
  return true;
}

/** Type errors are the business of `npm run typecheck`; the declarations are written all the same. */
function declare() {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const options = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--outDir', 'dist/types'];
  const files = ['src/runtime/virtual.d.ts', 'src/semantics/virtual.d.ts', 'src/index.ts'];
  const language = ['--target', 'es2022', '--lib', 'ES2023,DOM', '--module', 'esnext', '--moduleResolution', 'bundler'];
  const checks = ['--strict', '--skipLibCheck', '--allowImportingTsExtensions', '--rootDir', 'src', '--types', 'node'];
  try {
    execFileSync(process.execPath, [compiler, ...options, ...language, ...checks, ...files], { stdio: 'ignore' });
  } catch {
    console.warn('declarations were written in spite of type errors: see npm run typecheck');
  }
}

if (await bundle('src/cli/main.ts', 'dist/cnnc.js', '#!/usr/bin/env node')) chmodSync('dist/cnnc.js', 0o755);
if (await bundle('src/index.ts', 'dist/index.js')) declare();
