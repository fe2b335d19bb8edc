/** @file src/README.md says what is true: its map has all files, the imports keep its rules, its recipes run. */
import { augmentationSources, initializerSources, scheduleSources } from 'cnnc:runtime';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AUGMENTATIONS, INITIALIZERS, SCHEDULES } from '../../src/training/words.ts';
import { describeCommands } from './console.ts';
import { type Import, importsOf, root, sourceFiles } from './imports.ts';

const path = join(root, 'src/README.md');
const document = readFileSync(path, 'utf8');

describe('the map', () => {
  const list = document.split('\n## Map\n')[1]!.split('\n## ')[0]!.split('\n');
  const patterns = list.flatMap((line) => [...line.split(': ')[0]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
  const matches = (pattern: string, file: string) =>
    new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`).test(file);

  it('names files that exist', () => {
    expect(patterns.length).toBeGreaterThan(50);
    expect(patterns.filter((pattern) => !sourceFiles.some((file) => matches(pattern, file)))).toEqual([]);
  });

  it('has every folder', () => {
    const folders = new Set(sourceFiles.flatMap((file) => /^(.*)\//.exec(file)?.[1] ?? []));
    const mapped = new Set(patterns.flatMap((pattern) => /^(.*)\//.exec(pattern)?.[1] ?? []));
    expect([...folders].filter((folder) => !mapped.has(folder))).toEqual([]);
  });

  it('is told with files of the repository', () => {
    const named = [...document.matchAll(/`([a-z]+\/[\w./-]+)`/g)].map(([, name]) => name!);
    // Files that a recipe asks to write have names in capitals: `ops/NAME.ts`, `targets/NAME/target.ts`.
    const exist = named.filter((name) => !/\/[A-Z-]+(?:\.ts$|\/)/.test(name));
    expect(exist.length).toBeGreaterThan(60);
    expect(exist.filter((name) => !existsSync(join(root, name)) && !existsSync(join(root, 'src', name)))).toEqual([]);
  });
});

describe('the files', () => {
  it('are short, but for what is one table', () => {
    const long = sourceFiles.filter((file) => readFileSync(join(root, 'src', file), 'utf8').split('\n').length > 450);
    expect(long.filter((file) => !['syntax/grammar.ts', 'targets/wasm/encoder.ts'].includes(file))).toEqual([]);
  });
});

/** Lowest first; the document lists them from the top. */
const layers = /```text\n((?:bundlers|cli) [\s\S]*?)\n```/
  .exec(document)![1]!
  .split('\n')
  .map((line) => line.split(' ')[0]!)
  .reverse();

const layerOf = (file: string) => file.split('/')[0]!;
const show = ({ from, to }: Import) => `${from} imports ${to}`;

describe('imports', () => {
  const imports = sourceFiles.flatMap(importsOf);

  it('are read', () => {
    expect(imports.length).toBeGreaterThan(500);
    expect(imports.map(show)).toContain('compile.ts imports semantics/understand.ts');
    expect(imports.find(({ from, to }) => from === 'compile.ts' && to === 'semantics/understand.ts')!.typeOnly).toBe(
      false,
    );
    expect(imports.find(({ from, to }) => from === 'compile.ts' && to === 'ir/affine.ts')).toBeUndefined();
  });

  it('the layers are those of the folders', () => {
    expect([...new Set(sourceFiles.map(layerOf))].filter((layer) => !layers.includes(layer))).toEqual([]);
  });

  it('go down, but for the types of the seam', () => {
    const isSeam = ({ from, to, typeOnly }: Import) =>
      ['plan', 'module'].includes(layerOf(from)) && to === 'runtime/executable.ts' && typeOnly;
    const upward = imports.filter(({ from, to }) => layers.indexOf(layerOf(to)) > layers.indexOf(layerOf(from)));
    expect(upward.filter((found) => !isSeam(found)).map(show)).toEqual([]);
  });

  it('bring nothing but types into what modules contain', () => {
    const contained = ['common', 'data', 'runtime'];
    const foreign = imports.filter(
      ({ from, to, typeOnly }) => contained.includes(layerOf(from)) && !contained.includes(layerOf(to)) && !typeOnly,
    );
    expect(foreign.map(show)).toEqual([]);
  });

  it('of a word of the `train` block, modules carry the effect and nothing of its documentation', () => {
    const effects = [scheduleSources, augmentationSources, initializerSources];
    for (const [name, text] of effects.flatMap((sources) => Object.entries(sources))) {
      expect(text, name).not.toMatch(/summary|doc:|example/);
      expect(text.length, name).toBeLessThan(1000);
    }
    expect(Object.keys(augmentationSources)).toEqual(AUGMENTATIONS.map(({ name }) => name).sort());
    expect(Object.keys(scheduleSources)).toEqual(
      SCHEDULES.flatMap(({ name, effect }) => (effect ? [name] : [])).sort(),
    );
    expect(Object.keys(initializerSources)).toEqual(
      INITIALIZERS.flatMap(({ name, effect }) => (effect ? [name] : [])).sort(),
    );
  });

  it('have no cycle', () => {
    expect(cycleIn(new Map(sourceFiles.map((file) => [file, importsOf(file).map(({ to }) => to)])))).toEqual([]);
  });

  it('a cycle would be found', () => {
    expect(
      cycleIn(
        new Map([
          ['a', ['b']],
          ['b', ['c']],
          ['c', ['b']],
        ]),
      ),
    ).toEqual(['b', 'c', 'b']);
  });
});

/** Some cycle of a directed graph, or nothing. */
function cycleIn(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (node: string): string[] => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return [];
    path.push(node);
    for (const next of edges.get(node) ?? []) {
      const cycle = visit(next);
      if (cycle.length > 0) return cycle;
    }
    path.pop();
    done.add(node);
    return [];
  };
  for (const node of edges.keys()) {
    const cycle = visit(node);
    if (cycle.length > 0) return cycle;
  }
  return [];
}

describeCommands(['src/README.md']);
