/** @file `cnnc explain CODE`: what a diagnostic means, with a wrong and a right example. */

import { nearest } from '../../common/nearest.ts';
import { dataCodes } from '../../data/codes.ts';
import { catalogue } from '../../diagnostics/catalogue.ts';
import type { CatalogueEntry } from '../../diagnostics/catalogue-entry.ts';
import { wrap } from '../../diagnostics/display.ts';
import { commandCodes } from '../codes.ts';
import { EXIT } from '../report.ts';
import type { Terminal } from '../terminal.ts';

/** Of the compiler, of the runtime in trainer modules, and of the command line. */
export const allCodes: Readonly<Record<string, CatalogueEntry>> = { ...catalogue, ...dataCodes, ...commandCodes };

/** Without a code: the list of all. An unknown code is wrong usage. */
export function explain(code: string | undefined, terminal: Terminal): number {
  if (code === undefined) {
    terminal.out(listOfCodes());
    return EXIT.success;
  }
  const full = `CNN${code.toUpperCase().replace(/^CNN/, '')}`;
  if (!Object.hasOwn(allCodes, full)) {
    const near = nearest(full, Object.keys(allCodes));
    terminal.err(`error: there is no code ${full}${near ? `; did you mean ${near}?` : ''}\n`);
    return EXIT.usage;
  }
  terminal.out(explanation(full, allCodes[full]!, terminal.width));
  return EXIT.success;
}

function listOfCodes(): string {
  return Object.keys(allCodes)
    .sort()
    .map((code) => `${code}  ${allCodes[code]!.severity.padEnd(7)}  ${allCodes[code]!.title}\n`)
    .join('');
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
