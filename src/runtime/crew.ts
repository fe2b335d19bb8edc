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

/**
 * A trial is so many predictions, in turns with all threads and with one. The first comes when an engine has optimised the kernels, which it
 * does on a core of the threads; from one to the next it takes so many predictions at least, and twice as long as before, up to the longest.
 */
const TRIAL = 18;
const BETWEEN = 64;
const [FIRST_WAIT, LONGEST_WAIT] = [2000, 64_000];
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
    const run = exports[names[control[${JOB}]]];
    const [index, group, arena, first] = [control[${JOB + 1}], control[${JOB + 2}], control[${JOB + 3}], control[${JOB + 4}]];
    if (Atomics.load(control, ${TURN}) === turn) run(index, group, arena, part, others, first);
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

  #run(job: number, index: number, group: number, arena: number): void {
    this.#wake();
    const { control, exports } = this;
    const name = this.#names[job]!;
    const first = this.#first;
    control[JOB] = job;
    control[JOB + 1] = index;
    control[JOB + 2] = group;
    control[JOB + 3] = arena;
    control[JOB + 4] = first;
    Atomics.add(control, TURN, 1);
    this.#first += this.phases[name]!;
    try {
      exports[name]!(index, group, arena, 0, this.all - 1, first);
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
  #left = 0;
  #calls = 0;
  #wait = FIRST_WAIT;
  #next = performance.now() + FIRST_WAIT;
  readonly #times: [together: number[], alone: number[]] = [[], []];

  begin(images: number): { together: boolean; end: () => void } {
    const started = performance.now();
    const end = () => {};
    if (images !== 1) return { together: this.pays, end };
    if (this.#left === 0 && ++this.#calls > BETWEEN && started > this.#next) this.#left = TRIAL;
    if (this.#left === 0) return { together: this.pays, end };
    const together = --this.#left % 2 === 0;
    return { together, end: () => this.#note(together, performance.now() - started) };
  }

  #note(together: boolean, took: number): void {
    this.#times[together ? 0 : 1].push(took);
    if (this.#left > 0) return;
    const [all, one] = this.#times.map((times) => times.sort((a, b) => a - b)[times.length >> 1]!);
    this.pays = all! < PAYS * one!;
    for (const times of this.#times) times.length = 0;
    this.#calls = 0;
    this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT);
    this.#next = performance.now() + this.#wait;
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
