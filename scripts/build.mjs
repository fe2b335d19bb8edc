/** Builds `dist`: the command `cnnc.js`, the library `index.js`, plugins of bundlers, declarations, and licences. Run by `npm install`. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
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

/** Of the facade and the plugins, and the types they name, nothing else. They are printed file by file, which needs no check of types. */
async function declare() {
  if (!isInstalled('typescript')) {
    console.warn('no TypeScript here (--omit=dev): the declarations of the library are left out');
    return;
  }
  const { declarations } = await import('./declarations.mjs');
  const declared = ['src/index.ts', 'src/bundlers/vite.ts', 'src/bundlers/esbuild.ts'].flatMap((entry) => [
    ...declarations(entry),
  ]);
  for (const [file, text] of declared) {
    const path = file.replace(/^src/, 'dist/types').replace(/\.ts$/, '.d.ts');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

installPackages();
rmSync('dist', { recursive: true, force: true });
const { bundle, bundleProgram, bundleTogether } = await import('./bundle.mjs');
const { thirdPartyLicenses } = await import('./licenses.mjs');
const command = await bundleProgram('dist');
chmodSync('dist/cnnc.js', 0o755);
const library = await bundle('src/index.ts', 'dist/index.js', { library: true });
const plugins = ['vite', 'esbuild', 'register', 'loader'].map((name) => `src/bundlers/${name}.ts`);
const bundlers = await bundleTogether(plugins, 'dist/bundlers');
writeFileSync('dist/THIRD_PARTY_LICENSES', thirdPartyLicenses([command, library, bundlers]));
await declare();
