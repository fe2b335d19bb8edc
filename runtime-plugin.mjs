/**
 * The module `cnnc:runtime`: the runtime that the emitter puts into every trainer module, as text. The build
 * (esbuild) and the tests (vite) have a plugin each around the same function, so both see the same bytes.
 */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const name = 'cnnc:runtime';
const entry = fileURLToPath(new URL('src/runtime/entry.ts', import.meta.url));

async function bundle(minify) {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    external: ['node:*'],
    minify,
    logLevel: 'silent',
  });
  return wrap(result.outputFiles[0].text);
}

/** The bundle as one function called at once; shorter than esbuild's own form of it, which has live bindings. */
function wrap(text) {
  const exported = /export\s*\{([^}]*)\};?\s*$/.exec(text);
  const names = exported[1].split(',').map((name) => name.trim().split(' as '));
  const result = names.map(([local, name]) => (name ? `${name}:${local}` : local)).join(',');
  return `var cnncRuntime=(()=>{"use strict";${text.slice(0, exported.index)}return{${result}}})();\n`;
}

async function moduleText() {
  const [source, minified] = await Promise.all([bundle(false), bundle(true)]);
  return `export const runtimeSource = ${JSON.stringify(source)};
export const runtimeSourceMinified = ${JSON.stringify(minified)};`;
}

export const esbuildRuntime = {
  name,
  setup(esbuild) {
    esbuild.onResolve({ filter: /^cnnc:runtime$/ }, () => ({ path: name, namespace: name }));
    esbuild.onLoad({ filter: /.*/, namespace: name }, async () => ({ contents: await moduleText(), loader: 'js' }));
  },
};

export const viteRuntime = {
  name,
  resolveId(id) {
    return id === name ? `\0${name}` : undefined;
  },
  load(id) {
    return id === `\0${name}` ? moduleText() : undefined;
  },
};
