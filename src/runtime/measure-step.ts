/** @file How long a training step takes at a place, from a few steps with made up images. */

import { sizeOf } from '../data/dataset.ts';
import { accept, makeFeed } from './batch.ts';
import { turn } from './engine.ts';
import type { Compiled } from './executable.ts';
import type { Place } from './place.ts';

/** So small that weights stay what they are, nearly. */
const RATE = 1e-12;

/** Milliseconds that measuring a place may take, about, and how often as many steps are taken as run at once. */
const ENOUGH = 300;
const MOST_ROUNDS = 5;

const WHERE = 'in a step that is measured';

/** Images of the steps that are measured. */
export function stepBatch({ network, training }: Compiled): number {
  return Math.min(training.batch, network.maxBatch);
}

/** A block of images for each thread tells what more would take, and a page is not held up for long. */
function imagesAt(place: Place, compiled: Compiled): number {
  const batch = stepBatch(compiled);
  return place.device === 'cpu' ? Math.min(batch, compiled.lanes * place.threads) : batch;
}

/** Milliseconds for the whole batch. The states change a little, the count of steps as in training. */
export async function measureStep(place: Place, compiled: Compiled): Promise<number> {
  const count = imagesAt(place, compiled);
  const feed = makeFeed(compiled.network);
  const values = (size: number) => Float32Array.from({ length: size }, (_, k) => (k % 7) / 7);
  const arrays = (shapes: readonly (readonly [string, number])[], make: (size: number) => Float32Array) =>
    shapes.length === 1
      ? make(count * shapes[0]![1])
      : Object.fromEntries(shapes.map(([name, size]) => [name, make(count * size)]));
  const { inputs, targets } = compiled.network;
  const images = arrays(
    Object.entries(inputs).map(([name, shape]) => [name, sizeOf(shape)]),
    values,
  );
  const labels = arrays(
    Object.entries(targets).map(([name, { shape = [] }]) => [name, sizeOf(shape)]),
    (size) => new Float32Array(size),
  );
  accept(feed, { images, labels, count } as never, true);
  const steps = async (times: number) => {
    const started = performance.now();
    const begun = Array.from({ length: times }, () =>
      place.begin({ feed, lr: RATE, dip: undefined, where: WHERE }, false),
    );
    for (const { done, release } of begun) {
      await done;
      release();
    }
    return (performance.now() - started) / times;
  };
  // The first step is slower: kernels are compiled, memory is touched for the first time. A long one tells enough of a processor.
  let fastest = await steps(1);
  if (fastest < ENOUGH || place.device === 'webgpu') fastest = await steps(1);
  const began = performance.now();
  const left = () => ENOUGH - (performance.now() - began);
  for (let round = 0; round < MOST_ROUNDS && fastest * place.ahead < left(); round++) {
    await turn();
    fastest = Math.min(fastest, await steps(place.ahead));
  }
  return (fastest * stepBatch(compiled)) / count;
}
