/** @file What users hold of a trainer in a worker that can train on a graphics card. The declarations of such modules have this text. */
import type { AdapterInfo, AutoOptions, DeviceChoice, DeviceOptions } from './device-api.ts';
import type { TrainerWorker, WorkerOptions } from './worker-api.ts';

/** The graphics card is that of the worker: `gpu` cannot be sent to it. */
export type DeviceWorkerOptions<Options extends DeviceOptions | AutoOptions> = Omit<Options, 'gpu'> &
  Pick<WorkerOptions, 'url' | 'worker'>;

/** As `DeviceTrainer` has them. */
export interface DeviceTrainerWorker extends TrainerWorker {
  device(): Promise<'webgpu' | 'cpu'>;
  adapter(): Promise<AdapterInfo | undefined>;
  choice(): Promise<DeviceChoice>;
}
