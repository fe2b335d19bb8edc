/** @file The same classifier in double precision, written the plain way: what the runtime's results are compared with. */
import type { PlainDataset, PlainSplit } from '../../src/data/dataset.ts';

export interface Plain {
  loss: number;
  correct: number;
  weight: Float64Array;
  bias: Float64Array;
}

/** Loss, hits and gradients of a linear softmax classifier over real-valued images. */
export function plainSoftmax(
  images: ArrayLike<number>,
  labels: ArrayLike<number>,
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
): Plain {
  const classes = bias.length;
  const pixels = weight.length / classes;
  const count = labels.length;
  const result: Plain = {
    loss: 0,
    correct: 0,
    weight: new Float64Array(weight.length),
    bias: new Float64Array(classes),
  };
  for (let n = 0; n < count; n++) {
    const scores = Array.from({ length: classes }, (_, k) => {
      let sum = bias[k]!;
      for (let i = 0; i < pixels; i++) sum += weight[k * pixels + i]! * images[n * pixels + i]!;
      return sum;
    });
    const total = scores.reduce((sum, value) => sum + Math.exp(value), 0);
    const label = labels[n]!;
    result.loss += (Math.log(total) - scores[label]!) / count;
    result.correct += scores.indexOf(Math.max(...scores)) === label ? 1 : 0;
    for (let k = 0; k < classes; k++) {
      const slope = (Math.exp(scores[k]!) / total - (k === label ? 1 : 0)) / count;
      result.bias[k]! += slope;
      for (let i = 0; i < pixels; i++) result.weight[k * pixels + i]! += slope * images[n * pixels + i]!;
    }
  }
  return result;
}

/** Pseudo-random numbers for tests, unrelated to the runtime's own (Park and Miller 1988). */
export function lehmer(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** Images of 1×2×2 whose brightest pixel tells the class, with noise. */
export function blobs(count: number, seed = 1, classes = 3): PlainSplit {
  const random = lehmer(seed);
  const images = new Float32Array(count * 4);
  const labels = new Uint8Array(count);
  for (let n = 0; n < count; n++) {
    labels[n] = Math.floor(random() * classes);
    for (let i = 0; i < 4; i++) images[n * 4 + i] = random() + (i === labels[n] ? 0.7 : 0);
  }
  return { count, images, labels };
}

export function blobData(train = 50, test = 21): PlainDataset {
  return { train: blobs(train, 3), test: blobs(test, 4), shape: [1, 2, 2] };
}

export function caught(action: () => unknown): { code: string; message: string } {
  try {
    action();
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('nothing was thrown');
}

export async function rejected(promise: Promise<unknown>): Promise<{ code: string; message: string }> {
  return promise.then(
    () => {
      throw new Error('nothing was thrown');
    },
    (error) => error,
  );
}
