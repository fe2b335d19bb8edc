/**
 * @file A picture of pictures: some images of each class, as the network sees them, normalised, augmented, and shown as far
 * as that can be shown. A row for each class, its name before it.
 */
import type { Sharp } from 'sharp';
import { type AnySplit, isStreamed, type Labels, type Pixels, sizeOf } from '../../data/dataset.ts';
import { type Decoder, loadDecoder } from '../../data/decode/decoder.ts';
import { Random, shuffle } from '../../data/random.ts';
import { TrainerError } from '../../data/trainer-error.ts';
import { imageIndex, makeFeed } from '../../runtime/batch.ts';
import type { InputLayout, NetworkDescription } from '../../runtime/executable.ts';
import { mixer } from '../../runtime/mix.ts';
import { retoucher } from '../../runtime/retouch.ts';
import { Stager } from '../../runtime/staging.ts';
import type { Elaboration } from '../../semantics/model.ts';
import { AUGMENTATIONS } from '../../training/words.ts';
import { writeFiles } from '../write-files.ts';
import type { DataReport } from './examine.ts';

const COLUMNS = 8;
const MOST_ROWS = 40;
/** Pixels between images, and of the column of names. */
const GAP = 6;
const NAMES = 150;
/** Smaller images are enlarged. */
const SMALLEST = 64;

/** Writes a PNG file. CNN4145 for images that cannot be shown, CNN4155 without the package. */
export async function writeContactSheet(
  path: string,
  report: DataReport,
  elaboration: Elaboration | undefined,
): Promise<void> {
  const { shape } = report.data;
  if (shape?.length !== 3 || ![1, 3, 4].includes(shape[0]!))
    throw new TrainerError(
      'CNN4145',
      `images of ${shape?.join('×') ?? 'several inputs'} cannot be drawn`,
      'a contact sheet shows images of 1, 3 or 4 channels, height and width',
    );
  const rows = chooseRows(report);
  const images = rows.flatMap(({ images }) => images);
  const seen = await seenImages(report.data.train, images, shape, elaboration);
  await writeFiles(new Map([[path, await draw(await loadDecoder(), rows, seen, shape)]]));
}

interface Row {
  readonly name: string;
  /** Numbers of training images. */
  readonly images: readonly number[];
}

/** Images of each class from all over the set; without classes, of the whole set. */
function chooseRows({ data, classes }: DataReport): Row[] {
  const { train } = data;
  if (!classes) return [{ name: '', images: spread(Array.from({ length: train.count }, (_, n) => n)) }];
  const labels = (ArrayBuffer.isView(train.labels) ? train.labels : Object.values(train.labels!)[0]!) as Labels;
  const ofClass = classes.names.map(() => [] as number[]);
  for (const [n, label] of labels.entries()) ofClass[label]!.push(n);
  return classes.names.slice(0, MOST_ROWS).map((name, k) => ({ name, images: spread(ofClass[k]!) }));
}

function spread(numbers: readonly number[]): number[] {
  const count = Math.min(COLUMNS, numbers.length);
  return Array.from({ length: count }, (_, k) => numbers[Math.floor((k * numbers.length) / count)]!);
}

async function pixelsOf(train: AnySplit, images: readonly number[], size: number): Promise<Pixels> {
  const indices = Int32Array.from(images);
  if (isStreamed(train)) {
    const bytes = new Uint8Array(images.length * size);
    await train.images.read(indices, bytes);
    return bytes;
  }
  const all = train.images as Pixels;
  const taken = all.slice(0, images.length * size);
  for (const [k, n] of indices.entries()) taken.set(all.subarray(n * size, (n + 1) * size), k * size);
  return taken;
}

const EFFECTS = Object.fromEntries(AUGMENTATIONS.map(({ name, effect }) => [name, effect]));

/** The values that the first layer gets, brought back to 0 to 255 by undoing what `normalize` does. */
async function seenImages(
  train: AnySplit,
  images: readonly number[],
  shape: readonly number[],
  elaboration: Elaboration | undefined,
): Promise<Uint8Array> {
  const size = sizeOf(shape);
  const plane = size / shape[0]!;
  const [name = 'image'] = elaboration?.training.inputs.map((input) => input.name) ?? [];
  const normalize = elaboration?.settings.normalize?.get(name);
  const layout: InputLayout = { name, role: 'image', shape, offset: 0, blockStride: 0, normalize };
  const network = { inputs: { [name]: shape }, targets: {} } as Pick<NetworkDescription, 'inputs' | 'targets'>;
  const source = { network: network as NetworkDescription, lanes: 1 };
  const program = { inputs: [layout], outputs: [], zero: [], loss: -1, metrics: [] };
  const memory = new Float32Array(size);
  const parts = { stageAugmented: retoucher(EFFECTS), stageMixed: mixer(EFFECTS) };
  const stager = new Stager(source, program, memory, 0, parts);
  const feed = makeFeed(source.network);
  feed.inputs[0]!.values = await pixelsOf(train, images, size);
  feed.count = images.length;
  const { augment, seed } = elaboration?.settings ?? { augment: undefined, seed: 0 };
  feed.augment = augment;
  // So that images of different classes meet, as they do in training.
  if (augment?.mix) shuffle((feed.order = Int32Array.from(images.keys())), new Random(seed, 'sheet'));
  const seen = new Uint8Array(images.length * size);
  for (let n = 0; n < images.length; n++) {
    // All images of a step are mixed in the same shares, so each is shown as one of its own.
    stager.stage([0], n, feed, { seed, step: augment?.mix ? n : 0 });
    const place = imageIndex(feed, n);
    for (let i = 0; i < size; i++) {
      const channel = Math.floor(i / plane);
      const value = memory[i]! * (normalize?.deviation[channel] ?? 1) + (normalize?.mean[channel] ?? 0);
      seen[place * size + i] = Math.max(0, Math.min(255, Math.round(255 * value)));
    }
  }
  return seen;
}

const CANVAS = [255, 255, 255];

async function draw(sharp: Decoder, rows: readonly Row[], seen: Uint8Array, shape: readonly number[]): Promise<Buffer> {
  const [channels, height, width] = shape as [number, number, number];
  const scale = Math.max(1, Math.ceil(SMALLEST / Math.max(height, width)));
  const [cellHeight, cellWidth] = [height * scale + GAP, width * scale + GAP];
  const sheet = { width: NAMES + COLUMNS * cellWidth, height: rows.length * cellHeight + GAP };
  const pixels = new Uint8Array(sheet.width * sheet.height * 3).fill(CANVAS[0]!);
  const colour = (at: number, channel: number) => seen[at + (channels === 1 ? 0 : channel * height * width)]!;
  let n = 0;
  rows.forEach(({ images }, row) => {
    images.forEach((_, column) => {
      const from = n++ * channels * height * width;
      const [top, left] = [GAP + row * cellHeight, NAMES + column * cellWidth];
      for (let y = 0; y < height * scale; y++)
        for (let x = 0; x < width * scale; x++) {
          const at = from + Math.floor(y / scale) * width + Math.floor(x / scale);
          const to = 3 * ((top + y) * sheet.width + left + x);
          for (let channel = 0; channel < 3; channel++) pixels[to + channel] = colour(at, channel);
        }
    });
  });
  const drawn = sharp(pixels, { raw: { ...sheet, channels: 3 } });
  return withNames(drawn, rows, cellHeight).png().toBuffer();
}

const LINE = 18;
const LONGEST_NAME = 18;

/** Text is drawn by the system's fonts. */
function withNames(sheet: Sharp, rows: readonly Row[], cellHeight: number): Sharp {
  const names = rows.flatMap(({ name }, row) => {
    if (!name) return [];
    const text = name.replace(/[<>&]/g, ' ').slice(0, LONGEST_NAME);
    const input = { text: { text, font: 'sans 11', dpi: 96, rgba: true } };
    return [{ input, left: GAP, top: GAP + row * cellHeight + Math.max(0, Math.floor((cellHeight - GAP - LINE) / 2)) }];
  });
  return sheet.composite(names);
}
