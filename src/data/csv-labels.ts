/**
 * @file The labels of a table of images: in which column they are, and what they are. Numbers are class numbers or values of a
 * target; words are names of classes, which are numbered in the order of the alphabet. A table holds the one or the other.
 */
import { checkClasses } from './check-classes.ts';
import type { NetworkPorts } from './dataset.ts';
import { TrainerError } from './trainer-error.ts';

const form = 'write the class number, then the pixels, separated by commas, one image per line';

export function malformed(path: string, line: number, what: string): TrainerError {
  return new TrainerError('CNN4148', `\`${path}\`, line ${line}: ${what}`, form);
}

export function doubtful(problem: string, hint: string): TrainerError {
  return new TrainerError('CNN4150', problem, hint);
}

/** NaN for what is no finite decimal number; `0x1F` is none. */
export function numberOf(field: string): number {
  const value = field === '' || /^.[xob]/i.test(field) ? Number.NaN : Number(field);
  return Number.isFinite(value) ? value : Number.NaN;
}

export const isNumber = (field: string) => !Number.isNaN(numberOf(field));

/** What can be the name of a class: not nothing, and not what stands for a number that there is not. */
function isWord(field: string): boolean {
  return field !== '' && !isNumber(field) && !/^[+-]?(nan|inf(inity)?|null|none|na|n\/a)$/i.test(field);
}

/** The column of the labels, from 0, and how it was found. */
export function labelColumn(
  titles: readonly string[] | undefined,
  fields: readonly string[],
  path: string,
  label: string | undefined,
): { column: number; said: string; certain: boolean } {
  const width = fields.length;
  const last = width - 1;
  const place = (column: number) => {
    const title = titles?.[column] ? `, \`${titles[column]}\`` : '';
    return column === 0
      ? `the first column${title}`
      : column === last
        ? `the last column${title}`
        : `column ${column + 1}${title}`;
  };
  const found = (column: number, certain: boolean) => ({ column, said: `labels in ${place(column)}`, certain });
  if (label === undefined) {
    const named = (titles ?? []).flatMap((title, i) => (/^(labels?|class|target|y)$/i.test(title) ? i : []));
    if (named.length === 1) return found(named[0]!, true);
    // Pixels are no words.
    const worded = [0, last].filter((column) => isWord(fields[column]!));
    return worded.length === 1 ? found(worded[0]!, true) : found(0, false);
  }
  const titled = titles?.indexOf(label) ?? -1;
  const column =
    titled >= 0
      ? titled
      : label === 'first'
        ? 0
        : label === 'last'
          ? last
          : /^\d+$/.test(label)
            ? Number(label) - 1
            : -1;
  if (column >= 0 && column <= last) return found(column, true);
  const problem = `\`${path}\` has no column \`${label}\`, but ${width} columns${titles ? `, from \`${titles[0]}\` to \`${titles[last]}\`` : ' without titles'}`;
  throw new TrainerError('CNN4148', problem, 'write `label=first`, `label=last`, a title, or a number from 1');
}

/** What the numbers of a column are like, to tell labels from pixels. */
export class Column {
  wrong: number | undefined;
  highest = 0;
  readonly seen = new Set<number>();

  constructor(readonly classes: number) {}

  add(value: number): void {
    if (!(value >= 0 && value % 1 === 0)) this.wrong ??= value;
    if (value > this.highest) this.highest = value;
    if (this.seen.size < 2000) this.seen.add(value);
  }

  get fits(): boolean {
    return this.wrong === undefined && this.highest < this.classes;
  }
}

/** CNN4150 where the first column may be pixels, and the last one labels. */
export function checkColumns(
  { path, labels, certain, first, last }: LabelTable,
  network: NetworkPorts | undefined,
): void {
  const target = Object.values(network?.targets ?? {})[0];
  if (certain || (network && !target?.classes)) return;
  const likely = last.fits && last.seen.size > 1;
  const constant = first.seen.size < 2 && labels.length > 1;
  const fewer = target?.classes !== undefined && last.seen.size > first.seen.size;
  if (first.wrong === undefined && !(likely && (!first.fits || constant || fewer))) return;
  const range = ({ highest, seen }: Column) => (seen.size < 2 ? `${highest} alone` : `numbers up to ${highest}`);
  const held = first.wrong === undefined ? range(first) : `${first.wrong}, which is no class`;
  const other = likely ? `, the last one holds whole ${range(last)}` : '';
  throw doubtful(
    `the first column of \`${path}\` holds ${held}${other}: where are the labels?`,
    `${likely ? 'add `label=last`' : 'say `label=last`, `label=N` or `label=TITLE`'}, or \`label=first\` if they are there`,
  );
}

/** A table as far as its labels are concerned. */
export interface LabelTable {
  readonly path: string;
  readonly labels: TableLabels;
  readonly certain: boolean;
  readonly first: Column;
  readonly last: Column;
}

/** The labels of a table as they are read. */
export class TableLabels {
  /** Numbers, or places of the words. */
  readonly rows: number[] = [];
  readonly #words = new Map<string, number>();

  constructor(readonly path: string) {}

  get length(): number {
    return this.rows.length;
  }

  /** In the order in which they were found; none where the labels are numbers. */
  get words(): readonly string[] {
    return [...this.#words.keys()];
  }

  /** CNN4148 where words and numbers are mixed. */
  add(field: string, line: number, column: number): void {
    const areWords = this.rows.length > 0 ? this.#words.size > 0 : isWord(field);
    if (areWords !== isWord(field) || (!areWords && !isNumber(field))) {
      const what = areWords
        ? `the label \`${field}\` is no word, but those before are`
        : `value ${column + 1} is not a number`;
      throw malformed(this.path, line, what);
    }
    if (!areWords) return void this.rows.push(numberOf(field));
    const place = this.#words.get(field) ?? this.#words.size;
    this.#words.set(field, place);
    this.rows.push(place);
  }
}

/** Names of the classes, sorted, where labels are words; then the rows of all tables hold their numbers. Throws CNN4148, CNN4154. */
export function nameClasses(tables: readonly TableLabels[], network: NetworkPorts | undefined): string[] | undefined {
  const [first] = tables;
  const mixed = tables.find(({ words }) => words.length > 0 !== first!.words.length > 0);
  if (mixed) throw malformed(mixed.path, 1, `labels are words here or in \`${first!.path}\`, and numbers in the other`);
  if (!first!.words.length) return undefined;
  const classes = [...new Set(tables.flatMap(({ words }) => words))].sort();
  if (network) checkClasses(classes, network.targets, first!.path);
  const numbers = new Map(classes.map((name, number) => [name, number]));
  for (const { rows, words } of tables) for (const [n, place] of rows.entries()) rows[n] = numbers.get(words[place]!)!;
  return classes;
}
