import type { Trainer, TrainerOptions } from '../runtime/trainer-api.ts';
/** @file Runs an emitted module in this process. As a `data:` URL it needs no file, so none can be left behind. */

export interface TrainerModule {
  readonly createTrainer: (options?: TrainerOptions) => Promise<Trainer>;
}

export function loadModule(code: string): Promise<TrainerModule> {
  const url = `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`;
  return import(/* @vite-ignore */ url) as Promise<TrainerModule>;
}
