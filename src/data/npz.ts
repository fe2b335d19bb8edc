/**
 * @file NumPy's archives: a zip file of `.npy` arrays, stored or deflated. Sources: NumPy's format description
 * (numpy.lib.format) and PKWARE's APPNOTE 4.3.
 */

import { shapeOfFlat } from './csv.ts';
import { type Dataset, type Labels, type Pixels, sizeOf } from './dataset.ts';
import { decompress, readBytes } from './files.ts';
import { TrainerError } from './trainer-error.ts';

function malformed(path: string, what: string): TrainerError {
  return new TrainerError(
    'CNN4149',
    `\`${path}\`: ${what}`,
    'write it with numpy.savez(file, x_train=, y_train=, x_test=, y_test=)',
  );
}

interface Member {
  readonly method: number;
  readonly bytes: Uint8Array;
}

/** The members of a zip file by the central directory at its end. */
function readDirectory(bytes: Uint8Array, path: string): Map<string, Member> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw malformed(path, 'it is no zip archive, or it is truncated');
  const members = new Map<string, Member>();
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    const nameLength = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    const local = view.getUint32(at + 42, true);
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    members.set(name, {
      method: view.getUint16(at + 10, true),
      bytes: bytes.subarray(start, start + view.getUint32(at + 20, true)),
    });
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return members;
}

interface NumpyArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array | Int32Array | Float32Array;
}

/** The little-endian types that images and labels come in. */
const elements = {
  '|u1': Uint8Array,
  '|b1': Uint8Array,
  '|i1': Int8Array,
  '<u2': Uint16Array,
  '<i2': Int16Array,
  '<u4': Uint32Array,
  '<i4': Int32Array,
  '<u8': BigUint64Array,
  '<i8': BigInt64Array,
  '<f4': Float32Array,
  '<f8': Float64Array,
};

function parseArray(bytes: Uint8Array, path: string, name: string): NumpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const start = bytes[6] === 1 ? 10 : 12;
  const length = bytes[6] === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const header = new TextDecoder().decode(bytes.subarray(start, start + length));
  const type = /'descr': '([^']*)'/.exec(header)?.[1] ?? 'unknown';
  const extents = /'shape': \(([^)]*)\)/.exec(header)?.[1];
  if (bytes[0] !== 0x93 || extents === undefined) throw malformed(path, `\`${name}\` is no NumPy array`);
  const Element = elements[type as keyof typeof elements];
  if (!Element || header.includes("'fortran_order': True")) {
    throw malformed(
      path,
      `\`${name}\` is of type ${type} or in Fortran order; bytes, integers and floats in C order can be read`,
    );
  }
  const shape = extents
    .split(',')
    .filter((extent) => extent.trim())
    .map(Number);
  const body = new Uint8Array(bytes.subarray(start + length)); // a copy of its own is aligned
  if (body.length !== Element.BYTES_PER_ELEMENT * sizeOf(shape)) throw malformed(path, `\`${name}\` is truncated`);
  const values = new Element(body.buffer);
  const data = values instanceof Uint8Array ? values : Float32Array.from(values as ArrayLike<number>, Number);
  return { shape, data };
}

/** N×H×W×C becomes N×C×H×W. */
function channelsFirst({ shape, data }: NumpyArray): NumpyArray {
  const [count, height, width, channels] = shape as [number, number, number, number];
  const moved = data.slice();
  const pixels = height * width;
  for (let i = 0; i < data.length; i++) {
    const channel = i % channels;
    const pixel = Math.floor(i / channels) % pixels;
    moved[(Math.floor(i / channels / pixels) * channels + channel) * pixels + pixel] = data[i]!;
  }
  return { shape: [count, channels, height, width], data: moved };
}

function asImages(array: NumpyArray, wanted: readonly number[] | undefined): NumpyArray {
  const rest = array.shape.slice(1);
  if (rest.length === 2) return { shape: [array.shape[0]!, 1, ...rest], data: array.data };
  if (rest.length === 3) {
    const last = rest[2]! <= 4 && rest[0]! > 4 && rest.join() !== wanted?.join();
    return last ? channelsFirst(array) : array;
  }
  return { shape: [array.shape[0]!, ...shapeOfFlat(sizeOf(rest), wanted)], data: array.data };
}

/** What a network takes: inputs with their shapes, and targets. */
export interface NetworkPorts {
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly targets: Readonly<Record<string, unknown>>;
}

type Arrays = Record<string, NumpyArray>;

/** The value of the only key. */
export function soleOf<Value>(values: Readonly<Record<string, Value>>): Value | undefined {
  const [first, ...rest] = Object.values(values);
  return rest.length ? undefined : first;
}

/** A single array is called `x` or `y`; several have the names that the network gives them. */
function namesOf(ports: Readonly<Record<string, unknown>> | undefined, single: string): string[] {
  const names = Object.keys(ports ?? { [single]: 0 });
  return names.length === 1 ? [single] : names;
}

function checkCounts(images: Arrays, labels: Arrays, path: string): number {
  const [[first, { shape }]] = Object.entries(images) as [[string, NumpyArray]];
  const count = shape[0] ?? 0;
  for (const [name, array] of Object.entries({ ...images, ...labels })) {
    const length = array.shape[0] ?? 0;
    if (count > 0 && length === count) continue;
    const what = name in labels ? 'labels' : 'images';
    const problem = `\`${path}\`: \`${first}\` has ${count} images, but \`${name}\` has ${length} ${what}`;
    throw new TrainerError('CNN4144', problem, 'both arrays must describe the same images, at least one');
  }
  return count;
}

function valuesOf<Values>(arrays: Arrays): Values {
  const entries = Object.entries(arrays).map(([name, { data }]) => [name.replace(/_[^_]*$/, ''), data] as const);
  return (entries.length === 1 ? entries[0]![1] : Object.fromEntries(entries)) as Values;
}

/**
 * `npz:FILE` with x_train, y_train, x_test, y_test; with several inputs or targets, their names instead of x and y. Throws
 * CNN4141, CNN4143, CNN4144, CNN4149.
 */
export async function readNpz(
  path: string,
  shape: readonly number[] | undefined,
  network?: NetworkPorts,
): Promise<Dataset> {
  const bytes = await readBytes(path);
  let members: Map<string, Member>;
  try {
    members = readDirectory(bytes, path);
  } catch (error) {
    throw error instanceof RangeError ? malformed(path, 'its directory is damaged') : error;
  }
  const read = async (name: string): Promise<NumpyArray> => {
    const member = members.get(`${name}.npy`);
    if (!member)
      throw malformed(path, `there is no array \`${name}\`; it has ${[...members.keys()].join(', ') || 'none'}`);
    const content = member.method === 0 ? member.bytes : await decompress(member.bytes, 'deflate-raw', path);
    if (content.length < 12) throw malformed(path, `\`${name}\` is truncated`);
    return parseArray(content, path, name);
  };
  const readSplit = async (part: string) => {
    const [images, labels]: [Arrays, Arrays] = [{}, {}];
    for (const name of namesOf(network?.inputs, 'x')) {
      images[`${name}_${part}`] = asImages(await read(`${name}_${part}`), network?.inputs[name] ?? shape);
    }
    for (const name of namesOf(network?.targets, 'y')) labels[`${name}_${part}`] = await read(`${name}_${part}`);
    const count = checkCounts(images, labels, path);
    const shapes = Object.values(images).map((array) => array.shape.slice(1));
    return { shapes, split: { count, images: valuesOf<Pixels>(images), labels: valuesOf<Labels>(labels) } };
  };
  const train = await readSplit('train');
  const test = await readSplit('test');
  if (test.shapes.join('/') !== train.shapes.join('/')) {
    throw new TrainerError(
      'CNN4144',
      `\`${path}\`: test and training images differ in shape`,
      'use arrays of one data set',
    );
  }
  return { train: train.split, test: test.split, ...(train.shapes.length === 1 ? { shape: train.shapes[0] } : {}) };
}
