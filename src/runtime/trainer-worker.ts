/**
 * @file A trainer in a worker of its own, for pages that must not wait for it. The module starts itself once more in the worker
 * and serves whoever has started it. A text of its own, which defines `cnncRemote`, for modules that are built so.
 */

import { TrainerError } from '../data/trainer-error.ts';
import type { AnyTrainer } from './any-trainer.ts';
import { Channel, Kept, type Message, type Scope } from './channel.ts';
import type { Compiled } from './executable.ts';
import type { FitData } from './run-data.ts';
import { createTrainer } from './trainer.ts';
import type { EpochResult, FitOptions, Parameter, RunSummary, Trainer, TrainerOptions } from './trainer-api.ts';
import type { TrainerWorker, WorkerOptions } from './worker-api.ts';

const METHODS = [
  'step',
  'gradients',
  'evaluate',
  'predict',
  'predictAll',
  'test',
  'save',
  'load',
  'pause',
  'resume',
] as const;

/** Node has no workers of pages, whatever a package has put in their place; Deno and Bun have. */
const isOfWeb = () => {
  const { node, bun, deno } = globalThis.process?.versions ?? {};
  return !node || !!(bun ?? deno);
};

/** Looked for by the other side, so that other messages of the page are left alone. */
const keyOf = ({ network }: Compiled) => `cnnc ${network.hash}`;

/** A trainer, and what else is asked of it. */
type Make<Made> = (options: TrainerOptions) => Promise<Made>;
type More<Made> = (trainer: () => Made) => object;

/** Answers in a worker that `createTrainerWorker` has started; elsewhere it does nothing. */
export function serve<Made extends AnyTrainer = Trainer>(
  compiled: Compiled,
  make: Make<Made> = (options) => createTrainer(compiled, options) as Promise<Made>,
  more: More<Made> = () => ({}),
): void {
  const key = keyOf(compiled);
  const { isMainThread, parentPort, workerData } = globalThis.process?.getBuiltinModule?.('worker_threads') ?? {};
  // Bun's workers are those of the web, and do not say so.
  if ('WorkerGlobalScope' in globalThis || (isOfWeb() && isMainThread === false)) {
    const channel = new Channel((message, transfer) => globalThis.postMessage({ [key]: message }, transfer as never));
    channel.offer(servant(make, channel, more), 0);
    globalThis.addEventListener('message', ({ data }) => data?.[key] && channel.receive(data[key]));
  } else if (parentPort && workerData === key) {
    const channel = new Channel((message, transfer) => parentPort.postMessage({ [key]: message }, transfer));
    channel.offer(servant(make, channel, more), 0);
    parentPort.on('message', (data) => channel.receive(data[key]));
  }
}

export function copies(views: ReadonlyMap<string, Parameter>): Map<string, Parameter> {
  return new Map([...views].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
}

function servant<Made extends AnyTrainer>(make: Make<Made>, channel: Channel, more: More<Made>): object {
  let trainer: Made;
  return {
    ...Object.fromEntries(METHODS.map((name) => [name, (...given: [never, never]) => trainer[name](...given)])),
    create: async (options: TrainerOptions) => (trainer = await make(options)).threads,
    fit: (data: FitData, options?: FitOptions) => channel.offer(trainer.fit(data, options)),
    end: (key: number) => channel.withdraw(key),
    run: () => trainer.run,
    parameters: () => copies(trainer.parameters),
    buffers: () => copies(trainer.buffers),
    keep: (data: unknown) => channel.keep(data),
    drop: (key: number) => channel.drop(key),
    ...more(() => trainer),
  };
}

/** Something that has been started, in Node or elsewhere. */
interface Started {
  post(message: object, transfer: ArrayBuffer[]): void;
  ref(waits: boolean): void;
  terminate(): unknown;
}

type Hear = (data: Record<string, Message>) => void;

function startInPage(worker: Worker, hear: Hear, fail: (why: string) => void): Started {
  worker.addEventListener('message', ({ data }) => hear(data));
  worker.addEventListener('error', ({ message }) => fail(message ?? 'it could not be started'));
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    ref: () => {},
    terminate: () => worker.terminate(),
  };
}

function startInNode(url: URL, key: string, hear: Hear, fail: (why: string) => void): Started {
  const { Worker } = process.getBuiltinModule('worker_threads');
  const worker = new Worker(url, { workerData: key, execArgv: [] });
  worker.on('message', hear);
  worker.on('error', ({ message }) => fail(message));
  worker.on('exit', () => fail('it was ended'));
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    ref: (waits) => (waits ? worker.ref() : worker.unref()),
    terminate: () => worker.terminate(),
  };
}

/** `moduleUrl`: of the module itself, which the worker runs. Throws what `createTrainer` throws, and CNN4110. */
export async function createTrainerWorker(
  compiled: Compiled,
  moduleUrl: string,
  { url = moduleUrl, worker, ...options }: WorkerOptions = {},
  /** Of what else is asked. */
  more: readonly string[] = [],
): Promise<TrainerWorker> {
  const key = keyOf(compiled);
  const fail = (why: string) => {
    const hint = 'make a new one; what `save` has given can be loaded there';
    channel.end(new TrainerError('CNN4110', `the worker of the trainer does not answer: ${why}`, hint));
  };
  const hear: Hear = (data) => {
    if (data?.[key]) void channel.receive(data[key]);
  };
  const started =
    worker || isOfWeb()
      ? startInPage((worker as Worker | undefined) ?? new Worker(url, { type: 'module' }), hear, fail)
      : startInNode(new URL(url), key, hear, fail);
  const channel = new Channel((message, transfer) => started.post({ [key]: message }, transfer), started.ref);
  try {
    const threads = (await channel.call(0, 'create', [options])) as number;
    return makeClient(compiled, channel, threads, started, more);
  } catch (error) {
    started.terminate();
    throw error;
  }
}

function makeClient(
  { network }: Compiled,
  channel: Channel,
  threads: number,
  started: Started,
  more: readonly string[],
): TrainerWorker {
  let run: RunSummary | undefined;
  const ask = async (name: string, ...given: unknown[]): Promise<never> => {
    const scope: Scope = [];
    try {
      return (await channel.call(0, name, given, scope)) as never;
    } finally {
      for (const end of scope) end();
    }
  };
  const methods = Object.fromEntries(
    [...METHODS, ...more].map((name) => [name, (...given: unknown[]) => ask(name, ...given)]),
  );
  return Object.freeze({
    ...(methods as unknown as Pick<TrainerWorker, (typeof METHODS)[number]>),
    network,
    threads,
    get run() {
      return run;
    },
    get parameters() {
      return ask('parameters');
    },
    get buffers() {
      return ask('buffers');
    },
    keep: async (data: unknown) => new Kept((await channel.call(0, 'keep', [data], [], true)) as number),
    drop: ({ key }: Kept) => ask('drop', key),
    async *fit(data: FitData | Kept, options?: FitOptions) {
      const scope: Scope = [];
      const guarded = guard(options);
      try {
        const key = (await channel.call(0, 'fit', [data, guarded.options], scope)) as number;
        scope.push(() => void ask('end', key).catch(() => {}));
        try {
          for (;;) {
            const { value, done } = (await channel.call(key, 'next')) as IteratorResult<EpochResult, void>;
            run = await ask('run');
            guarded.check();
            if (done) return;
            yield value;
          }
        } finally {
          await channel.call(key, 'return').catch(() => {});
          run = await ask('run').catch(() => run);
        }
      } finally {
        for (const end of scope) end();
      }
    },
    dispose() {
      channel.end(new TrainerError('CNN4107', 'this trainer is disposed', 'make a new one with `createTrainerWorker`'));
      started.terminate();
    },
  });
}

/** A mistake in what the caller wants to be told by ends the training, as it does without a worker. */
function guard(options: FitOptions | undefined) {
  const stop = new AbortController();
  let mistakes: unknown[] = [];
  const guarded = <Told>(tell: ((told: Told) => void) | undefined) =>
    tell &&
    ((told: Told) => {
      try {
        tell(told);
      } catch (error) {
        mistakes = [error];
        stop.abort();
      }
    });
  const { onProgress, onNotice, signal } = options ?? {};
  if (signal?.aborted) stop.abort();
  signal?.addEventListener?.('abort', () => stop.abort(), { signal: stop.signal });
  return {
    options: options && {
      ...options,
      signal: typeof signal === 'object' || !signal ? stop.signal : signal,
      ...(typeof onProgress === 'function' && { onProgress: guarded(onProgress) }),
      ...(typeof onNotice === 'function' && { onNotice: guarded(onNotice) }),
    },
    check() {
      if (mistakes.length > 0) throw mistakes[0];
    },
  };
}
