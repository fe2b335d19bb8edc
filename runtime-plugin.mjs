/**
 * The module `cnnc:runtime`: the runtime that the emitter puts into trainer modules, as text. The build
 * (esbuild) and the tests (vite) have a plugin each around the same function, so both see the same bytes.
 */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const name = 'cnnc:runtime';

async function bundle(file, global, minify) {
  const result = await build({
    entryPoints: [fileURLToPath(new URL(`src/runtime/${file}`, import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    external: ['node:*'],
    // Fields that the constructor sets are not declared besides: shorter.
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    minify,
    logLevel: 'silent',
  });
  return wrap(result.outputFiles[0].text, global);
}

/** The bundle as one function called at once; shorter than esbuild's own form of it, which has live bindings. */
function wrap(text, global) {
  const exported = /export\s*\{([^}]*)\};?\s*$/.exec(text);
  const names = exported[1].split(',').map((name) => name.trim().split(' as '));
  const result = names.map(([local, name]) => (name ? `${name}:${local}` : local)).join(',');
  return `var ${global}=(()=>{"use strict";${text.slice(0, exported.index)}return{${result}}})();\n`;
}

async function moduleText() {
  const texts = {
    runtimeSource: bundle('entry.ts', 'cnncRuntime', false),
    runtimeSourceMinified: bundle('entry.ts', 'cnncRuntime', true),
    teamSource: bundle('team.ts', 'cnncTeam', false),
    workerSource: bundle('worker.ts', 'cnncWorker', true),
  };
  const lines = Object.entries(texts).map(
    async ([name, text]) => `export const ${name} = ${JSON.stringify(await text)};`,
  );
  return (await Promise.all(lines)).join('\n');
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
