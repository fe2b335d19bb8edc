/** @file Which class a trained network takes each image of a set for, and how sure it is. */

import { type AnySplit, type Labels, sizeOf, soleOf } from '../data/dataset.ts';
import { type Classified, probabilitiesOf } from '../report/class-figures.ts';
import type { AnyTrainer } from '../runtime/any-trainer.ts';
import type { NetworkDescription } from '../runtime/executable.ts';
import { takeBatch } from './take-batch.ts';

export interface Choice {
  /** The output that has a number for each class. */
  readonly output: string;
  readonly classes: number;
  /** A label that stands for no class. */
  readonly ignore?: number;
}

/** How the network chooses one class for each image; nothing where it does not. */
export function choiceOf({ targets, outputs }: Pick<NetworkDescription, 'targets' | 'outputs'>): Choice | undefined {
  const target = soleOf(targets);
  if (target?.kind !== 'class' || target.shape?.length) return undefined;
  const found = Object.entries(outputs).find(([, shape]) => sizeOf(shape) === target.classes);
  if (!found) return undefined;
  const { classes, ignore } = target;
  return { output: found[0], classes, ...(ignore !== undefined && { ignore }) };
}

/** A trainer, or a predictor of a network whose targets are known. */
export interface Classifier {
  readonly network: Pick<NetworkDescription, 'inputs' | 'targets' | 'outputs'>;
  readonly predictAll: AnyTrainer['predictAll'];
}

/** Some images at a time, so that a large set takes little memory beside its own. */
const MOST = 512;

/** Nothing where the network chooses no class, or the set has no labels. Images that cannot be read are left out. */
export async function classifyImages(trainer: Classifier, split: AnySplit): Promise<Classified | undefined> {
  const choice = choiceOf(trainer.network);
  const labels = labelsOf(split);
  if (!choice || !labels) return undefined;
  const { classes, ignore } = choice;
  const sizes = Object.values(trainer.network.inputs).map(sizeOf);
  const found = { numbers: [] as number[], truth: [] as number[], predicted: [] as number[] };
  const [confidence, chance]: [number[], number[]] = [[], []];
  for (let start = 0; start < split.count; start += MOST) {
    const wanted = Int32Array.from({ length: Math.min(MOST, split.count - start) }, (_, n) => start + n);
    const { images, kept } = await takeBatch(split, wanted, sizes[0]!);
    if (kept.length === 0) continue;
    const values = (await trainer.predictAll(images)).get(choice.output)!;
    for (const [n, number] of kept.entries()) {
      const label = labels[number]!;
      if (label === ignore) continue;
      const chances = probabilitiesOf(values.subarray(n * classes, (n + 1) * classes));
      const best = largestOf(chances);
      found.numbers.push(number);
      found.truth.push(label);
      found.predicted.push(best);
      confidence.push(chances[best] ?? 0);
      chance.push(chances[label] ?? 0);
    }
  }
  return {
    classes,
    numbers: Int32Array.from(found.numbers),
    truth: Int32Array.from(found.truth),
    predicted: Int32Array.from(found.predicted),
    confidence: Float32Array.from(confidence),
    chance: Float32Array.from(chance),
  };
}

/** One array of labels, a number for each image. */
export function labelsOf({ labels, count }: AnySplit): Labels | undefined {
  const sole = ArrayBuffer.isView(labels) ? (labels as Labels) : soleOf(labels ?? {});
  return sole?.length === count ? sole : undefined;
}

/** The first of the largest; -1 where any is NaN. */
function largestOf(values: readonly number[]): number {
  if (values.some(Number.isNaN)) return -1;
  return values.reduce((best, value, k) => (value > values[best]! ? k : best), 0);
}
