/** Builds `dist`: the command `cnnc.js`, the library `index.js`, and its declarations. Run by `npm install`. */
import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));
rmSync('dist', { recursive: true, force: true });

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

await bundle('src/cli/main.ts', 'dist/cnnc.js');
chmodSync('dist/cnnc.js', 0o755);
await bundle('src/index.ts', 'dist/index.js', { library: true });
declare();
