import type { Trainer, TrainerOptions } from '../runtime/trainer-api.ts';
/** @file Runs an emitted module in this process. As a `data:` URL it needs no file, so none can be left behind. */

export interface TrainerModule<Made = Trainer, Options = TrainerOptions> {
  readonly createTrainer: (options?: Options) => Promise<Made>;
}

export function loadModule<Made = Trainer, Options = TrainerOptions>(
  code: string,
): Promise<TrainerModule<Made, Options>> {
  return importCode(code);
}

export function importCode<Module>(code: string): Promise<Module> {
  const url = `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`;
  return import(/* @vite-ignore */ url) as Promise<Module>;
}
