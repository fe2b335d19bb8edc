/** @file `cnnc explain WORD`: what a code, a layer, a function or a setting means. */

import { table } from '../../common/table.ts';
import type { CatalogueEntry } from '../../diagnostics/catalogue-entry.ts';
import { wrap } from '../../diagnostics/display.ts';
import { allCodes, codeChapters } from '../all-codes.ts';
import { EXIT } from '../report.ts';
import type { Terminal } from '../terminal.ts';
import { listOfTopics, topicPage, unknownTopic } from '../topics.ts';

/** Without a word: the list of all codes, by topic. An unknown word is wrong usage. */
export function explain(code: string | undefined, terminal: Terminal): number {
  if (code === undefined) {
    terminal.out(listOfTopics() + listOfCodes());
    return EXIT.success;
  }
  const full = `CNN${code.toUpperCase().replace(/^CNN/, '')}`;
  if (!Object.hasOwn(allCodes, full)) {
    const page = topicPage(code, terminal.width);
    if (page) terminal.out(page);
    else terminal.err(`error: ${unknown(code, full)}\n`);
    return page ? EXIT.success : EXIT.usage;
  }
  terminal.out(explanation(full, allCodes[full]!, terminal.width));
  return EXIT.success;
}

function unknown(word: string, code: string): string {
  return /^(CNN)?\d+$/i.test(word) ? `there is no code ${code}` : unknownTopic(word, Object.keys(allCodes));
}

function listOfCodes(): string {
  const row = (code: string) => [code, allCodes[code]!.severity, allCodes[code]!.title];
  const lines = (codes: readonly string[]) => table([{}, { least: 7 }, {}], codes.map(row), { indent: '  ' });
  const chapters = codeChapters().map(({ title, codes }) => [title, ...lines(codes), ''].join('\n'));
  return chapters.join('\n');
}

function explanation(
  code: string,
  { severity, title, explanation: text, wrong, right }: CatalogueEntry,
  width: number,
): string {
  const indent = (example: string) => example.split('\n').map((line) => `  ${line}`);
  const lines = [
    `${severity} ${code}: ${title}`,
    '',
    ...wrap(text, width),
    '',
    'wrong:',
    ...indent(wrong),
    'right:',
    ...indent(right),
  ];
  return `${lines.join('\n')}\n`;
}
