/**
 * @file What is mutated: a few small files of each kind, how they are read, and what was to be read. What is accepted is
 * compared with what readers say that were written apart (`naive.ts`); a picture that has none is at least as large as was asked for.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateSync, gzipSync } from 'node:zlib';
import type { Dataset } from '../../src/data/dataset.ts';
import { decodePicture } from '../../src/data/decode/picture.ts';
import { loadData } from '../../src/data/load-data.ts';
import { run } from '../cli/recorder.ts';
import { idx, npy, ramp, tinyMnist, zip } from '../data/files.ts';
import { loadModule } from '../support/load-module.ts';
import { cifarRecords, csvNumbers, idxElements, npyElements, pngPixels, tensorsOf, zipMembers } from './naive.ts';
import { onnxSubject } from './onnx-subject.ts';

/** Two lists that are to be the same: what was read, and what the file says. */
export type Compared = readonly [found: ArrayLike<number>, expected: ArrayLike<number>];

export interface Subject {
  readonly name: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Of the files, those that are mutated. */
  readonly mutated: readonly string[];
  readonly text?: true;
  /** Bytes that reading the sound files takes, where they are packed. */
  readonly unpacked?: number;
  /** Reads the files in the folder; throws what readers throw. */
  read(folder: string, mutated: string): Promise<Compared | undefined>;
}

const bytesOf = (folder: string, name: string) => new Uint8Array(readFileSync(join(folder, name)));

const network = (shape: readonly number[]) => ({
  inputs: { image: shape },
  targets: { label: { kind: 'class' as const, classes: 10 } },
});

const labels = ({ train, test }: Dataset) => [train, test].flatMap((part) => [...(part.labels as Int32Array)]);
const pixels = ({ train, test }: Dataset) => [train, test].flatMap((part) => [...(part.images as Float32Array)]);
const sorted = (values: Iterable<number>) => Float64Array.from(values).sort();

/** Four training and two test images of 3×2 pixels. */
function idxSubject(name: string, pack: (bytes: Buffer) => Uint8Array): Subject {
  const files = Object.fromEntries(Object.entries(tinyMnist()).map(([file, bytes]) => [file, pack(bytes)]));
  return {
    name,
    files,
    mutated: Object.keys(files),
    async read(folder) {
      const data = await loadData(`mnist:${folder}`, { network: network([1, 3, 2]) });
      const said = (role: string) =>
        ['train', 't10k'].flatMap((part) => idxElements(bytesOf(folder, `${part}-${role}`)));
      return [
        [...pixels(data), ...labels(data)],
        [...said('images-idx3-ubyte'), ...said('labels-idx1-ubyte')],
      ];
    },
  };
}

/** As many bytes as make a bound of twice the file one that can be missed. */
const LARGE = 4_000_000;

const largeIdx: Subject = {
  name: 'idx, large',
  files: {
    ...tinyMnist(),
    'train-images-idx3-ubyte': idx([LARGE / 400, 20, 20], ramp(LARGE)),
    'train-labels-idx1-ubyte': idx(
      [LARGE / 400],
      ramp(LARGE / 400).map((value) => value % 10),
    ),
    't10k-images-idx3-ubyte': idx([2, 20, 20], ramp(800)),
  },
  mutated: ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte'],
  async read(folder) {
    const { train } = await loadData(`mnist:${folder}`, { network: network([1, 20, 20]) });
    return [train.images as Uint8Array, bytesOf(folder, 'train-images-idx3-ubyte').subarray(16)];
  },
};

const cifar: Subject = {
  name: 'cifar',
  files: {
    ...Object.fromEntries(
      [1, 2, 3, 4, 5].map((k) => [`data_batch_${k}.bin`, Uint8Array.of(k, ...ramp(3072, k), 9 - k, ...ramp(3072, 9))]),
    ),
    'test_batch.bin': Uint8Array.of(7, ...ramp(3072, 50)),
  },
  mutated: ['data_batch_1.bin', 'data_batch_4.bin', 'test_batch.bin'],
  async read(folder) {
    const data = await loadData(`cifar10:${folder}`, { network: network([3, 32, 32]) });
    const records = readdirSync(folder)
      .sort()
      .map((name) => cifarRecords(bytesOf(folder, name)));
    return [
      [...labels(data), ...pixels(data)],
      [...records.flatMap((part) => part.labels), ...records.flatMap((part) => part.pixels)],
    ];
  },
};

const floats = (values: ArrayLike<number>) => new Uint8Array(Float32Array.from(values).buffer);
const longs = (values: readonly number[]) => new Uint8Array(BigInt64Array.from(values, BigInt).buffer);

const ARRAYS = {
  'x_train.npy': npy('<f4', [4, 1, 3, 2], floats(Array.from({ length: 24 }, (_, k) => k / 24))),
  'y_train.npy': npy('<i8', [4], longs([3, 1, 0, 2])),
  'x_test.npy': npy('<f4', [2, 1, 3, 2], floats(Array.from({ length: 12 }, (_, k) => -k / 12))),
  'y_test.npy': npy('|u1', [2], Uint8Array.of(1, 2)),
};

async function compareArrays(spec: string, members: () => Readonly<Record<string, Uint8Array>>): Promise<Compared> {
  const data = await loadData(`${spec},scale=1`, { network: network([1, 3, 2]) });
  const arrays = members();
  const said = (role: string) => ['train', 'test'].flatMap((part) => npyElements(arrays[`${role}_${part}.npy`]!));
  // The order of the axes is compared elsewhere.
  return [
    [...sorted(pixels(data)), ...labels(data)],
    [...sorted(Float32Array.from(said('x'))), ...said('y')],
  ];
}

const npyFiles: Subject = {
  name: 'npy',
  files: ARRAYS,
  mutated: Object.keys(ARRAYS),
  read: (folder) =>
    compareArrays(`npz:${folder}`, () =>
      Object.fromEntries(Object.keys(ARRAYS).map((name) => [name, bytesOf(folder, name)])),
    ),
};

function npzSubject(name: string, deflate: boolean): Subject {
  return {
    name,
    files: { 'set.npz': zip(ARRAYS, deflate) },
    mutated: ['set.npz'],
    read: (folder) => compareArrays(`npz:${folder}/set.npz`, () => zipMembers(bytesOf(folder, 'set.npz'))),
  };
}

const TABLE = [
  'label,a,b,c,d,e,f',
  ...Array.from({ length: 20 }, (_, k) => `${k % 4},${k},${k + 1},0,255,"7",${2 * k}`),
];

function csvSubject(name: string, pack: (text: string) => Uint8Array): Subject {
  return {
    name,
    files: { 'set.csv': pack(TABLE.join('\n')) },
    mutated: ['set.csv'],
    text: true,
    async read(folder) {
      const spec = `csv:${folder}/set.csv,scale=1,split=20%,label=first,header`;
      const data = await loadData(spec, { network: network([1, 3, 2]) });
      const said = csvNumbers(bytesOf(folder, 'set.csv')).slice(7);
      // Names of classes are numbered, separators other than the comma are sought.
      if (data.classes || said.some(Number.isNaN)) return undefined;
      return [sorted([...pixels(data), ...labels(data)]), sorted(Float32Array.from(said))];
    },
  };
}

/** A PNG of 8×8 pixels in RGB, its lines filtered in all five ways. */
function png(): Uint8Array {
  const lines = Uint8Array.from({ length: 8 * 25 }, (_, k) => (k % 25 ? (k * 37 + (k >> 3)) % 256 : (k / 25) % 5));
  const chunk = (name: string, body: Uint8Array) => {
    const named = Buffer.concat([Buffer.from(name), body]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(body.length);
    ends.writeInt32BE(crcOf(named), 4);
    return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)]);
  };
  const header = Buffer.from([0, 0, 0, 8, 0, 0, 0, 8, 8, 2, 0, 0, 0]);
  const parts = [chunk('IHDR', header), chunk('IDAT', deflateSync(lines)), chunk('IEND', new Uint8Array(0))];
  return new Uint8Array(Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), ...parts]));
}

/** Bit by bit, as the specification of PNG defines it. */
function crcOf(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}

const pictureFolder = fileURLToPath(new URL('../data/pictures/', import.meta.url));
const modelFolder = fileURLToPath(new URL('../exchange/onnx/', import.meta.url));

function pictureSubject(file: string, bytes: Uint8Array): Subject {
  return {
    name: `picture ${file}`,
    files: { [file]: bytes },
    mutated: [file],
    async read(folder) {
      const planes = await decodePicture(join(folder, file), { shape: [3, 8, 8], resize: 'stretch' });
      const said = file.endsWith('.png') ? pngPixels(bytesOf(folder, file)) : undefined;
      if (said?.width !== 8 || said.height !== 8) return [[planes.length], [192]];
      return [planes, Uint8Array.from(planes, (_, k) => said.pixels[3 * (k % 64) + Math.floor(k / 64)]!)];
    },
  };
}

export const NETWORK = `network Small {
  input image: [1, 28, 28]
  target label: class(10)
  logits = image -> conv(2, 5x5, stride: 4) -> batchnorm -> relu -> flatten -> dense(10)
  loss crossentropy(logits, label)
  metric accuracy(logits, label)
  output probs = softmax(logits)
}
train Small {
  data digits(train: 60, test: 10)
  optimizer adam(lr: 0.01)
  validation 10%
  batch 20
  epochs 2
}
`;

/** All files of a folder. */
function filesIn(folder: string): Record<string, Uint8Array> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, bytesOf(folder, name)]));
}

/** What the command line says; a mistake must have a code. */
async function command(...args: readonly string[]): Promise<void> {
  const { status, err } = await run(args);
  if (status === 0) return;
  const code = /\bCNN\d{4}\b/.exec(err)?.[0];
  throw Object.assign(new Error(err.slice(0, 2000)), { code: /internal error|\n {4}at /.test(err) ? undefined : code });
}

async function checkpointSubject(files: Readonly<Record<string, Uint8Array>>, name: string): Promise<Subject> {
  const { createTrainer } = await loadModule(NETWORK, { target: 'js' });
  const trainer = await createTrainer({ seed: 3 });
  const state = () => [...trainer.save()].join();
  return {
    name: `checkpoint ${name}`,
    files,
    mutated: [name],
    async read(folder) {
      const before = state();
      const bytes = bytesOf(folder, name);
      try {
        trainer.load(bytes);
      } catch (error) {
        if (state() !== before) throw new Error('a checkpoint that was refused has changed the trainer');
        throw error;
      }
      if (new TextDecoder('latin1').decode(bytes.subarray(0, 4000)).match(/"dtype":"(?!F32)/)) return undefined;
      const tensors = tensorsOf(bytes);
      const taken = [...trainer.parameters.entries()];
      return [taken.flatMap(([, { data }]) => [...data]), taken.flatMap(([key]) => tensors.get(key) ?? [])];
    },
  };
}

/** A run, of which one file is damaged when it is evaluated, shown or continued. */
function runSubject(files: Readonly<Record<string, Uint8Array>>, name: string, text: boolean): Subject {
  let turn = 0;
  return {
    name: `run, ${name}`,
    files,
    mutated: [name],
    ...(text && { text: true }),
    async read(folder) {
      const network = join(dirname(folder), 'net.cnn');
      const ways = [
        ['eval', folder],
        ['report', folder],
        ['train', network, '--out', folder, '--resume', '--threads', '1'],
      ];
      await command(...ways[turn++ % ways.length]!);
      return undefined;
    },
  };
}

/** All subjects; a run is trained in the folder for some of them. */
export async function makeSubjects(folder: string): Promise<Subject[]> {
  mkdirSync(folder, { recursive: true });
  const network = join(folder, 'net.cnn');
  writeFileSync(network, NETWORK);
  await command('train', network, '--out', join(folder, 'run'), '--threads', '1');
  const trained = filesIn(join(folder, 'run'));
  const pictures = readdirSync(pictureFolder).filter((name) => /\.(png|jpg|webp|gif)$/.test(name));
  return [
    ...pictures.map((name) => pictureSubject(name, bytesOf(pictureFolder, name))),
    ...Array.from({ length: 6 }, () => pictureSubject('rgb.png', png())),
    idxSubject('idx', (bytes) => bytes),
    idxSubject('idx, gzipped', (bytes) => gzipSync(bytes)),
    largeIdx,
    cifar,
    npyFiles,
    npzSubject('npz', false),
    npzSubject('npz, deflated', true),
    csvSubject('csv', (text) => new TextEncoder().encode(text)),
    csvSubject('csv, gzipped', (text) => gzipSync(text)),
    await checkpointSubject(trained, 'last.safetensors'),
    await checkpointSubject(trained, 'best.safetensors'),
    runSubject(trained, 'run.json', true),
    runSubject(trained, 'metrics.jsonl', true),
    runSubject(trained, 'last.safetensors', false),
    onnxSubject(bytesOf(modelFolder, 'torch.onnx')),
  ];
}
