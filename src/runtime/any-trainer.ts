/** @file Trainers of all targets, as those see them who wait for every answer. */
import type { DeviceTrainer } from './device-api.ts';
import type { Trainer } from './trainer-api.ts';

export type AnyTrainer = Trainer | DeviceTrainer;

/** A trainer on a graphics card has copies of its parameters, and brings them when it is asked to. */
export function isOnDevice(trainer: AnyTrainer): trainer is DeviceTrainer {
  return 'adapter' in trainer;
}
