/**
 * @file IDX, the format of MNIST and of the sets made in its image: two zero bytes, the type of the elements (8: bytes),
 * the number of dimensions, each dimension as 32 bits big endian, then the elements, row-major.
 * Source: http://yann.lecun.com/exdb/mnist
 */

import { type PlainDataset, type PlainSplit, sizeOf } from './dataset.ts';
import { listFolder, readMaybeGzip } from './files.ts';
import { TrainerError } from './trainer-error.ts';

interface IdxArray {
  readonly path: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** CNN4142 for another format, CNN4143 when the length is not what the header promises. */
export function parseIdx(bytes: Uint8Array, rank: number, path: string): IdxArray {
  const header = 4 + 4 * rank;
  const magic = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const expected = `00 00 08 0${rank}`;
  if (magic !== expected.slice(0, magic.length || 1)) {
    const problem = `\`${path}\` is not an IDX file of bytes with ${rank} dimensions: it begins with ${magic || 'nothing'}, not ${expected}`;
    throw new TrainerError(
      'CNN4142',
      problem,
      'check that images and labels are not exchanged, and fetch the file again',
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const shape = Array.from({ length: rank }, (_, i) => (bytes.length < header ? 0 : view.getUint32(4 + 4 * i)));
  if (bytes.length < header || bytes.length !== header + sizeOf(shape)) {
    const promise = bytes.length < header ? `${header} of header` : header + sizeOf(shape);
    const problem = `\`${path}\` has ${bytes.length} bytes, but its header promises ${promise}`;
    throw new TrainerError('CNN4143', problem, 'the file is truncated or damaged: fetch it again');
  }
  return { path, shape, data: bytes.subarray(header) };
}

async function readArray(folder: string, names: readonly string[], pattern: string, rank: number): Promise<IdxArray> {
  const name = names.find((candidate) => new RegExp(`${pattern}[-.]idx${rank}-ubyte(\\.gz)?$`).test(candidate));
  if (name === undefined) {
    const wanted = pattern.replace(/\(([^|)]*)\|[^)]*\)/g, '$1').replace(/[(^)]/g, '');
    const problem = `\`${folder}\` has no file \`${wanted}-idx${rank}-ubyte\`, gzipped or not`;
    throw new TrainerError('CNN4141', problem, 'name the folder that holds the four IDX files');
  }
  const path = `${folder}/${name}`;
  return parseIdx(await readMaybeGzip(path), rank, path);
}

function pair(images: IdxArray, labels: IdxArray): PlainSplit {
  const count = images.shape[0]!;
  if (count === labels.shape[0] && count > 0) return { count, images: images.data, labels: labels.data };
  const problem = `\`${images.path}\` has ${count} images, but \`${labels.path}\` has ${labels.shape[0]} labels`;
  throw new TrainerError('CNN4144', problem, 'both files must describe the same images, at least one');
}

/** `mnist:DIR`: also Fashion-MNIST, KMNIST and EMNIST (whose names have a prefix). */
export async function readMnist(folder: string): Promise<PlainDataset> {
  const names = await listFolder(folder);
  const trainImages = await readArray(folder, names, '(^|-)train-images', 3);
  const prefix = names.find((name) => /(^|-)train-images/.test(name))!.split('train-images')[0]!;
  const mates = names.filter((name) => name.startsWith(prefix));
  const train = pair(trainImages, await readArray(folder, mates, '(^|-)train-labels', 1));
  const testImages = await readArray(folder, mates, '(t10k|test)-images', 3);
  const test = pair(testImages, await readArray(folder, mates, '(t10k|test)-labels', 1));
  const shape = [1, ...trainImages.shape.slice(1)];
  if (testImages.shape.slice(1).join() !== shape.slice(1).join()) {
    const problem = `the test images in \`${folder}\` are ${testImages.shape.slice(1).join('×')}, the training images ${shape.slice(1).join('×')}`;
    throw new TrainerError('CNN4144', problem, 'use files of one data set');
  }
  return { train, test, shape };
}
