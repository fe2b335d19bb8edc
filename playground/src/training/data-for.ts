/**
 * @file What a network is trained on in the page: the digits that the compiler draws, made to fit its input. A network for
 * colours sees grey ones, one for larger pictures larger ones.
 */
import { sizeOf } from '../../../src/data/dataset.ts';
import { drawDigits, readDigits } from '../../../src/data/digits.ts';
import { parseSpecification } from '../../../src/data/specification.ts';
import type { NetworkDescription } from '../../../src/runtime/executable.ts';

export interface PageSplit {
  readonly count: number;
  readonly images: Uint8Array;
  readonly labels: Uint8Array | undefined;
}

export interface PageData {
  readonly train: PageSplit;
  readonly test: PageSplit;
  readonly shape: readonly [number, number, number];
  readonly classes: readonly string[];
  /** What was done so that the data fit. */
  readonly note?: string;
}

const EDGE = 28;
/** Bytes of all images together: more would take long, and much memory. */
const MOST_BYTES = 96 * 2 ** 20;

/** Throws an error that says what kind of network these data are for. */
export function dataFor({ inputs, targets }: Pick<NetworkDescription, 'inputs' | 'targets'>, spec: string): PageData {
  const shapes = Object.values(inputs);
  const [shape] = shapes;
  if (shapes.length !== 1 || shape?.length !== 3)
    throw new Error(
      'The page has digits to train on: they fit a network with one input of the form [channels, height, width].',
    );
  const kinds = Object.values(targets);
  const [target] = kinds;
  const isClass = target?.kind === 'class' && target.classes >= 10 && !target.shape?.length;
  if (kinds.length > 1 || (target && !isClass))
    throw new Error(
      'The page has digits to train on: they fit a network without a target, or with `target label: class(10)`.',
    );
  const { drawn, note } = digitsOf(spec, sizeOf(shape));
  const resized = (images: Uint8Array, count: number) => fitted(images, count, shape as [number, number, number]);
  const split = ({ count, images, labels }: typeof drawn.train): PageSplit => ({
    count,
    images: resized(images as Uint8Array, count),
    labels: target && (labels as Uint8Array),
  });
  const isChanged = shape.join() !== `1,${EDGE},${EDGE}`;
  const notes = [...(note ? [note] : []), ...(isChanged ? [`The digits are shown as ${shape.join('×')}.`] : [])];
  return {
    train: split(drawn.train),
    test: split(drawn.test),
    shape: shape as [number, number, number],
    classes: [...'0123456789'],
    ...(notes.length > 0 && { note: notes.join(' ') }),
  };
}

function digitsOf(text: string, size: number) {
  const specification = parseSpecification(text);
  if (specification.kind === 'digits') return { drawn: readDigits(specification) };
  const train = Math.max(500, Math.min(10_000, Math.floor(MOST_BYTES / size / 1.2)));
  const note = `The program asks for ${specification.kind}; the page trains on ${train} digits instead.`;
  return { drawn: drawDigits(train, Math.ceil(train / 5), 1), note };
}

/** Resized between the nearest pixels, and repeated in each channel. */
export function fitted(
  images: Uint8Array,
  count: number,
  [channels, height, width]: readonly [number, number, number],
): Uint8Array {
  if (channels === 1 && height === EDGE && width === EDGE) return images;
  const made = new Uint8Array(count * channels * height * width);
  const rows = weights(height);
  const columns = weights(width);
  const area = height * width;
  for (let n = 0; n < count; n++) {
    const from = n * EDGE * EDGE;
    const to = n * channels * area;
    for (let y = 0; y < height; y++) {
      const [top, bottom, down] = rows[y]!;
      for (let x = 0; x < width; x++) {
        const [left, right, across] = columns[x]!;
        const at = (row: number, column: number) => images[from + row * EDGE + column]!;
        const above = at(top, left) * (1 - across) + at(top, right) * across;
        const below = at(bottom, left) * (1 - across) + at(bottom, right) * across;
        made[to + y * width + x] = above * (1 - down) + below * down;
      }
    }
    for (let channel = 1; channel < channels; channel++) made.copyWithin(to + channel * area, to, to + area);
  }
  return made;
}

/** For each place of an edge of so many pixels the two of 28 that it lies between, and how far. */
function weights(extent: number): (readonly [number, number, number])[] {
  return Array.from({ length: extent }, (_, k) => {
    const at = Math.min(EDGE - 1, Math.max(0, ((k + 0.5) * EDGE) / extent - 0.5));
    const low = Math.floor(at);
    return [low, Math.min(EDGE - 1, low + 1), at - low] as const;
  });
}
