/**
 * @file What a network is trained on in the page: the digits that the compiler draws, files that a person gives to the page,
 * or pictures that they draw themselves.
 */
import { isStreamed, type Labels, type Pixels, showShape, sizeOf, soleOf } from '../../../src/data/dataset.ts';
import { loadDataOrPictures } from '../../../src/data/decode/load-pictures.ts';
import { drawDigits, readDigits } from '../../../src/data/digits.ts';
import { parseSpecification } from '../../../src/data/specification.ts';
import type { NetworkDescription } from '../../../src/runtime/executable.ts';
import { type GivenFile, mount } from '../files/file-system.ts';
import { recognise } from '../files/specification.ts';
import { EDGE, fitted } from './fitted.ts';

export interface PageSplit {
  readonly count: number;
  readonly images: Pixels;
  readonly labels: Labels | undefined;
}

export interface PageData {
  readonly train: PageSplit;
  readonly test: PageSplit;
  readonly validation?: PageSplit;
  readonly shape: readonly [number, number, number];
  readonly classes: readonly string[];
  /** What was done so that the data fit, and what was decided about files. */
  readonly note?: string;
}

/** Pictures of one class, 28×28 bytes each. */
export interface DrawnClass {
  readonly name: string;
  readonly pictures: readonly Uint8Array[];
}

export type DataSource =
  | { readonly kind: 'digits' }
  /** `options` as behind `--data csv:FILE`: `label=last,header`. */
  | { readonly kind: 'files'; readonly files: readonly GivenFile[]; readonly options: string }
  | { readonly kind: 'drawn'; readonly classes: readonly DrawnClass[] };

type Ports = Pick<NetworkDescription, 'inputs' | 'targets'>;
type MapShape = PageData['shape'];

/** Bytes of all digits together: more would take long, and much memory. */
const MOST_BYTES = 96 * 2 ** 20;
/** Share of the drawings of a class that is not trained on. */
const HELD = 0.2;
/** Bytes of decoded pictures that a page holds. */
const MOST_PICTURES = '1GB';

/** Throws an error that says what kind of network these data are for, or what is wrong with the files. */
export async function dataFor(network: Ports, spec: string, source: DataSource): Promise<PageData> {
  const shape = inputOf(network);
  switch (source.kind) {
    case 'digits':
      return digitsFor(network, spec, shape);
    case 'drawn':
      return drawnFor(network, source.classes, shape);
    case 'files':
      return filesFor(network, source, shape);
  }
}

function inputOf({ inputs, targets }: Ports): MapShape {
  const shape = soleOf(inputs);
  if (shape?.length !== 3 || Object.keys(targets).length > 1)
    throw new Error(
      'The page trains networks with one input of the form [channels, height, width] and one target or none.',
    );
  return shape as MapShape;
}

/** How many classes a network tells apart; nothing where its target is none, or there is no target. */
function classesOf({ targets }: Ports): number | undefined {
  const target = soleOf(targets);
  return target?.kind === 'class' && !target.shape?.length ? target.classes : undefined;
}

function digitsFor(network: Ports, spec: string, shape: MapShape): PageData {
  const target = soleOf(network.targets);
  if (target && (classesOf(network) ?? 0) < 10)
    throw new Error(
      'The digits fit a network without a target, or with `target label: class(10)`. Others can be trained on files of your own.',
    );
  const { drawn, note } = digitsOf(spec, sizeOf(shape));
  const split = ({ count, images, labels }: typeof drawn.train): PageSplit => ({
    count,
    images: fitted(images as Uint8Array, count, shape),
    labels: target && (labels as Uint8Array),
  });
  const isChanged = shape.join() !== `1,${EDGE},${EDGE}`;
  const notes = [...(note ? [note] : []), ...(isChanged ? [`The digits are shown as ${showShape(shape)}.`] : [])];
  return { train: split(drawn.train), test: split(drawn.test), shape, classes: [...'0123456789'], ...noted(notes) };
}

function noted(notes: readonly string[]): { note?: string } {
  return notes.length > 0 ? { note: notes.join(' ') } : {};
}

function drawnFor(network: Ports, classes: readonly DrawnClass[], shape: MapShape): PageData {
  const target = soleOf(network.targets);
  const known = classesOf(network);
  if (target && (known ?? 0) < classes.length)
    throw new Error(
      `There are ${classes.length} classes of drawings: the network needs \`target label: class(${classes.length})\`.`,
    );
  const few = classes.find(({ pictures }) => pictures.length < 2);
  if (classes.length < 2 || few)
    throw new Error('Draw at least two pictures of at least two classes: one of each is held back for the test.');
  const drawn = classes.flatMap(({ pictures }, label) => {
    const held = Math.max(1, Math.round(pictures.length * HELD));
    return pictures.map((picture, k) => ({ picture, label, isTest: k >= pictures.length - held }));
  });
  const part = (isTest: boolean): PageSplit => {
    const of = drawn.filter((one) => one.isTest === isTest);
    const images = new Uint8Array(of.length * EDGE * EDGE);
    for (const [k, { picture }] of of.entries()) images.set(picture, k * EDGE * EDGE);
    return {
      count: of.length,
      images: fitted(images, of.length, shape),
      labels: target && Int32Array.from(of, ({ label }) => label),
    };
  };
  const [train, test] = [part(false), part(true)];
  return {
    train,
    test,
    shape,
    classes: classes.map(({ name }) => name),
    note: `${train.count} drawings to train on; the last of each class, ${test.count} in all, are held back for the test.`,
  };
}

async function filesFor(
  network: Ports,
  { files, options }: Extract<DataSource, { kind: 'files' }>,
  shape: MapShape,
): Promise<PageData> {
  if (files.length === 0) throw new Error('There are no files yet: choose some, or drop them into the page.');
  const { specification: spec, files: own, unused } = recognise(files);
  mount(own);
  const cache = spec.startsWith('images:') && !/\bcache=/.test(options) ? `,cache=${MOST_PICTURES}` : '';
  const given = options.trim() ? `,${options.trim()}` : '';
  const data = await loadDataOrPictures(`${spec}${cache}${given}`, { network, skipBad: true });
  const { train, test, validation, classes, decisions = [] } = data;
  const split = (part: typeof train): PageSplit => {
    if (isStreamed(part) || !ArrayBuffer.isView(part.images))
      throw new Error('These are more pictures than a page holds. Take fewer of them, or make the input smaller.');
    const labels = ArrayBuffer.isView(part.labels) ? (part.labels as Labels) : undefined;
    return { count: part.count, images: part.images as Pixels, labels: soleOf(network.targets) && labels };
  };
  return {
    train: split(train),
    test: split(test),
    ...(validation && { validation: split(validation) }),
    shape,
    classes: classes ?? Array.from({ length: classesOf(network) ?? 0 }, (_, k) => `${k}`),
    note: [
      `${train.count} images to train on, ${test.count} for the test.`,
      ...decisions.map(sentence),
      ...unread(unused),
    ].join(' '),
  };
}

function unread(names: readonly string[]): string[] {
  const some = names.length > 3 ? `${names.slice(0, 3).join(', ')} …` : names.join(', ');
  return names.length > 0 ? [`Not read, as they are of another kind: ${some}.`] : [];
}

function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

function digitsOf(text: string, size: number) {
  const specification = parseSpecification(text);
  if (specification.kind === 'digits') return { drawn: readDigits(specification) };
  const train = Math.max(500, Math.min(10_000, Math.floor(MOST_BYTES / size / 1.2)));
  const note = `The program asks for ${specification.kind}; the page trains on ${train} digits instead.`;
  return { drawn: drawDigits(train, Math.ceil(train / 5), 1), note };
}
