import { describe, expect, test } from 'vitest';
import { catalogue } from '../../src/diagnostics/catalogue.ts';
import type { CatalogueEntry } from '../../src/diagnostics/catalogue-entry.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { elaborate } from '../../src/semantics/elaborate.ts';
import type { ReadImport } from '../../src/semantics/names/modules.ts';
import { parse } from '../../src/syntax/parse.ts';

/** Entries that show a command line, or whose networks are only hinted at with `…`. */
const abbreviated = (text: string) => /^cnnc|…/.test(text);
const entries = Object.entries<CatalogueEntry>(catalogue).filter(([code]) => /^CNN(2|3|40)/.test(code));

const blocks: Readonly<Record<string, string>> = {
  Basic: 'block Basic(n) { return if in.channels == 1 { in -> conv(n, 3x3) } else { in -> batchnorm } }',
};

/** The program that an example is part of. */
function whole(example: string, lacking?: RegExp): string {
  if (/^network|^classes = /.test(example)) return example;
  if (/^train/.test(example)) return `${network([], [])}\n${example.replace('LeNet5', 'N')}`;
  const block = /^block (\w+)(?:\((.*?)\))?/.exec(example);
  if (block) return `${example}\n${network([`x = image -> ${block[1]}(${block[2]?.replace(/\w+/g, '2') ?? ''})`], [])}`;
  const lines = example.split('\n');
  const constants = lines.filter((line) => /^(widths|import|fn|op) /.test(line));
  const results = lines.filter((line) => /^(loss|metric|output|assert)/.test(line));
  const rest = lines.filter((line) => !constants.includes(line) && !results.includes(line));
  const applies = (name: string) => example.includes(`${name}(`) && !example.includes('import');
  const used = Object.keys(blocks).flatMap((name) => (applies(name) ? blocks[name]! : []));
  return [...constants, ...used, network(rest, results, lacking)].join('\n');
}

/** Adds to the statements of an example what a network needs, but for what the example is about. */
function network(statements: readonly string[], results: readonly string[], lacking?: RegExp): string {
  const has = (words: RegExp) => [...statements, ...results].some((line) => words.test(line));
  const needs = (words: RegExp) => !has(words) && String(words) !== String(lacking);
  const last = statements.findLast((line) => /^\w = /.test(line))?.[0] ?? 'image';
  return ['network N(classes = 10) {', 'target label: class(classes)']
    .concat(has(/^input/) ? [] : ['input image: [1, 28, 28]'], statements)
    .concat(has(/^logits = /) ? [] : [`logits = ${last} -> dense(10)`], results)
    .concat(needs(/^loss/) ? ['loss crossentropy(logits, label)'] : [])
    .concat(needs(/^output/) ? ['output logits'] : [], '}')
    .join('\n');
}

/** A project of two files: that of the example, and `stem.cnn` beside it. */
const read: ReadImport = (path) =>
  path === './stem.cnn'
    ? { file: path, text: 'block Stem { return in -> conv(4, 3x3) }' }
    : {
        ...(path.startsWith('../') ? { code: 'CNN2115' } : {}),
        problem: 'there is no such file',
        help: 'write another',
      };

function reported(text: string): readonly Diagnostic[] {
  const { program, diagnostics } = parse(text, 'a.cnn');
  return diagnostics.length > 0 ? diagnostics : elaborate(program, { read }).diagnostics;
}

const isMistake = ({ severity }: Diagnostic) => severity === 'error';

const lacks: Readonly<Record<string, RegExp>> = { CNN2008: /^loss/, CNN2009: /^output/ };

describe('examples of the catalogue', () => {
  for (const [code, { wrong, right }] of entries) {
    if (!abbreviated(wrong))
      test(`the wrong one of ${code}`, () =>
        expect(reported(whole(wrong, lacks[code])).map(({ code }) => code)).toContain(code));
    if (!abbreviated(right))
      test(`the right one of ${code}`, () => expect(reported(whole(right)).filter(isMistake)).toEqual([]));
  }
});
