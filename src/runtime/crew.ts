/**
 * @file Threads that run every kernel together, each its share of the rounds: for predicting, where there may be one image only.
 * They wait for each other inside the kernels' module (`meet.ts` of the target); here is told what runs next. The call that
 * asks is the first thread; when it returns, all have done their parts. It defines `cnncCrew`.
 */
import { TrainerError } from '../data/trainer-error.ts';
import type { Crew, Phase } from './executable.ts';
import { countThreads, startThread, startThreads, type Thread } from './start-thread.ts';

export { countThreads };

export interface CrewStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly threads: number;
  /** The byte where the threads meet. */
  readonly place: number;
}

/** Integers behind those of the meeting: what runs next, and what it is called with. */
const MAY_SLEEP = 3;
const JOB = 4;

const WORK = `const begin = ({ module, memory, place, part, others, names }, ready) => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const job = new Int32Array(memory.buffer, place, 8);
  ready('');
  for (;;) {
    exports.meet(part, others);
    exports[names[job[4]]](job[5], job[6], job[7], part, others);
  }
};`;

type Exports = Record<string, (...given: number[]) => void>;

/** Nothing where a thread cannot be started: then the first one computes alone. */
export async function startCrew(
  { module, memory, threads, place }: CrewStart,
  exports: Exports,
  names: readonly string[],
): Promise<Crew | undefined> {
  const others = threads - 1;
  const start = { module, memory, place, others, names };
  const workers = await startThreads(
    Array.from({ length: others }, (_, k) => startThread(WORK, { ...start, part: k + 1 })),
  );
  if (!workers) return undefined;
  const control = new Int32Array(memory.buffer, place, 8);
  control[MAY_SLEEP] = Number(maySleep(control));
  const giveUp = (problem: string): never => {
    for (const worker of workers) worker.ended = true;
    dispose(workers);
    throw new TrainerError('CNN4110', problem, 'make a new predictor');
  };
  const run = (job: number, ...given: number[]) => {
    if (workers.some(({ ended }) => ended)) giveUp('a thread has ended');
    control.set([job, ...given], JOB);
    try {
      exports.meet!(0, others);
      exports[names[job]!]!(...given, 0, others);
    } catch {
      giveUp('a thread does not answer any more');
    }
  };
  return {
    threads,
    phase: (phase, name) => {
      const job = names.indexOf(name);
      const call: Phase['run'] = (index, group = 0, arena = 0) => run(job, index, group, arena);
      return job < 0 ? phase : { ...phase, run: call };
    },
    dispose: () => dispose(workers),
  };
}

function dispose(workers: readonly Thread[]): void {
  for (const worker of workers) worker.terminate();
}

function maySleep(control: Int32Array): boolean {
  try {
    Atomics.wait(control, JOB, -1);
    return true;
  } catch {
    return false;
  }
}
