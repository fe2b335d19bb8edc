/** @file Small data sets as files, in the formats that the playground takes: digits 0 to 2, drawn as the compiler draws them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32, deflateSync, gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { drawDigits } from '../../src/data/digits.ts';

const [EDGE, CLASSES] = [28, 3];
const AREA = EDGE * EDGE;

interface Digit {
  readonly label: number;
  readonly pixels: Uint8Array;
}

function digits(): readonly Digit[] {
  const { train } = drawDigits(600, 10, 1);
  const [images, labels] = [train.images as Uint8Array, train.labels as Uint8Array];
  return [...labels].flatMap((label, n) =>
    label < CLASSES ? [{ label, pixels: images.slice(n * AREA, (n + 1) * AREA) }] : [],
  );
}

function idx(extents: readonly number[], bytes: Uint8Array): Uint8Array {
  const head = new DataView(new ArrayBuffer(4 + 4 * extents.length));
  head.setUint32(0, 0x0800 + extents.length);
  for (const [k, extent] of extents.entries()) head.setUint32(4 + 4 * k, extent);
  return Buffer.concat([new Uint8Array(head.buffer), bytes]);
}

function npy(type: string, shape: readonly number[], bytes: Uint8Array): Uint8Array {
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`.padEnd(117);
  return Buffer.concat([Buffer.from(`\x93NUMPY\x01\x00\x76\x00${header}\n`, 'latin1'), bytes]);
}

/** In colours. */
function png({ pixels }: Digit): Uint8Array {
  const chunk = (name: string, bytes: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(name), bytes]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(bytes.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(EDGE, 0);
  head.writeUInt32BE(EDGE, 4);
  head.set([8, 2], 8);
  const rows = Buffer.alloc(EDGE * (3 * EDGE + 1));
  for (const [at, value] of pixels.entries()) {
    const place = Math.floor(at / EDGE) * (3 * EDGE + 1) + 1 + 3 * (at % EDGE);
    rows.set([value, value / 2, value / 4], place);
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
  return Buffer.concat([
    signature,
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Writes all of them below a folder. */
export function writeOwnData(folder: string) {
  const all = digits();
  const [train, test] = [all.slice(0, 150), all.slice(150)];
  const images = (of: readonly Digit[]) => Buffer.concat(of.map(({ pixels }) => pixels));
  const labels = (of: readonly Digit[]) => Uint8Array.from(of, ({ label }) => label);
  const write = (name: string, content: Uint8Array | string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const sets = [
    ['train', train],
    ['t10k', test],
  ] as const;
  const mnist = sets.flatMap(([name, of]) => [
    write(`mnist/${name}-images-idx3-ubyte.gz`, gzipSync(idx([of.length, EDGE, EDGE], images(of)))),
    write(`mnist/${name}-labels-idx1-ubyte`, idx([of.length], labels(of))),
  ]);
  const fractions = (of: readonly Digit[]) =>
    new Uint8Array(Float32Array.from(images(of), (byte) => byte / 255).buffer);
  const npz = zipSync({
    'x_train.npy': npy('<f4', [train.length, 1, EDGE, EDGE], fractions(train)),
    'y_train.npy': npy('|u1', [train.length], labels(train)),
    'x_test.npy': npy('<f4', [test.length, 1, EDGE, EDGE], fractions(test)),
    'y_test.npy': npy('|u1', [test.length], labels(test)),
  });
  const lines = all.map(({ label, pixels }) => [label, ...pixels].join());
  for (const [k, digit] of all.entries()) write(`pictures/${['zero', 'one', 'two'][digit.label]}/${k}.png`, png(digit));
  write('pictures/two/broken.png', 'no picture');
  return {
    mnist,
    npz: write('digits.npz', npz),
    csv: write('digits.csv', `${lines.join('\n')}\n`),
    doubtful: write('words.csv', `a,1,2\n${lines[0]}\n`),
    pictures: join(folder, 'pictures'),
    other: write('notes.txt', 'nothing'),
    images: all.length,
  };
}
