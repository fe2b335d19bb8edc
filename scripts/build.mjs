/** Builds `dist`: the command `cnnc.js`, the library `index.js`, its declarations, and licences. Run by `npm install`. */
import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const { resolve } = createRequire(import.meta.url);

function isInstalled(module) {
  try {
    return Boolean(resolve(module));
  } catch {
    return false;
  }
}

/** `npm install -g FOLDER` links to the folder and builds it, but installs none of its packages. */
function installPackages() {
  if (isInstalled('esbuild') && isInstalled('chevrotain')) return;
  console.warn('installing the packages that the build needs');
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--global=false'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
}

/** Type errors are the business of `npm run typecheck`; the declarations are written all the same. */
function declare() {
  if (!isInstalled('typescript/bin/tsc')) {
    console.warn('no TypeScript here (--omit=dev): the declarations of the library are left out');
    return;
  }
  const options = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--outDir', 'dist/types'];
  const files = ['src/runtime/virtual.d.ts', 'src/semantics/virtual.d.ts', 'src/index.ts'];
  const language = ['--target', 'es2022', '--lib', 'ES2023,DOM', '--module', 'esnext', '--moduleResolution', 'bundler'];
  const checks = ['--strict', '--skipLibCheck', '--allowImportingTsExtensions', '--rootDir', 'src', '--types', 'node'];
  try {
    const compiler = resolve('typescript/bin/tsc');
    execFileSync(process.execPath, [compiler, ...options, ...language, ...checks, ...files], { stdio: 'ignore' });
  } catch {
    console.warn('declarations were written in spite of type errors: see npm run typecheck');
  }
}

installPackages();
rmSync('dist', { recursive: true, force: true });
const { bundle } = await import('./bundle.mjs');
const { thirdPartyLicenses } = await import('./licenses.mjs');
const command = await bundle('src/cli/main.ts', 'dist/cnnc.js');
chmodSync('dist/cnnc.js', 0o755);
const library = await bundle('src/index.ts', 'dist/index.js', { library: true });
writeFileSync('dist/THIRD_PARTY_LICENSES', thirdPartyLicenses([command, library]));
declare();
