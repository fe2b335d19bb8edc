/**
 * @file Threads that run every kernel together, each parts of it: for predicting, where there may be one image only.
 * They share kernels inside the kernels' module (`share-kernels.ts` of the target); here is told what runs next. The call that
 * asks is the first thread; when it returns, all parts are done. It defines `cnncCrew`.
 *
 * Whether several threads are faster than one is measured as predictions are made: now and then some are computed by the first thread
 * alone, which gives the same bits. Where the others do not pay, they sleep.
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

/** Integers of the meeting, and behind them what runs next: a number of `names`, what it is called with, its first kernel. */
const TURN = 0;
const ATTENDING = 1;
const MAY_SLEEP = 2;
const JOB = 3;
const INTEGERS = 16;

/** Of so many predictions the last ones are a trial: with all threads and with one, in turns. The first trial comes sooner. */
const PERIOD = 1024;
const FIRST_TRIAL = 32;
const TRIAL = 18;
/** What all of them must save of the time of one. */
const PAYS = 0.95;

/** While the turn is odd, the job is being written. */
const WORK = `const begin = ({ module, memory, place, part, others, names }, ready) => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const control = new Int32Array(memory.buffer, place, ${INTEGERS});
  let turn = 0;
  ready('');
  for (;;) {
    exports.attend(turn);
    turn = Atomics.load(control, ${TURN});
    if (turn & 1) continue;
    const [job, index, group, arena, first] = control.subarray(${JOB});
    if (Atomics.load(control, ${TURN}) === turn) exports[names[job]](index, group, arena, part, others, first);
    else turn = -1;
  }
};`;

type Exports = Record<string, (...given: number[]) => void>;

/** `phases`: by name, how many kernels of it are shared. Nothing where a thread cannot be started: then the first one computes alone. */
export async function startCrew(
  { module, memory, threads, place }: CrewStart,
  exports: Exports,
  phases: Readonly<Record<string, number>>,
): Promise<Crew | undefined> {
  const others = threads - 1;
  const names = Object.keys(phases);
  const start = { module, memory, place, others, names };
  const control = new Int32Array(memory.buffer, place, INTEGERS);
  control[MAY_SLEEP] = Number(maySleep(control));
  const workers = await startThreads(
    Array.from({ length: others }, (_, k) => startThread(WORK, { ...start, part: k + 1 })),
  );
  return workers && new StartedCrew(threads, control, exports, phases, workers);
}

class StartedCrew implements Crew {
  readonly #names: readonly string[];
  #first = 1;
  #together = true;
  readonly #trial = new Trial();

  constructor(
    readonly all: number,
    readonly control: Int32Array,
    readonly exports: Exports,
    readonly phases: Readonly<Record<string, number>>,
    readonly workers: readonly Thread[],
  ) {
    this.#names = Object.keys(phases);
  }

  get threads(): number {
    return this.#trial.pays ? this.all : 1;
  }

  phase(phase: Phase, name: string): Phase {
    const job = this.#names.indexOf(name);
    const run: Phase['run'] = (index, group = 0, arena = 0) => {
      if (this.#together) this.#run(job, index, group, arena);
      else phase.run(index, group, arena);
    };
    return job < 0 ? phase : { ...phase, run };
  }

  predict<Result>(images: number, compute: () => Result): Result {
    const { together, end } = this.#trial.begin(images);
    this.#together = together;
    if (together) this.#wake();
    const result = compute();
    end();
    return result;
  }

  dispose(): void {
    for (const worker of this.workers) worker.terminate();
  }

  /** They come while images are still converted. */
  #wake(): void {
    if (this.workers.some(({ ended }) => ended)) this.#giveUp('a thread has ended');
    const { control } = this;
    if (Atomics.load(control, TURN) & 1) return;
    Atomics.add(control, TURN, 1);
    if (Atomics.load(control, ATTENDING) > 0) Atomics.notify(control, TURN);
  }

  #run(job: number, ...given: number[]): void {
    this.#wake();
    const { control, exports } = this;
    const name = this.#names[job]!;
    const first = this.#first;
    control.set([job, ...given, first], JOB);
    Atomics.add(control, TURN, 1);
    this.#first += this.phases[name]!;
    try {
      exports[name]!(...given, 0, this.all - 1, first);
    } catch {
      this.#giveUp('a thread does not answer any more');
    }
  }

  #giveUp(problem: string): never {
    for (const worker of this.workers) worker.ended = true;
    this.dispose();
    throw new TrainerError('CNN4110', problem, 'make a new predictor');
  }
}

/** What predictions of single images take by all threads, and by one. */
export class Trial {
  pays = true;
  #left = FIRST_TRIAL;
  readonly #times: [together: number[], alone: number[]] = [[], []];

  begin(images: number): { together: boolean; end: () => void } {
    if (images !== 1) return { together: this.pays, end: () => {} };
    const tries = --this.#left < TRIAL;
    const together = tries ? this.#left % 2 === 0 : this.pays;
    const started = performance.now();
    const end = () => {
      if (!tries) return;
      this.#times[together ? 0 : 1].push(performance.now() - started);
      if (this.#left === 0) this.#decide();
    };
    return { together, end };
  }

  #decide(): void {
    const [together, alone] = this.#times.map((times) => times.sort((a, b) => a - b)[times.length >> 1]!);
    this.pays = together! < PAYS * alone!;
    for (const times of this.#times) times.length = 0;
    this.#left = PERIOD;
  }
}

function maySleep(control: Int32Array): boolean {
  try {
    Atomics.wait(control, JOB, -1);
    return true;
  } catch {
    return false;
  }
}
