/**
 * @file IDX, the format of MNIST and of the sets made in its image: two zero bytes, the type of the elements (8: bytes),
 * the number of dimensions, each dimension as 32 bits big endian, then the elements, row-major.
 * Source: http://yann.lecun.com/exdb/mnist
 */

import { namesOfSet, onlyOne } from './choose-file.ts';
import { type PlainDataset, type PlainSplit, type Split, sizeOf } from './dataset.ts';
import type { Source } from './format.ts';
import { type Format, set } from './format.ts';
import { reorder } from './npy.ts';
import { listFolder, readUpTo } from './read-files.ts';
import { TrainerError } from './trainer-error.ts';

interface IdxArray {
  readonly path: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** The extents in a header. CNN4142 for another format. */
function shapeOf(header: Uint8Array, rank: number, path: string): number[] {
  const magic = Array.from(header.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const expected = `00 00 08 0${rank}`;
  if (magic !== expected.slice(0, magic.length || 1)) {
    const problem = `\`${path}\` is not an IDX file of bytes with ${rank} dimensions: it begins with ${magic || 'nothing'}, not ${expected}`;
    throw new TrainerError(
      'CNN4142',
      problem,
      'check that images and labels are not exchanged, and fetch the file again',
    );
  }
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  return Array.from({ length: rank }, (_, i) => (header.length < 4 + 4 * rank ? 0 : view.getUint32(4 + 4 * i)));
}

/** CNN4143 when the length is not what the header promises. */
export async function readIdx(path: string, rank: number): Promise<IdxArray> {
  const header = 4 + 4 * rank;
  const bytes = await readUpTo(path, header, (head) => header + sizeOf(shapeOf(head, rank, path)));
  const shape = shapeOf(bytes.subarray(0, header), rank, path);
  const wanted = header + sizeOf(shape);
  if (bytes.length < header || bytes.length !== wanted) {
    const promise = bytes.length < header ? `${header} of header` : wanted;
    const found = bytes.length > wanted ? 'more' : `${bytes.length}`;
    const problem = `\`${path}\` has ${found} bytes, but its header promises ${promise}`;
    throw new TrainerError('CNN4143', problem, 'the file is truncated or damaged: fetch it again');
  }
  return { path, shape, data: bytes.subarray(header) };
}

function find(folder: string, names: readonly string[], role: string, rank: number): string {
  const form = new RegExp(`${role}[-.]idx${rank}-ubyte(\\.gz)?$`);
  const found = onlyOne(
    folder,
    names.filter((name) => form.test(name)),
  );
  if (found !== undefined) return found;
  const wanted = role
    .replace(/\(\?:\^\|-\)|\^/g, '')
    .replace('(?:t10k|test)', 't10k')
    .replaceAll('\\', '');
  const problem = `\`${folder}\` has no file \`${wanted}-idx${rank}-ubyte\`, gzipped or not`;
  throw new TrainerError('CNN4141', problem, 'name the folder that holds the four IDX files');
}

function pair(images: IdxArray, labels: IdxArray): PlainSplit {
  const count = images.shape[0]!;
  if (count === labels.shape[0] && count > 0) return { count, images: images.data, labels: labels.data };
  const problem = `\`${images.path}\` has ${count} images, but \`${labels.path}\` has ${labels.shape[0]} labels`;
  throw new TrainerError('CNN4144', problem, 'both files must describe the same images, at least one');
}

/** Pictures with rows for columns, as those of EMNIST are stored. */
function transposed({ path, shape, data }: IdxArray): IdxArray {
  const [count = 0, height = 0, width = 0] = shape;
  const turned = reorder(data, [count, width, height], [height * width, 1, width]) as Uint8Array;
  return { path, shape: [count, width, height], data: turned };
}

/**
 * `mnist:DIR`: also Fashion-MNIST, KMNIST and EMNIST, whose names have a prefix; `set=letters` chooses among several sets, and
 * `transpose` exchanges rows and columns.
 */
export async function readMnist({ place: folder, options }: Source): Promise<PlainDataset> {
  const all = await listFolder(folder);
  const names = namesOfSet(folder, all, options.set);
  const first = find(folder, names, '(?:^|-)train-images', 3);
  const prefix = first.split('train-images')[0]!;
  const read = (role: string, rank: number) => {
    const name = find(folder, names, `^${prefix.replace(/\W/g, '\\$&')}${role}`, rank);
    return readIdx(`${folder}/${name}`, rank);
  };
  const isTransposed = options.transpose !== undefined;
  const readImages = async (role: string) => {
    const images = await read(role, 3);
    return isTransposed ? transposed(images) : images;
  };
  const trainImages = await readImages('train-images');
  const train = pair(trainImages, await read('train-labels', 1));
  const testImages = await readImages('(?:t10k|test)-images');
  const test = pair(testImages, await read('(?:t10k|test)-labels', 1));
  const shape = [1, ...trainImages.shape.slice(1)];
  if (testImages.shape.slice(1).join() !== shape.slice(1).join()) {
    const problem = `the test images in \`${folder}\` are ${testImages.shape.slice(1).join('×')}, the training images ${shape.slice(1).join('×')}`;
    throw new TrainerError('CNN4144', problem, 'use files of one data set');
  }
  const decisions = options.set === undefined && !prefix ? [] : [`files ${prefix}*`];
  const isTurned = /emnist/i.test(prefix) && !isTransposed;
  if (isTransposed) decisions.push('rows and columns exchanged (transpose)');
  else if (isTurned)
    decisions.push('pictures of EMNIST are stored with rows for columns: `transpose` shows them upright');
  return { train, test, shape, decisions };
}

export const mnist: Format<Split> = {
  name: 'mnist',
  place: 'DIR',
  summary: 'the four IDX files, gzipped or not; Fashion-MNIST and EMNIST have the same form',
  options: [set, { name: 'transpose', doc: 'rows for columns, as EMNIST stores its pictures' }],
  // Files of this kind may hold images of another size, and EMNIST's more classes.
  read: readMnist,
  known: {
    from: 'MNIST is at https://ossci-datasets.s3.amazonaws.com/mnist/, Fashion-MNIST at https://github.com/zalandoresearch/fashion-mnist, and `--data digits` needs no files',
    shape: [1, 0, 0],
    classes: 10,
    characters: true,
  },
};
