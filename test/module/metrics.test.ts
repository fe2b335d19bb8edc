/** @file Metrics of trained modules against counting by hand, over one batch and over many. */
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/data/random.ts';
import { loadModule } from '../support/load-module.ts';

const metrics = (scores: string, label: string) =>
  ['accuracy', 'topk', 'confusion', 'recall', 'iou']
    .map((name) => `metric ${name}(${scores}, ${label}${name === 'topk' ? ', k: 2' : ''})`)
    .join('\n');

const network = (target: string, scores: string) => `network Measured {
  input  image: [1, 6, 6]
  target label: ${target}
  scores = image -> ${scores}
  loss   crossentropy(scores, label)
  ${metrics('scores', 'label')}
  metric error = mae(scores, label)
  output scores
}
train Measured { init orthogonal  batch 8 }`;

const CLASSES = 4;
const FORMS = {
  'one class per image': { source: network(`class(${CLASSES})`, `dense(${CLASSES})`), places: 1 },
  'a class at every pixel': {
    source: network(`class(${CLASSES}, [6, 6], ignore: 9)`, `conv(${CLASSES}, 3x3, pad: same)`),
    places: 36,
  },
} as const;

/** The last class never occurs, but may be predicted. */
function data(count: number, places: number) {
  const random = new Random(8, 'metrics');
  const images = Float32Array.from({ length: count * 36 }, () => 2 * random.uniform() - 1);
  const labels = Uint8Array.from({ length: count * places }, () => random.below(CLASSES - 1));
  if (places > 1) for (let k = 0; k < labels.length; k += 5) labels[k] = 9;
  return { images, labels, count };
}

/** Everything counted from scores, one pixel at a time. */
function byHand(scores: Float32Array, labels: Uint8Array, places: number) {
  const confusion = Array.from({ length: CLASSES }, () => new Array<number>(CLASSES).fill(0));
  let [counted, hits, near, error] = [0, 0, 0, 0];
  labels.forEach((label, k) => {
    const at = Math.floor(k / places) * CLASSES * places + (k % places);
    const own = Array.from({ length: CLASSES }, (_, c) => scores[at + c * places]!);
    error += own.reduce((sum, score, c) => sum + Math.abs(score - (c === label ? 1 : 0)), 0) / CLASSES / labels.length;
    if (label >= CLASSES) return;
    const best = own.indexOf(Math.max(...own));
    confusion[label]![best]! += 1;
    counted++;
    hits += best === label ? 1 : 0;
    near += own.filter((score) => score > own[label]!).length < 2 ? 1 : 0;
  });
  const recall = confusion.map((row, k) => row[k]! / row.reduce((a, b) => a + b));
  const shares = confusion.map((row, k) => {
    const union = row.reduce((a, b) => a + b) + confusion.reduce((sum, other) => sum + other[k]!, 0) - row[k]!;
    return row[k]! / union;
  });
  const iou = shares.reduce((a, b) => a + b) / CLASSES;
  return { confusion, recall, iou, accuracy: hits / counted, topk: near / counted, error };
}

describe.each(['js', 'wasm'] as const)('metrics by %s', (target) => {
  it.each(Object.keys(FORMS) as (keyof typeof FORMS)[])('of %s', async (form) => {
    const { source, places } = FORMS[form];
    const { createTrainer } = await loadModule(source, { target, maxBatch: 8 });
    const trainer = await createTrainer({ seed: 2 });
    // 8 images at a time: the counts of many batches must add up.
    const count = 45;
    const { images, labels } = data(count, places);
    const outputs = [];
    for (let n = 0; n < count; n += 8) outputs.push(...trainer.predict(images.slice(n * 36, (n + 8) * 36)));
    const wanted = byHand(Float32Array.from(outputs), labels, places);
    const found = await trainer.test({ images, labels, count });
    expect(found.metrics!.confusion).toEqual(wanted.confusion);
    expect(found.metrics!.iou).toBeCloseTo(wanted.iou, 12);
    const recall = found.metrics!.recall as number[];
    expect(recall.slice(0, -1)).toEqual(wanted.recall.slice(0, -1));
    expect(recall.at(-1)).toBeNaN();
    expect(found.metrics!.error).toBeCloseTo(wanted.error, 5);
    // Of means over pixels that are ignored here and there, the mean over the batches is not quite the mean of all.
    const digits = places === 1 ? 12 : 2;
    expect(found.correct! / count).toBeCloseTo(wanted.accuracy, digits);
    expect(found.metrics!.topk).toBeCloseTo(wanted.topk, places === 1 ? 6 : 2);
  });

  it('that are counted are left out of training', async () => {
    const { createTrainer } = await loadModule(FORMS['one class per image'].source, { target });
    const trainer = await createTrainer();
    const { images, labels } = data(5, 1);
    expect(Object.keys(trainer.step({ images, labels }).metrics!)).toEqual(['topk', 'error']);
    expect(Object.keys(trainer.evaluate({ images, labels }).metrics!)).toEqual([
      'topk',
      'confusion',
      'recall',
      'iou',
      'error',
    ]);
  });
});
