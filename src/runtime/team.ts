/**
 * @file Several threads over one memory. The first is the one that calls; the others are workers, which wait for a job
 * at the barrier, run their share of each phase, and meet at the barrier after it. So a step is done when the call
 * returns, just as with a single thread. Bundled for WebAssembly modules alone, it defines `cnncTeam`.
 */
import { TrainerError } from '../data/trainer-error.ts';
import { Barrier, CONTROL_INTS } from './barrier.ts';
import type { Compiled, Executable, ProgramName, Team } from './executable.ts';
import type { Feed } from './feed.ts';
import { Mailbox, shareParts } from './mailbox.ts';
import type { Progress } from './progress.ts';
import { makeShares, type Share } from './share.ts';
import { countThreads, startThread, startThreads, type Thread } from './start-thread.ts';
import type { NamedPhases, WorkerStart } from './worker.ts';

export { countThreads };

class WorkerTeam implements Team {
  readonly threads: number;
  readonly #shares: Record<ProgramName, Share>;
  readonly #mailbox: Mailbox;
  readonly #barrier: Barrier;

  constructor(
    compiled: Compiled,
    executable: Executable,
    readonly start: Omit<WorkerStart, 'thread'>,
    readonly workers: readonly Thread[],
  ) {
    const { memory, parts, threads } = start;
    this.threads = threads;
    this.#shares = makeShares(compiled, new Float32Array(memory.buffer), executable, compiled.parts, 0, threads);
    this.#mailbox = new Mailbox(compiled, parts);
    this.#barrier = new Barrier(new Int32Array(parts.control), threads);
  }

  run(program: ProgramName, feed: Feed, progress: Progress, into?: readonly Float32Array[]): void {
    const barrier = this.#barrier;
    const mailbox = this.#mailbox;
    const share = this.#shares[program];
    const ended = this.workers.findIndex((worker) => worker.ended);
    if (ended >= 0) this.#giveUp(`thread ${ended + 1} has ended`);
    mailbox.write(program, feed, progress);
    barrier.begin();
    this.#meet();
    barrier.attempt(0, () => share.begin());
    for (const phase of share.phases) {
      barrier.attempt(0, () => share.runPhase(phase, feed, progress, mailbox.outputs));
      this.#meet();
    }
    barrier.check();
    into?.forEach((values, k) => {
      values.set(mailbox.outputs[k]!.subarray(0, values.length));
    });
  }

  #meet(): void {
    if (!this.#barrier.wait()) this.#giveUp('a thread does not answer any more');
  }

  /** Nothing can be computed without all threads: whoever calls later is told the same. */
  #giveUp(problem: string): never {
    for (const worker of this.workers) worker.ended = true;
    this.dispose();
    throw new TrainerError('CNN4110', problem, 'make a new trainer and load what `save()` of this one gives');
  }

  dispose(): void {
    for (const worker of this.workers) worker.terminate();
  }
}

/** Starts the workers, or gives up and leaves all to the engine where one cannot be started. */
export async function startTeam(
  compiled: Compiled,
  executable: Executable,
  phases: NamedPhases,
  { memory, module, threads }: Pick<WorkerStart, 'memory' | 'module' | 'threads'>,
  source: string,
): Promise<Team | undefined> {
  const { network, lanes, groups, arenaLength, programs, training } = compiled;
  const description = { network, lanes, groups, arenaLength, programs, training: { augment: training.augment } };
  const parts = shareParts(compiled, CONTROL_INTS);
  const start = { compiled: description, phases, module, memory, parts, threads };
  const work = `${source}\nconst begin = cnncWorker.work;`;
  const workers = await startThreads(
    Array.from({ length: threads - 1 }, (_, k) => startThread(work, { ...start, thread: k + 1 })),
  );
  return workers && new WorkerTeam(compiled, executable, start, workers);
}
