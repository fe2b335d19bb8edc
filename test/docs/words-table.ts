/** @file Tables of the words of the `train` block, for docs/training.md. */

import { FORMATS, specificationOf } from '../../src/data/formats.ts';
import { type AttributeSpec, isRequired, named } from '../../src/specs/attributes.ts';
import { SETTINGS } from '../../src/training/settings.ts';
import type { Word } from '../../src/training/word.ts';

function setting(spec: AttributeSpec): string {
  if (isRequired(spec)) return `\`${spec.name}\`, needed`;
  return spec.default === undefined ? `\`${spec.name}\`` : `\`${spec.name}: ${spec.default}\``;
}

export function settingsTable(): string {
  return table([
    ['setting', 'what it is', 'for example', 'if left out'],
    ...SETTINGS.map(({ name, summary, example, otherwise }) => [`\`${name}\``, summary, `\`${example}\``, otherwise]),
  ]);
}

/** Aligned, as the formatter of the documents leaves it. */
export function wordsTable(title: string, words: readonly Word[]): string {
  return table([
    [title, 'what it does', 'arguments with their defaults'],
    ...words.map(({ name, summary, attributes }) => [
      `\`${name}\``,
      summary,
      named(attributes).map(setting).join(', '),
    ]),
  ]);
}

/** `csv:FILE`, and what it is. */
export function formatsTable(): string {
  return table([
    ['specification', 'data'],
    ...FORMATS.map((format) => [`\`${specificationOf(format)}\``, format.summary]),
  ]);
}

/** An option a line, with all formats that have it. */
export function optionsTable(): string {
  const all = FORMATS.flatMap(({ name, options }) => options.map((option) => ({ kind: name, option })));
  const rows = new Map<string, string[]>();
  for (const { kind, option } of all) {
    const written = `\`${option.name}${option.takes ? `=${option.takes}` : ''}\``;
    const row = rows.get(written + option.doc);
    if (row) row[1] += `, \`${kind}\``;
    else rows.set(written + option.doc, [written, `\`${kind}\``, option.doc]);
  }
  return table([['option', 'formats', 'says'], ...rows.values()]);
}

function table([head = [], ...body]: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...body].map((line) => line[column]!.length)));
  const row = (cells: readonly string[]) => `| ${cells.map((cell, k) => cell.padEnd(widths[k]!)).join(' | ')} |`;
  return [row(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body.map(row)].join('\n');
}
