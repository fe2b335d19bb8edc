/** @file What the best weights of a run do with images that they have not learnt from, for the page of the run. */

import { type AnySplit, isStreamed, type Pixels, sizeOf } from '../data/dataset.ts';
import { base64, type DrawnPlanes, planesOf, rangeOf, shrink, toBytes } from '../report/bytes.ts';
import { type Classified, classFigures, countPairs } from '../report/class-figures.ts';
import type {
  ConfusionTable,
  DrawnFilters,
  Examined,
  ExampleKind,
  PictureInside,
  ShownPicture,
} from '../report/run-report.ts';
import type { AnyTrainer } from '../runtime/any-trainer.ts';
import type { Elaboration } from '../semantics/model.ts';
import { classifyImages } from './classify-images.ts';
import { Looker } from './look-inside.ts';
import { type TakenBatch, takeBatch } from './take-batch.ts';

export interface ExamineRequest {
  readonly elaboration: Elaboration;
  /** With the best weights. */
  readonly trainer: AnyTrainer;
  readonly images: AnySplit;
  /** The file of each, where each has its own. */
  readonly files?: readonly string[] | undefined;
  /** `test`. */
  readonly part: string;
  readonly classes?: readonly string[] | undefined;
  /** Where they have been classified already. */
  readonly classified?: Classified | undefined;
}

/** Letters of the page for pictures, and bytes for the maps of layers. */
const PICTURE_BUDGET = 420_000;
const MAP_BUDGET = 300_000;

const MISTAKES = 24;
const INSIDES = 6;
/** Classes of which there is a table. */
const MOST_CLASSES = 25;
const PER_CELL = 6;
const THUMBNAIL = 40;
const LARGE = 64;
/** Places of a signal, small or large, and channels of it. */
const SIGNAL = 128;
const MOST_CHANNELS = 4;
const PLURALS = { picture: 'images', signal: 'signals', example: 'examples' } as const;
/** Examples of which the loss is looked at, where no class is chosen: one by one. */
const MEASURED = 64;

export async function examineRun(request: ExamineRequest): Promise<Examined> {
  const { trainer, images, part, classes } = request;
  const classified = request.classified ?? (await classifyImages(trainer, images));
  const shelf = new Shelf(request);
  const mistakes = classified ? worstOf(classified, shelf) : await largestLosses(request, shelf);
  const shown = classified ? rightOnes(classified, shelf) : firstOnes(images, shelf);
  const confusion = classified && classified.classes <= MOST_CLASSES ? tableOf(classified, shelf) : undefined;
  const chosen = [...mistakes.pictures.slice(0, INSIDES / 2).map(({ picture }) => picture), ...shown].slice(0, INSIDES);
  const filters = filtersOf(request);
  return {
    images: `${images.count} ${part} ${PLURALS[shelf.kind]}`,
    kind: shelf.kind,
    ...(classified && { figures: classFigures(classified, classes) }),
    ...(confusion && { confusion }),
    mistakes,
    insides: await insidesOf(request, shelf, chosen),
    pictures: await shelf.pictures(),
    ...(filters && { filters }),
  };
}

/** The pictures of a page, each once, as many as there is room for. */
class Shelf {
  readonly #texts = new Map<number, string>();
  readonly #order: number[] = [];
  readonly #most: number;
  readonly form: ReturnType<typeof planesOf> | undefined;
  readonly kind: ExampleKind;

  constructor(readonly request: ExamineRequest) {
    const [, shape] = pictured(request.trainer) ?? [];
    this.form = shape && shownForm(shape);
    this.kind = this.form ? (this.form.lines ? 'signal' : 'picture') : 'example';
    const side = this.form?.lines ? SIGNAL : THUMBNAIL;
    const scale = this.form ? Math.min(1, side / Math.max(this.form.height, this.form.width)) : 1;
    const size = this.form ? this.form.planes * Math.max(1, this.form.height * scale) * this.form.width * scale : 1;
    this.#most = Math.min(400, Math.floor(PICTURE_BUDGET / (size * 1.4 + 60)));
  }

  get isFull(): boolean {
    return this.#order.length >= this.#most;
  }

  /** Its place on the shelf; nothing where that is full. */
  put(number: number, text: string): number | undefined {
    const known = this.#order.indexOf(number);
    if (known >= 0) return known;
    if (this.isFull) return undefined;
    this.#texts.set(number, text);
    return this.#order.push(number) - 1;
  }

  numberOf(place: number): number {
    return this.#order[place]!;
  }

  async pictures(): Promise<ShownPicture[]> {
    const { form, request } = this;
    const bytes = form && (await drawnImages(request, this.#order, THUMBNAIL));
    return this.#order.map((number, k) => ({
      number,
      kind: this.kind,
      text: this.#texts.get(number)!,
      ...(request.files && { file: request.files[number]! }),
      ...(bytes?.[k] && { drawn: bytes[k] }),
    }));
  }
}

/** Of a picture one or three channels; of a signal the first few. */
function shownForm(shape: readonly number[]): ReturnType<typeof planesOf> {
  const form = planesOf(shape);
  return { ...form, planes: form.lines ? Math.min(form.planes, MOST_CHANNELS) : form.planes < 3 ? 1 : 3 };
}

/** Those channels that are shown. Floats are scaled together to what they span. */
async function drawnImages({ images, trainer }: ExamineRequest, numbers: readonly number[], side: number) {
  const [name, shape] = pictured(trainer) ?? [];
  if (!shape || numbers.length === 0) return [];
  const size = sizeOf(shape);
  const form = shownForm(shape);
  const taken = await takeBatch(images, Int32Array.from(numbers), size);
  const values = valuesOf(taken, name!);
  const limits = values instanceof Uint8Array ? ([0, 255] as const) : rangeOf(values);
  const drawnOf = new Map(
    [...taken.kept].map((number, n): [number, DrawnPlanes] => {
      const own = values.subarray(n * size, n * size + form.planes * form.height * form.width);
      const small = shrink(own, form, form.lines ? SIGNAL : side);
      return [
        number,
        { ...small.form, ...(form.lines && { lines: true }), bytes: base64(toBytes(small.values, limits)) },
      ];
    }),
  );
  return numbers.map((number) => drawnOf.get(number));
}

/** The first input that is a map, or else a signal. */
function pictured({ network }: AnyTrainer): readonly [name: string, shape: readonly number[]] | undefined {
  const inputs = Object.entries(network.inputs);
  return [3, 2].flatMap((axes) => inputs.filter(([, shape]) => shape.length === axes))[0];
}

function valuesOf({ images }: TakenBatch, input: string): Pixels {
  return ArrayBuffer.isView(images) ? (images as Pixels) : (images as Readonly<Record<string, Pixels>>)[input]!;
}

function describe(classified: Classified, n: number, classes: readonly string[] | undefined): string {
  const nameOf = (k: number) => classes?.[k] ?? `${k}`;
  const [truth, predicted] = [classified.truth[n]!, classified.predicted[n]!];
  const sure = `${(100 * classified.confidence[n]!).toFixed(1)} %`;
  if (predicted < 0) return `${nameOf(truth)}, without a prediction`;
  if (predicted === truth) return `${nameOf(truth)}, ${sure}`;
  return `${nameOf(truth)} taken for ${nameOf(predicted)}, ${sure}`;
}

/** Those that the network was surest about. */
function worstOf(classified: Classified, shelf: Shelf) {
  const { truth, predicted, confidence, chance, numbers } = classified;
  const wrong = [...truth.keys()].filter((n) => predicted[n] !== truth[n]);
  const surprise = (n: number) => confidence[n]! - chance[n]!;
  wrong.sort((a, b) => surprise(b) - surprise(a) || a - b);
  const pictures = wrong.slice(0, MISTAKES).flatMap((n) => {
    const text = describe(classified, n, shelf.request.classes);
    const picture = shelf.put(numbers[n]!, text);
    return picture === undefined ? [] : [{ picture, text }];
  });
  return { about: `${wrong.length} of ${truth.length} ${PLURALS[shelf.kind]} are taken for another class.`, pictures };
}

/** Of each class in turn the one that it is surest about. */
function rightOnes(classified: Classified, shelf: Shelf): number[] {
  const { truth, predicted, numbers } = classified;
  const seen = new Set<number>();
  return [...truth.keys()].flatMap((n) => {
    if (predicted[n] !== truth[n] || seen.has(truth[n]!) || seen.size >= INSIDES) return [];
    seen.add(truth[n]!);
    return shelf.put(numbers[n]!, describe(classified, n, shelf.request.classes)) ?? [];
  });
}

function firstOnes(images: AnySplit, shelf: Shelf): number[] {
  const count = Math.min(INSIDES, images.count);
  return Array.from({ length: count }, (_, n) => n).flatMap((n) => shelf.put(n, '') ?? []);
}

async function largestLosses({ trainer, images }: ExamineRequest, shelf: Shelf) {
  const size = sizeOf(Object.values(trainer.network.inputs)[0] ?? []);
  const losses: [number, number][] = [];
  for (let n = 0; n < Math.min(MEASURED, images.count); n++) {
    const batch = await takeBatch(images, Int32Array.of(n), size);
    if (batch.count > 0) losses.push([n, (await trainer.evaluate(batch)).loss]);
  }
  losses.sort((a, b) => b[1] - a[1]);
  const pictures = losses.slice(0, MISTAKES / 2).flatMap(([n, loss]) => {
    const text = `loss ${loss.toPrecision(4)}`;
    const picture = shelf.put(n, text);
    return picture === undefined ? [] : [{ picture, text }];
  });
  return { about: `Those of the first ${losses.length} ${PLURALS[shelf.kind]} whose loss is largest.`, pictures };
}

/** First one picture of each cell, the largest cells of wrong ones first, then a second of each, while there is room. */
function tableOf(classified: Classified, shelf: Shelf): ConfusionTable {
  const { request } = shelf;
  const counts = countPairs(classified);
  const cells = new Map<string, number[]>();
  for (const [n, row] of classified.truth.entries()) {
    const key = `${row},${classified.predicted[n]}`;
    if (classified.predicted[n]! >= 0) cells.set(key, [...(cells.get(key) ?? []), n].slice(0, PER_CELL));
  }
  const isRight = (key: string) => Number(key.split(',')[0] === key.split(',')[1]);
  const sizeOfCell = (key: string) => counts[Number(key.split(',')[0])]![Number(key.split(',')[1])]!;
  const keys = [...cells.keys()].sort((a, b) => isRight(a) - isRight(b) || sizeOfCell(b) - sizeOfCell(a));
  const pictures: Record<string, number[]> = {};
  for (let turn = 0; turn < PER_CELL; turn++)
    for (const key of keys) {
      const n = cells.get(key)![turn];
      if (n === undefined) continue;
      const place = shelf.put(classified.numbers[n]!, describe(classified, n, request.classes));
      if (place !== undefined) pictures[key] = [...(pictures[key] ?? []), place];
    }
  const names = counts.map((_, k) => request.classes?.[k] ?? `${k}`);
  return { names, counts, pictures };
}

const MOST_FILTERS = 64;
const FILTER_SIDE = 16;

/** Weights of the first layer that has windows: of filters for a picture of three channels in their colours, else of the first channel. */
function filtersOf({ elaboration, trainer }: ExamineRequest): DrawnFilters | undefined {
  for (const { name, states } of elaboration.inference.layers) {
    const weight = states.find(
      ({ owner, shape }) => owner?.leaf === 'weight' && (shape.length === 4 || shape.length === 3),
    );
    if (!weight) continue;
    const lines = weight.shape.length === 3;
    const [outputs, inputs, ...window] = weight.shape as [number, number, ...number[]];
    const [height, width] = (lines ? [1, ...window] : window) as [number, number];
    const filters = Math.min(outputs, MOST_FILTERS);
    const each = inputs === 3 && !lines ? 3 : 1;
    const all = trainer.parameters.get(weight.name)!.data;
    const own = inputs * height * width;
    const values = Array.from({ length: filters }, (_, k) => all.subarray(k * own, k * own + each * height * width));
    const joined = Float32Array.from(values.flatMap((filter) => [...filter]));
    const most = Math.max(...rangeOf(joined).map(Math.abs));
    const small = shrink(joined, { planes: filters * each, height, width }, FILTER_SIDE);
    const bytes = base64(toBytes(small.values, [-most, most]));
    return { layer: name, each, filters, ...small.form, bytes, ...(lines && { lines }) };
  }
  return undefined;
}

/** Streamed images that cannot be read are left out. */
async function insidesOf(request: ExamineRequest, shelf: Shelf, places: readonly number[]): Promise<PictureInside[]> {
  const { elaboration, trainer, images } = request;
  if (places.length === 0) return [];
  const size = sizeOf(Object.values(trainer.network.inputs)[0]!);
  const inputs = elaboration.inference.inputs.length;
  if (inputs === 0 || (isStreamed(images) && inputs > 1)) return [];
  const looker = new Looker(elaboration, MAP_BUDGET / places.length);
  const insides: PictureInside[] = [];
  for (const place of new Set(places)) {
    const number = shelf.numberOf(place);
    const batch = await takeBatch(images, Int32Array.of(number), size);
    if (batch.count === 0) continue;
    const [large] = await drawnImages(request, [number], LARGE);
    insides.push({ picture: place, ...(large && { large }), ...looker.look(trainer, batch) });
  }
  return insides;
}
