/**
 * @file Contenders run in processes of their own: each has its own compiled code, heap and garbage, and a peak of memory
 * that is its own. A contender waits for a line on its standard input, does what the line asks, and answers with one
 * line; in between it sleeps. Both lines are JSON:
 *
 *     {"command": "setup", "network": {…}, "images": PATH, …}  →  {"version": TEXT, "parameters": N} or {"skip": REASON}
 *     {"command": "train", "from": IMAGE, "batches": N}        →  {"seconds": S, "cpu": S, "loss": L} or {"skip": REASON}
 *     {"command": "test"}                                      →  {"accuracy": A}
 *     {"command": "memory"}                                    →  {"base": BYTES, "peak": BYTES}
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A contender that needs more time than it is given; its process has been ended. */
export class TooSlow extends Error {}

/** A contender that failed: what it said is on standard error. */
export class Ended extends Error {}

export class ContenderProcess {
  #child;
  #answers;
  #failure;

  constructor(entry) {
    Object.assign(this, entry);
    const [command, ...given] = entry.command;
    const env = { ...process.env, ...entry.env };
    this.#child = spawn(command, given, { stdio: ['pipe', 'pipe', 'inherit'], env });
    this.#child.on('error', (error) => {
      this.#failure = error;
    });
    this.#child.stdin.on('error', () => {}); // it has ended; `ask` finds no answer and says so
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async ask(message, limitSeconds) {
    if (this.#child.pid !== undefined) this.#child.stdin.write(`${JSON.stringify(message)}\n`);
    const { value, done } = await this.#within(limitSeconds, this.#answers.next());
    if (done) throw new Ended(`${this.id} ended without an answer`, { cause: this.#failure });
    return JSON.parse(value);
  }

  /** Ends the process where the answer takes longer: nobody could tell it to stop. */
  async #within(seconds, answer) {
    if (seconds === undefined) return answer;
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new TooSlow(`${this.id} takes longer than ${seconds} s`)), 1000 * seconds);
    });
    try {
      return await Promise.race([answer, late]);
    } catch (error) {
      this.#child.kill('SIGKILL');
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  end() {
    this.#child.stdin.end();
  }
}

/** The answer to `setup`; a contender whose program is not on this machine is skipped too. */
async function setUp(contender, task) {
  try {
    return await contender.ask({ command: 'setup', ...task, threads: contender.threads });
  } catch (error) {
    if (error.cause?.code === 'ENOENT') return { skip: `there is no ${error.cause.path}` };
    throw error;
  }
}

/**
 * Starts contenders and sets each up for the same task. Those that cannot run here are returned with their reason;
 * one that has built another network than the task's is an error.
 */
export async function enlist(entries, task) {
  const ready = [];
  const skipped = [];
  for (const entry of entries) {
    const contender = new ContenderProcess(entry);
    const { skip, version, parameters } = await setUp(contender, task);
    if (skip !== undefined) {
      skipped.push({ id: entry.id, label: entry.label, node: entry.node, reason: skip });
      contender.end();
      continue;
    }
    if (parameters !== task.network.parameters) {
      throw new Error(
        `${entry.id} built ${parameters} parameters, ${task.network.name} has ${task.network.parameters}`,
      );
    }
    ready.push(Object.assign(contender, { version }));
  }
  if (ready.length === 0)
    throw new Error(`no contender can run here: ${skipped.map(({ reason }) => reason).join('; ')}`);
  return { ready, skipped };
}
