/**
 * @file CIFAR's binary records: one label byte (two for CIFAR-100: coarse, then fine), then 3×32×32 bytes.
 * Source: https://www.cs.toronto.edu/~kriz/cifar.html
 */

import { namesOfSet, onlyOne } from './choose-file.ts';
import type { PlainDataset, PlainSplit, Split } from './dataset.ts';
import type { Source } from './format.ts';
import { type Format, set } from './format.ts';
import { listFolder, readUpTo } from './read-files.ts';
import { TrainerError } from './trainer-error.ts';

const imageBytes = 3 * 32 * 32;
/** The whole of a CIFAR; no file has more. */
const mostImages = 60_000;
/** Of the names of the classes. */
const mostText = 2 ** 16;

interface Form {
  readonly name: string;
  readonly labelBytes: number;
  readonly classes: number;
  readonly train: RegExp;
  readonly test: RegExp;
  readonly names: RegExp;
}

/** A part of a set may carry a suffix, as in `data_batch_1.first4000.bin`. */
const ten: Form = {
  name: 'data_batch_1.bin',
  labelBytes: 1,
  classes: 10,
  train: /^(data_batch_\d).*\.bin(\.gz)?$/,
  test: /^(test_batch).*\.bin(\.gz)?$/,
  names: /^batches\.meta\.txt$/,
};

const hundred: Form = {
  name: 'train.bin',
  labelBytes: 2,
  classes: 100,
  train: /^(train).*\.bin(\.gz)?$/,
  test: /^(test).*\.bin(\.gz)?$/,
  names: /^fine_label_names\.txt$/,
};

function checkRecords(bytes: Uint8Array, path: string, form: Form): void {
  const record = form.labelBytes + imageBytes;
  if (!bytes.length || bytes.length % record) {
    const length = bytes.length > record * mostImages ? 'too many' : bytes.length;
    const problem = `\`${path}\` has ${length} bytes, which is not a whole number of records of ${record} bytes`;
    throw new TrainerError('CNN4143', problem, 'the file is truncated or of another kind: fetch it again');
  }
  for (let at = form.labelBytes - 1; at < bytes.length; at += record) {
    if (bytes[at]! < form.classes) continue;
    const problem = `\`${path}\` has the label ${bytes[at]} in record ${Math.floor(at / record)}, but there are ${form.classes} classes`;
    throw new TrainerError('CNN4142', problem, 'check that the file is of this kind of CIFAR');
  }
}

/** One file for each batch: those of the set where it has one. */
function choosePaths(folder: string, names: readonly string[], pattern: RegExp, set: string | undefined): string[] {
  const own = namesOfSet(folder, names, set);
  const batches = new Set(names.flatMap((name) => pattern.exec(name)?.[1] ?? []));
  return [...batches].map((batch) => {
    const ofBatch = (name: string) => pattern.exec(name)?.[1] === batch;
    const found = own.filter(ofBatch);
    return `${folder}/${onlyOne(folder, found.length ? found : namesOfSet(folder, names.filter(ofBatch), undefined))}`;
  });
}

async function readSplit(
  { place: folder, options }: Source,
  names: readonly string[],
  pattern: RegExp,
  form: Form,
): Promise<PlainSplit> {
  const paths = choosePaths(folder, names, pattern, options.set);
  if (!paths.length) {
    const wanted =
      pattern === form.train
        ? form.name
        : form.name.replace(/data_batch_1|train/, (name) => (name === 'train' ? 'test' : 'test_batch'));
    throw new TrainerError(
      'CNN4141',
      `\`${folder}\` has no file such as \`${wanted}\``,
      'name the folder of the binary version',
    );
  }
  const record = form.labelBytes + imageBytes;
  const files = await Promise.all(paths.map((path) => readUpTo(path, 0, () => record * mostImages)));
  for (const [i, bytes] of files.entries()) checkRecords(bytes, paths[i]!, form);
  const count = files.reduce((sum, bytes) => sum + bytes.length / record, 0);
  const images = new Uint8Array(count * imageBytes);
  const labels = new Uint8Array(count);
  let n = 0;
  for (const bytes of files) {
    for (let at = 0; at < bytes.length; at += record, n++) {
      labels[n] = bytes[at + form.labelBytes - 1]!;
      images.set(bytes.subarray(at + form.labelBytes, at + record), n * imageBytes);
    }
  }
  return { count, images, labels };
}

async function readText(path: string): Promise<string> {
  const bytes = await readUpTo(path, 0, () => mostText);
  if (bytes.length <= mostText) return new TextDecoder().decode(bytes);
  throw new TrainerError('CNN4142', `\`${path}\` is too long for names of classes`, 'fetch the file again');
}

async function readForm(source: Source, form: Form): Promise<PlainDataset> {
  const { place: folder } = source;
  const names = await listFolder(folder);
  const train = await readSplit(source, names, form.train, form);
  const test = await readSplit(source, names, form.test, form);
  const listed = names.find((name) => form.names.test(name));
  const text = listed ? await readText(`${folder}/${listed}`) : '';
  const classes = text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  return { train, test, shape: [3, 32, 32], ...(classes.length === form.classes ? { classes } : {}) };
}

export const cifar10: Format<Split> = {
  name: 'cifar10',
  place: 'DIR',
  summary: 'CIFAR-10, the binary version',
  options: [set],
  read: (source) => readForm(source, ten),
  known: {
    from: 'CIFAR-10, binary version, is at https://www.cs.toronto.edu/~kriz/cifar.html',
    shape: [3, 32, 32],
    classes: 10,
    normalize: 'normalize mean: [0.491, 0.482, 0.447], std: [0.247, 0.243, 0.262]',
  },
};

export const cifar100: Format<Split> = {
  name: 'cifar100',
  place: 'DIR',
  summary: 'CIFAR-100, the binary version',
  options: [set],
  read: (source) => readForm(source, hundred),
  known: {
    from: 'CIFAR-100, binary version, is at https://www.cs.toronto.edu/~kriz/cifar.html',
    shape: [3, 32, 32],
    classes: 100,
    normalize: 'normalize mean: [0.507, 0.487, 0.441], std: [0.267, 0.256, 0.276]',
  },
};
