/**
 * @file A table of images: one line per image, its class in one column, the pixels in the others, channel by channel,
 * row by row. It is read piece by piece, so a file may be longer than a text can be.
 */

import {
  Column,
  checkColumns,
  doubtful,
  isNumber,
  type LabelTable,
  labelColumn,
  malformed,
  nameClasses,
  numberOf,
  TableLabels,
} from './csv-labels.ts';
import { checkShape, type Pixels, type PlainDataset, type PlainSplit, type Split } from './dataset.ts';
import type { Source } from './format.ts';
import { type Format, layout, scale, seed, split } from './format.ts';
import { arrange, layoutOf } from './layout.ts';
import { divideBy, scaleOf } from './scale.ts';
import { divide } from './split.ts';
import { readPieces } from './unpack.ts';

/** What no table of images has in one line. */
const longestLine = 2 ** 26;

async function* readLines(path: string): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of readPieces(path)) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop()!;
    if (rest.length > longestLine) throw malformed(path, 1, 'a line is longer than 64 MB');
    yield* lines;
  }
  yield rest;
}

/** The fields between separators; quotation marks around them are dropped. */
function fieldsOf(line: string, separator: string): string[] {
  if (!line.includes('"')) return line.split(separator).map((field) => field.trim());
  const next = new RegExp(`\\s*(?:"((?:[^"]|"")*)"\\s*|([^${separator}]*))(${separator}|$)`, 'y');
  const fields: string[] = [];
  for (let more: string | undefined = separator; more; ) {
    const [, quoted, plain = '', end] = next.exec(line) ?? [];
    fields.push((quoted ?? plain).trim());
    more = end;
  }
  return fields;
}

/** Whether the first line holds titles. CNN4150 where it may or may not. */
function holdsTitles(fields: readonly string[], path: string, { header, noheader }: Source['options']): boolean {
  if (header || noheader) return header !== undefined;
  const filled = fields.filter((field) => field && !/^[+-]?(nan|inf(inity)?)$/i.test(field));
  const words = filled.filter((field) => !isNumber(field)).length;
  const counted = fields.length >= 8 && fields.every((field, i) => field === `${i}`);
  if (!counted && (words === 0 || words === filled.length)) return words > 0;
  const what = counted ? 'counts its columns' : 'holds words and numbers';
  throw doubtful(
    `\`${path}\`, line 1 ${what}: titles or an image?`,
    'add `header` where it holds titles, or `noheader` where it holds an image',
  );
}

interface Table extends LabelTable {
  readonly width: number;
  /** The pixels of a few hundred images each, as bytes where all are. */
  readonly blocks: readonly Pixels[];
  readonly perBlock: number;
  readonly said: string;
}

const blockValues = 2 ** 18;

/** A block as it is kept: a quarter of the memory for bytes. */
function pack(values: Float32Array): Pixels {
  const bytes = Uint8Array.from(values);
  return bytes.every((byte, i) => byte === values[i]) ? bytes : values.slice();
}

async function readTable(path: string, { options, network }: Source): Promise<Table> {
  const { classes = Number.POSITIVE_INFINITY } = Object.values(network?.targets ?? {})[0] ?? {};
  const [first, last] = [new Column(classes), new Column(classes)];
  const labels = new TableLabels(path);
  const blocks: Pixels[] = [];
  let [number, separator, width, perBlock, filled] = [0, ',', 0, 0, 0];
  let found: ReturnType<typeof labelColumn> | undefined;
  let titles: string[] | undefined;
  let started = false;
  let block = new Float32Array(0);
  for await (const line of readLines(path)) {
    number++;
    if (!line.trim()) continue;
    if (!started) separator = [';', '\t', ','].find((mark) => line.includes(mark)) ?? ' ';
    const fields = fieldsOf(separator === ' ' ? line.trim().replace(/ +/g, ' ') : line, separator);
    if (!started) {
      started = true;
      width = fields.length;
      if (holdsTitles(fields, path, options)) {
        titles = fields;
        continue;
      }
    }
    if (!found) {
      found = labelColumn(titles, fields, path, options.label);
      perBlock = Math.max(Math.floor(blockValues / width), 1);
      block = new Float32Array(perBlock * (width - 1));
    }
    if (fields.length !== width)
      throw malformed(path, number, `${fields.length} values, but ${width} in the lines before`);
    fields.forEach((field, i) => {
      if (i === found!.column) labels.add(field, number, i);
      const value = numberOf(field);
      if (Number.isNaN(value)) {
        if (i === found!.column) return;
        throw malformed(path, number, `value ${i + 1} is not a number`);
      }
      if (i === 0) first.add(value);
      if (i === width - 1) last.add(value);
      if (i !== found!.column) block[filled++] = value;
    });
    if (filled === block.length) {
      blocks.push(pack(block));
      filled = 0;
    }
  }
  if (!labels.length || width < 2) throw malformed(path, 1, 'there are no images');
  if (filled) blocks.push(pack(block.subarray(0, filled)));
  const { said, certain } = found!;
  return {
    path,
    width,
    labels,
    blocks,
    perBlock,
    said: `${titles ? 'titles in line 1' : 'no titles'}; ${said}`,
    certain,
    first,
    last,
  };
}

/** The images of these numbers with their labels. */
function takeRows(table: Table, numbers: Iterable<number>, count: number, areBytes: boolean): PlainSplit {
  const { width, perBlock, blocks } = table;
  const size = width - 1;
  const images = areBytes ? new Uint8Array(count * size) : new Float32Array(count * size);
  const labels = new Float32Array(count);
  let to = 0;
  for (const n of numbers) {
    const block = blocks[Math.floor(n / perBlock)]!;
    const from = (n % perBlock) * size;
    images.set(block.subarray(from, from + size), to * size);
    labels[to++] = table.labels.rows[n]!;
  }
  return { count, images, labels };
}

/** `csv:FILE`. Throws CNN4141, CNN4143, CNN4144, CNN4148 to CNN4151. */
export async function readCsv(source: Source): Promise<PlainDataset> {
  const { place, options, shape: wanted, network } = source;
  const table = await readTable(place, source);
  checkColumns(table, network);
  const tests = options.test ? await readTable(options.test, source) : undefined;
  if (tests && tests.width !== table.width)
    throw malformed(tests.path, 1, `${tests.width} values, but ${table.width} in \`${place}\``);
  const classes = nameClasses([table.labels, ...(tests ? [tests.labels] : [])], network);
  const layout = layoutOf([table.width - 1], wanted, `\`${place}\``, options.layout);
  if (wanted) checkShape(layout.shape, wanted, `\`${place}\``);
  const blocks = [...table.blocks, ...(tests?.blocks ?? [])].map((values) => ({ values, kind: 'text' as const }));
  const scale = scaleOf(blocks, 'values', options.scale);
  const areClasses = !network || Object.values(network.targets).some(({ classes }) => classes);
  const division = tests
    ? undefined
    : divide(table.labels.length, areClasses ? Float32Array.from(table.labels.rows) : undefined, options);
  const areBytes = scale.divisor === 255 && blocks.every(({ values }) => values instanceof Uint8Array);
  const part = (of: Table, numbers: Iterable<number>, count: number): PlainSplit => {
    const split = takeRows(of, numbers, count, areBytes);
    const images = arrange(split.images, [count, table.width - 1], [table.width - 1, 1], layout);
    return { ...split, images: divideBy(images, scale.divisor) };
  };
  const every = (of: Table) => part(of, of.labels.rows.keys(), of.labels.length);
  const { rows } = table.labels;
  const constant = rows.every((label) => label === rows[0]) ? [`all labels are ${classes?.[0] ?? rows[0]}`] : [];
  const decisions = [`${table.labels.length} lines, ${table.said}`, ...constant, scale.said];
  if (classes) decisions.push(`${classes.length} classes by name, from ${classes[0]} to ${classes.at(-1)}`);
  if (layout.said) decisions.push(layout.said);
  if (division) decisions.push(division.said);
  return {
    train: division ? part(table, division.train, division.train.length) : every(table),
    test: tests ? every(tests) : part(table, division!.test, division!.test.length),
    shape: layout.shape,
    ...(classes && { classes }),
    decisions,
  };
}

export const csv: Format<Split> = {
  name: 'csv',
  place: 'FILE',
  summary: 'one image a line: its label, a number or a word, and its pixels',
  options: [
    { name: 'label', takes: 'COLUMN', doc: 'column of labels: `first`, `last`, title, number from 1' },
    { name: 'header', doc: 'the first line holds titles' },
    { name: 'noheader', doc: 'the first line holds an image' },
    { name: 'test', takes: 'FILE', doc: 'a file of test images' },
    scale,
    layout,
    split,
    seed,
  ],
  read: readCsv,
};
