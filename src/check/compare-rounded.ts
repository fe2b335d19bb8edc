/**
 * @file What a predictor loses by the form in which its weights lie in it: the very module predicts with them, and then with those of the file.
 * Images are some of a data set, where there is one; else they are drawn, and tell nothing of classes.
 */
import { product } from '../common/shape.ts';
import type { AnySplit, Split } from '../data/dataset.ts';
import type { NetworkDescription } from '../runtime/executable.ts';
import type { Predictor } from '../runtime/predictor-api.ts';
import { classifyImages } from './classify-images.ts';
import { importCode } from './load-module.ts';
import { randomBatch } from './random-batch.ts';
import { takeBatch } from './take-batch.ts';

export interface Rounded {
  readonly images: number;
  /** The largest difference of an output, as a share of the largest output of its name. */
  readonly moved: number;
  /** Shares of the images that are classified rightly: with the weights of the file, and with those of the module. */
  readonly accuracy?: { readonly before: number; readonly after: number };
}

interface Subject {
  /** A module with weights. */
  readonly code: string;
  /** The file that they are of. */
  readonly weights: Uint8Array;
  readonly targets: NetworkDescription['targets'];
}

/** Images of a data set that are looked at, evenly spread over it, and the most bytes of them. */
const MOST = 2000;
const MOST_BYTES = 2 ** 27;
const DRAWN = 16;

export async function compareRounded({ code, weights, targets }: Subject, split?: AnySplit): Promise<Rounded> {
  const { createPredictor } = await importCode<{ createPredictor(): Promise<Predictor> }>(code);
  const predictor = await createPredictor();
  const { inputs, outputs } = predictor.network;
  const network = { inputs, outputs, targets };
  const taken = split?.count ? await spread(split, product(Object.values(inputs).flat())) : undefined;
  const { images, count } = taken ?? randomBatch({ inputs, targets: {} }, DRAWN, 1);
  const look = async () => {
    const values = predictor.predictAll(images as never);
    const classified =
      taken && (await classifyImages({ network, predictAll: predictor.predictAll.bind(predictor) }, taken));
    return { values, classified };
  };
  const after = await look();
  predictor.load(weights);
  const before = await look();
  predictor.dispose();
  const moved = [...before.values].map(([name, exact]) => movedBy(exact, after.values.get(name)!));
  return {
    images: count!,
    moved: Math.max(...moved),
    ...(before.classified && { accuracy: { before: rightOf(before.classified), after: rightOf(after.classified!) } }),
  };
}

async function spread(split: AnySplit, size: number): Promise<Split> {
  const count = Math.max(1, Math.min(split.count, MOST, Math.floor(MOST_BYTES / size)));
  const wanted = Int32Array.from({ length: count }, (_, n) => Math.floor((n * split.count) / count));
  const { images, labels, count: kept } = await takeBatch(split, wanted, size);
  return { images, labels, count: kept } as Split;
}

function movedBy(exact: Float32Array, rounded: Float32Array): number {
  let [largest, moved] = [0, 0];
  for (const [k, value] of exact.entries()) {
    largest = Math.max(largest, Math.abs(value));
    moved = Math.max(moved, Math.abs(rounded[k]! - value));
  }
  return largest === 0 ? moved : moved / largest;
}

function rightOf({ truth, predicted }: { readonly truth: Int32Array; readonly predicted: Int32Array }): number {
  return truth.filter((label, n) => label === predicted[n]).length / Math.max(1, truth.length);
}
