/** @file What a run tells people: a line for each epoch, the figures of the test, and whether it has learnt by heart. */

import { figure } from '../common/figure.ts';
import type { EpochResult, StepResult } from './trainer-api.ts';

/** One line of text per epoch, loss and accuracy of each part, within 80 columns unless `wide`. */
export function describeEpoch(result: EpochResult, epochs: number, wide?: boolean): string {
  const { epoch, trainLoss, trainAccuracy, testLoss, testAccuracy, seconds, imagesPerSecond } = result;
  const { validationLoss = Number.NaN, validationAccuracy } = result;
  const speed = `${seconds.toFixed(1)} s  ${Math.round(imagesPerSecond)} images/s`;
  const parts = [
    `epoch ${epoch}/${epochs}`,
    describePart('train', trainLoss, trainAccuracy),
    describePart('held out', validationLoss, validationAccuracy),
    describePart('test', testLoss, testAccuracy),
    imagesPerSecond ? (wide || Number.isNaN(validationLoss)) && speed : 'resumed at its end',
  ];
  return parts.filter(Boolean).join('  ');
}

function describePart(name: string, loss: number, accuracy?: number): string {
  if (Number.isNaN(loss)) return '';
  return `${name} ${figure(loss)}${accuracy === undefined ? '' : ` ${(100 * accuracy).toFixed(2)} %`}`;
}

export function describeTest({ loss, correct, count }: StepResult, part = 'test'): string {
  const accuracy = correct === undefined ? '' : `  accuracy ${((100 * correct) / count).toFixed(2)} %`;
  return `${part} loss ${figure(loss)}${accuracy}  (${count} images)`;
}

/** The losses of an epoch. */
export interface EpochLosses {
  readonly epoch: number;
  readonly trainLoss?: number;
  readonly validationLoss?: number;
  readonly testLoss?: number;
}

/** Fewer epochs behind the best one tell nothing. */
const FEWEST = 2;
/** Relative to the lowest loss. */
const RISE = 0.01;

/**
 * A sentence where the training loss went on falling while that of images not learnt from rose: those held out, or those of
 * the test where none are.
 */
export function overfitting(epochs: readonly EpochLosses[]): string | undefined {
  const last = epochs.at(-1);
  if (!last) return undefined;
  const part = Number.isFinite(last.validationLoss) ? 'validation' : 'test';
  const lossOf = (epoch: EpochLosses) => epoch[`${part}Loss`] ?? Number.NaN;
  const lowest = epochs.reduce((best, epoch) => (lossOf(epoch) < lossOf(best) ? epoch : best));
  const rose = lossOf(last) > lossOf(lowest) + RISE * Math.abs(lossOf(lowest));
  const fell = (last.trainLoss ?? Number.NaN) < (lowest.trainLoss ?? Number.NaN);
  if (!rose || !fell || last.epoch < lowest.epoch + FEWEST) return undefined;
  const change = (from: number, to: number) => `${figure(from)} to ${figure(to)}`;
  return (
    `overfitting from epoch ${lowest.epoch + 1} on: the training loss fell further, ${change(lowest.trainLoss!, last.trainLoss!)}, ` +
    `while the ${part} loss rose, ${change(lossOf(lowest), lossOf(last))}`
  );
}
