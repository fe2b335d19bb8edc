/** @file `trainer-worker.ts` of modules that train on graphics cards, which workers have, too: it tells what computes besides. */
import { refuse } from '../data/trainer-error.ts';
import type { DeviceTrainer } from './device-api.ts';
import type { DeviceTrainerWorker } from './device-worker-api.ts';
import type { Compiled } from './executable.ts';
import { createTrainer } from './trainer.ts';
import type { TrainerOptions } from './trainer-api.ts';
import { copies, serve as servePlain, createTrainerWorker as startWorker } from './trainer-worker.ts';
import type { WorkerOptions } from './worker-api.ts';

/** `createTrainer` is that of the module here, whichever kind it is of. */
const make = createTrainer as unknown as (
  compiled: Compiled,
  options: TrainerOptions,
  card: unknown,
) => Promise<DeviceTrainer>;

/** `card`: the network on a graphics card, of modules that train on both. */
export function serve(compiled: Compiled, card?: unknown): void {
  servePlain(
    compiled,
    (options) => make(compiled, options, card),
    (trainer) => ({
      device: () => trainer().device,
      adapter: () => trainer().adapter,
      choice: () => trainer().choice,
      parameters: () =>
        trainer()
          .download()
          .then(() => copies(trainer().parameters)),
      buffers: () =>
        trainer()
          .download()
          .then(() => copies(trainer().buffers)),
    }),
  );
}

/** Throws what `createTrainer` throws, CNN4108 for an object that cannot be sent, and CNN4110. */
export async function createTrainerWorker(
  compiled: Compiled,
  moduleUrl: string,
  options: WorkerOptions & { gpu?: object } = {},
): Promise<DeviceTrainerWorker> {
  if (options.gpu)
    refuse(
      'CNN4108',
      'the option `gpu` of `createTrainerWorker` cannot be sent to a worker',
      'workers of browsers have WebGPU; in Node use `createTrainer`',
    );
  const worker = await startWorker(compiled, moduleUrl, options, ['device', 'adapter', 'choice']);
  return worker as DeviceTrainerWorker;
}
