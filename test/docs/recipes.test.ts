/** @file The recipes of src/README.md hold: a word stands in its own file and in those that the recipe names, nowhere else. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './imports.ts';

const document = readFileSync(join(root, 'src/README.md'), 'utf8');

/** Of a recipe: the files that it names, those of its numbered steps first. */
function filesOf(recipe: string, name: string): { readonly steps: string[]; readonly all: string[] } {
  const text = new RegExp(`\\n### ${recipe}\\n([^]*?)(?=\\n##)`).exec(document)![1]!;
  const named = (part: string) =>
    [...part.matchAll(/`([\w./-]+\.(?:ts|py))`/g)].map(([, file]) => file!.replace(/NAME|FINDING|FORMAT/, name));
  const steps = text.split(/\n(?=\d\. )/).flatMap((step) => (/^\d\. /.test(step) ? named(step.split('\n\n')[0]!) : []));
  return { steps, all: named(text) };
}

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(ts|py)$/.test(file))
  .map((file) => [file, readFileSync(join(root, 'src', file), 'utf8')] as const);

/** Where a word stands by itself. */
function filesWith(word: string): string[] {
  const pattern = new RegExp(`(?<![\\w-])${word}(?![\\w-])`);
  return sources.filter(([, text]) => pattern.test(text)).map(([file]) => file);
}

describe('a word stands where its recipe says', () => {
  it.each([
    ['Add an operator', 'lrn', 'lrn'],
    ['Add an operator', 'lppool', 'lppool'],
    ['Add a lint rule', 'strong-dropout', 'strong-dropout'],
    ['Add a lint rule', 'strong-dropout', 'CNN5045'],
    ['Add an optimiser', 'adadelta', 'adadelta'],
    ['Add a schedule', 'triangle', 'triangle'],
    ['Add an augmentation', 'elastic', 'elastic'],
    ['Add an initialiser', 'xavier_normalized', 'xavierNormalized'],
    ['Add a data format', 'cifar', 'cifar100'],
    ['Add a command', 'find-lr', '../commands/find-lr.ts'],
  ])('%s: %s', (recipe, name, word) => {
    const { all } = filesOf(recipe, name);
    const found = filesWith(word);
    expect(found).not.toEqual([]);
    expect(found.filter((file) => !all.includes(file))).toEqual([]);
  });
});

describe('a recipe has at most three files', () => {
  const recipes = [
    'an operator',
    'a lint rule',
    'an optimiser',
    'a schedule',
    'an initialiser',
    'a setting',
    'a command',
  ];
  it.each([...recipes, 'an augmentation', 'a data format'])('add %s', (what) => {
    const { steps } = filesOf(`Add ${what}`, 'NAME');
    const written = steps.filter((file) => !file.startsWith('specs/') && !file.startsWith('data/files'));
    expect(written.length).toBeGreaterThan(1);
    // An oracle beside the test, or a helper that the text mentions.
    expect(new Set(written).size).toBeLessThanOrEqual(what === 'a setting' ? 3 : 4);
  });
});
