/**
 * @file A table of images: one line per image, the class number, then the pixels channel by channel, row by row. Whole
 * numbers from 0 to 255 are bytes, anything else is taken as it is.
 */

import { type PlainDataset, type PlainSplit, sizeOf } from './dataset.ts';
import { readMaybeGzip } from './files.ts';
import { TrainerError } from './trainer-error.ts';

/** Where there is no file for testing, every sixth line is kept for it. */
const testEvery = 6;

function malformed(path: string, line: number, what: string): TrainerError {
  const hint = 'write the class number, then the pixels, separated by commas, one image per line';
  return new TrainerError('CNN4148', `\`${path}\`, line ${line}: ${what}`, hint);
}

function parseLine(line: string, path: string, number: number): Float64Array {
  const values = Float64Array.from(line.split(','), (field) => (field.trim() ? Number(field) : Number.NaN));
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw malformed(path, number, `value ${wrong + 1} is not a number`);
  return values;
}

async function readRows(path: string): Promise<Float64Array[]> {
  const lines = new TextDecoder().decode(await readMaybeGzip(path)).split(/\r?\n/);
  const rows: Float64Array[] = [];
  lines.forEach((line, index) => {
    const titles = index === 0 && !/^[\s\d.+-]+(,|$)/.test(line);
    if (!line.trim() || titles) return;
    const row = parseLine(line, path, index + 1);
    const width = rows[0]?.length ?? row.length;
    if (row.length !== width)
      throw malformed(path, index + 1, `${row.length} values, but ${width} in the lines before`);
    rows.push(row);
  });
  if (!rows.length || rows[0]!.length < 2) throw malformed(path, 1, 'there are no images');
  return rows;
}

function isByte(value: number): boolean {
  return value >= 0 && value <= 255 && value % 1 === 0;
}

function toSplit(rows: readonly Float64Array[], bytes: boolean): PlainSplit {
  const size = rows[0]!.length - 1;
  const images = bytes ? new Uint8Array(rows.length * size) : new Float32Array(rows.length * size);
  const labels = new Float32Array(rows.length);
  rows.forEach((row, n) => {
    labels[n] = row[0]!;
    images.set(row.subarray(1), n * size);
  });
  return { count: rows.length, images, labels };
}

/** The network's shape where the number of pixels agrees with it, else a square image, grey or in colour. */
export function shapeOfFlat(pixels: number, shape: readonly number[] | undefined): readonly number[] {
  if (shape && sizeOf(shape) === pixels) return shape;
  for (const channels of [1, 3]) {
    const edge = Math.sqrt(pixels / channels);
    if (Number.isInteger(edge)) return [channels, edge, edge];
  }
  return [1, 1, pixels];
}

/** `csv:FILE` or `csv:TRAIN,TEST`. Throws CNN4141, CNN4148. */
export async function readCsv(place: string, shape: readonly number[] | undefined): Promise<PlainDataset> {
  const [trainPath, testPath] = place.split(',');
  const rows = await readRows(trainPath!);
  const tests = testPath ? await readRows(testPath) : rows.filter((_, n) => n % testEvery === testEvery - 1);
  const trains = testPath ? rows : rows.filter((_, n) => n % testEvery !== testEvery - 1);
  if (!tests.length)
    throw malformed(trainPath!, rows.length, `${rows.length} images are too few to keep some for testing`);
  if (tests[0]!.length !== trains[0]!.length) {
    throw malformed(testPath!, 1, `${tests[0]!.length} values, but ${trains[0]!.length} in \`${trainPath}\``);
  }
  const bytes = [...trains, ...tests].every((row) => row.subarray(1).every(isByte));
  return {
    train: toSplit(trains, bytes),
    test: toSplit(tests, bytes),
    shape: shapeOfFlat(trains[0]!.length - 1, shape),
  };
}
