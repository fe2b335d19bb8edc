/** @file What a further thread runs: bundled to a text of its own, it becomes `cnncWorker` in a worker. */
import { Barrier } from './barrier.ts';
import type { Phase, ProgramName } from './executable.ts';
import { Mailbox, type MailSource, type SharedParts } from './mailbox.ts';
import { makeShares, type ShareParts, type ShareSource } from './share.ts';

/** The phases of a program by the names of their functions. */
export type NamedPhases = Readonly<Record<ProgramName, readonly (Omit<Phase, 'run'> & { readonly name: string })[]>>;

export interface WorkerStart {
  readonly compiled: ShareSource & MailSource;
  readonly phases: NamedPhases;
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly parts: SharedParts;
  readonly thread: number;
  readonly threads: number;
}

/** What the module tells its workers to carry. */
export const parts: { -readonly [Name in keyof ShareParts]: ShareParts[Name] } = {};

/** Never returns: the worker is ended by who started it. */
export function work(start: WorkerStart, ready: (message: string) => void): void {
  const { compiled, phases, module, memory, thread, threads } = start;
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const bind = (program: ProgramName): Phase[] =>
    phases[program].map((phase) => ({ ...phase, run: exports[phase.name] as Phase['run'] }));
  const executable = { train: bind('train'), evaluate: bind('evaluate'), predict: bind('predict') };
  const shares = makeShares(compiled, new Float32Array(memory.buffer), executable, parts, thread, threads);
  const mailbox = new Mailbox(compiled, start.parts);
  const barrier = new Barrier(new Int32Array(start.parts.control), threads);
  const { feed, counters, outputs } = mailbox;
  ready('ready');
  for (;;) {
    barrier.wait();
    const share = shares[mailbox.read()];
    barrier.attempt(thread, () => share.begin());
    for (const phase of share.phases) {
      barrier.attempt(thread, () => share.runPhase(phase, feed, counters, outputs));
      barrier.wait();
    }
  }
}
