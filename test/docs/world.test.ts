/** @file Which files know of the world outside: everything else of the compiler runs in a page as it runs in Node. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { root, sourceFiles } from './imports.ts';

const GLOBALS = ['process', 'console'];
const LOADERS = ['nodeModule', 'process.getBuiltinModule', 'globalThis.process.getBuiltinModule'];

/** Modules of Node that a file loads, and globals that it reads. Types are gone when it runs; a field may have any name. */
function worldOf(path: string, text: string): string[] {
  if (!/node:|nodeModule|getBuiltinModule|process|console/.test(text)) return [];
  const found = new Set<string>();
  const note = (name: ts.Node | undefined, prefix: string) => {
    if (name && ts.isStringLiteral(name) && name.text.startsWith(prefix)) found.add(name.text.slice(prefix.length));
  };
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node)) return;
    if (ts.isImportDeclaration(node))
      return node.importClause?.isTypeOnly ? undefined : note(node.moduleSpecifier, 'node:');
    if (ts.isCallExpression(node)) note(node.arguments[0], 'node:');
    if (ts.isCallExpression(node) && LOADERS.includes(node.expression.getText().replace('?.', '.')))
      note(node.arguments[0], '');
    if (ts.isIdentifier(node) && GLOBALS.includes(node.text) && isGlobal(node)) found.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true));
  return [...found].sort();
}

function isGlobal(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node)
    return parent.expression.getText() === 'globalThis';
  return !ts.isPropertyAssignment(parent) || parent.initializer === node;
}

/** Beside `cli`, whose business it is. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  'bundlers/declare-network.ts': ['fs/promises', 'path'],
  'bundlers/esbuild.ts': ['path'],
  'bundlers/load-network.ts': ['path'],
  'bundlers/loader.ts': ['process', 'url'],
  'bundlers/register.ts': ['module'],
  'data/decode/load-pictures.ts': ['fs/promises'],
  'data/decode/picture-folder.ts': ['fs/promises'],
  'data/decode/picture.ts': ['fs/promises'],
  'data/files.ts': ['fs/promises'],
  'data/read-files.ts': ['fs/promises'],
  'data/unpack.ts': ['fs', 'stream', 'zlib'],
  'data/write-files.ts': ['fs/promises', 'path', 'process'],
  'runtime/program.ts': ['process', 'url', 'util'],
  'runtime/run-folder.ts': ['fs/promises'],
  'runtime/run-lock.ts': ['fs/promises', 'os', 'process'],
  'runtime/run-log.ts': ['fs/promises'],
  'runtime/start.ts': ['console', 'fs/promises', 'process', 'url', 'worker_threads', 'zlib'],
  'runtime/start-thread.ts': ['process', 'worker_threads'],
  'runtime/survive-loss.ts': ['process'],
  'runtime/trainer-worker.ts': ['process', 'worker_threads'],
  'runtime/training-run.ts': ['os', 'process'],
  'runtime/wide.ts': ['process', 'v8'],
};

it('what is looked for is found', () => {
  const text = `import { readFileSync } from 'node:fs';
    import type { Stats } from 'node:http';
    const of = (console: Console) => ({ process: 1 }.process);
    console.log(await import('node:os'), await nodeModule('zlib'));
    type T = typeof process;`;
  expect(worldOf('a.ts', text)).toEqual(['console', 'fs', 'os', 'zlib']);
  expect(worldOf('a.ts', 'const { process } = globalThis; process.exit(1)')).toEqual(['process']);
  expect(worldOf('a.ts', "globalThis.process?.getBuiltinModule('url')")).toEqual(['process', 'url']);
  expect(worldOf('a.ts', 'step.process(1)')).toEqual([]);
});

it('files, the console and the process are known to the command line, and to these files', () => {
  const others = sourceFiles.filter((file) => !file.startsWith('cli/'));
  const found = others.map((file) => [file, worldOf(file, readFileSync(join(root, 'src', file), 'utf8'))] as const);
  expect(Object.fromEntries(found.filter(([, world]) => world.length > 0))).toEqual(KNOWN);
});
