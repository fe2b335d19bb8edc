/**
 * @file Names are resolved twice, when a network is run and without running it. Over all programs of this repository and
 * random ones the two agree: a name that runs into a definition is resolved to it, and what one does not know the other
 * does not know either.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Span } from '../../src/diagnostics/diagnostic.ts';
import { nameAt } from '../../src/resolve/resolution.ts';
import { elaborate } from '../../src/semantics/elaborate.ts';
import { vocabulary } from '../../src/semantics/names/vocabulary.ts';
import type { Name } from '../../src/syntax/ast.ts';
import { parse } from '../../src/syntax/parse.ts';
import { nodesAt } from '../../src/syntax/visit.ts';

/** Of each family one is enough. */
const slow = /resnext|wideresnet|densenet|efficientnet|convnext|inception|googlenet|shufflenet|mnasnet|mobilenet_v[23]/;

const root = new URL('../../', import.meta.url);
const files = ['examples', 'test'].flatMap((folder) =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.cnn') && !slow.test(file))
    .map((file) => `${folder}/${file}`),
);

function compare(text: string, file: string) {
  const { program, diagnostics } = parse(text, file);
  if (diagnostics.length > 0) return { compared: 0, differences: [] };
  const met: { readonly name: Name; readonly found: Span | undefined }[] = [];
  const result = elaborate(program, { meet: (name, entry) => met.push({ name, found: entry?.span }) });
  const { names } = result;
  const at = (name: Name) => `${name.text} at ${name.span.start}`;
  const own = met.filter(({ name }) => name.span.file === file);
  const wrong = own.filter(({ name, found }) => {
    const use = nameAt(names, name.span.start);
    if (!use || !('name' in use)) return found !== undefined;
    const definition = 'definition' in use ? use.definition : undefined;
    // `in` is defined where something flows in.
    if (definition?.kind === 'flow') return found === undefined;
    return definition?.name.span.start !== found?.start;
  });
  // A layer named in a branch that is not taken is known to the text and not to the run.
  const inBranch = (start: number) => nodesAt(program, start).some(({ kind }) => kind === 'if');
  const ranInto = own.filter(({ name, found }) => !found && !vocabulary.builtin(name.text)).map(({ name }) => name);
  const inFormulas = result.diagnostics.flatMap(({ code, span }) => (code === 'CNN2001' ? span!.start : []));
  const resolved = new Set(names.unresolved.map(({ name }) => name.span.start));
  const unknown = new Set([...ranInto.map(({ span }) => span.start), ...inFormulas]);
  const isValid = !result.diagnostics.some(({ severity }) => severity === 'error');
  return {
    compared: own.length,
    differences: [
      ...wrong.map(({ name }) => `${file}: another definition: ${at(name)}`),
      ...[...unknown]
        .filter((start) => !resolved.has(start) && !inBranch(start))
        .map((start) => `${file}: only run: ${start}`),
      ...names.unresolved.filter(() => isValid).map(({ name }) => `${file}: only resolved: ${at(name)}`),
    ],
  };
}

describe('what runs and what is resolved', () => {
  test('agree over the programs of the repository', () => {
    const found = files.map((file) => compare(readFileSync(new URL(file, root), 'utf8'), file));
    expect(found.flatMap(({ differences }) => differences)).toEqual([]);
    expect(found.filter(({ compared }) => compared > 0).length).toBeGreaterThan(150);
  });
});
