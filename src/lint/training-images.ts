/** @file How many images an epoch of training has, where the text alone makes that certain. */
import { parseSpecification } from '../data/specification.ts';
import { TrainerError } from '../data/trainer-error.ts';
import type { TrainSettings } from '../semantics/model.ts';

/** What is held out for early stopping unless a text says how much. */
const HELD_OUT = 0.1;

/** Of digits that are drawn; how many images a file holds is known when it is read. */
export function trainingImages(settings: TrainSettings): number | undefined {
  const count = drawnDigits(settings.data);
  const fraction = settings.validation ?? heldOut(settings);
  if (count === undefined || count < 2 || fraction === undefined) return undefined;
  return fraction === 0 ? count : count - Math.min(Math.max(Math.round(fraction * count), 1), count - 1);
}

function drawnDigits(data: string): number | undefined {
  try {
    const { kind, options } = parseSpecification(data);
    const count = Number(options.train ?? 10000);
    return kind === 'digits' && Number.isInteger(count) ? count : undefined;
  } catch (error) {
    if (error instanceof TrainerError) return undefined;
    throw error;
  }
}

function heldOut({ patience, watch, schedule }: TrainSettings): number | undefined {
  if (schedule.kind === 'plateau') return undefined;
  return patience > 0 && watch === 'validation' ? HELD_OUT : 0;
}
