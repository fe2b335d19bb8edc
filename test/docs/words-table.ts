/** @file Tables of the words of the `train` block, for docs/training.md. */
import { type AttributeSpec, isRequired, named } from '../../src/specs/attributes.ts';
import type { Word } from '../../src/training/word.ts';

function setting(spec: AttributeSpec): string {
  if (isRequired(spec)) return `\`${spec.name}\`, needed`;
  return spec.default === undefined ? `\`${spec.name}\`` : `\`${spec.name}: ${spec.default}\``;
}

/** Aligned, as the formatter of the documents leaves it. */
export function wordsTable(title: string, words: readonly Word[]): string {
  const lines = [
    [title, 'what it does', 'arguments with their defaults'],
    ...words.map(({ name, summary, attributes }) => [
      `\`${name}\``,
      summary,
      named(attributes).map(setting).join(', '),
    ]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...lines.map((line) => line[column]!.length)));
  const row = (cells: readonly string[]) => `| ${cells.map((cell, k) => cell.padEnd(widths[k]!)).join(' | ')} |`;
  const [head, ...body] = lines;
  return [row(head!), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body.map(row)].join('\n');
}
