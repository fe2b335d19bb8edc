/** @file Every code that a command can report: those of the compiler, of the runtime in modules, and of the command line. */
import { dataCodes } from '../data/codes.ts';
import { catalogue } from '../diagnostics/catalogue.ts';
import type { CatalogueEntry } from '../diagnostics/catalogue-entry.ts';
import { ruleCodes } from '../lint/rules.ts';
import { commandCodes } from './codes.ts';

export const allCodes: Readonly<Record<string, CatalogueEntry>> = {
  ...catalogue,
  ...ruleCodes,
  ...dataCodes,
  ...commandCodes,
};

interface Chapter {
  readonly title: string;
  readonly codes: readonly string[];
}

/** By the first digits of the code. */
const CHAPTERS = [
  ['1', 'Syntax'],
  ['2', 'Names and attributes'],
  ['3', 'Shapes'],
  ['40', 'Limits and numerics'],
  ['41', 'Trainer modules and data'],
  ['42', 'Command line and files'],
  ['43', 'Other tools'],
  ['5', 'Design advice'],
] as const;

/** All codes by topic, in order. */
export function codeChapters(): Chapter[] {
  const codes = Object.keys(allCodes).sort();
  return CHAPTERS.map(([digits, title]) => ({ title, codes: codes.filter((code) => code.startsWith(`CNN${digits}`)) }));
}
