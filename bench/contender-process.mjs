/**
 * @file Contenders run in processes of their own: each has its own compiled code, heap and garbage, and a peak of memory
 * that is its own. A contender waits for a line on its standard input, does what the line asks, and answers with one
 * line; in between it sleeps. Both lines are JSON:
 *
 *     {"command": "setup", "network": {…}, "images": PATH, …}  →  {"version": TEXT, "parameters": N} or {"skip": REASON}
 *     {"command": "train", "from": IMAGE, "batches": N}        →  {"seconds": S, "cpu": S, "loss": L}
 *     {"command": "test"}                                      →  {"accuracy": A}
 *     {"command": "memory"}                                    →  {"base": BYTES, "peak": BYTES}
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('contenders/', import.meta.url));
const host = fileURLToPath(new URL('contender-host.mjs', import.meta.url));

/** Every file in `contenders/` is one. */
export function contenderNames() {
  return readdirSync(folder)
    .filter((file) => /\.(mjs|py)$/.test(file))
    .map((file) => file.replace(/\.\w+$/, ''))
    .sort();
}

function pythonCommand() {
  const system = '/usr/bin/python3';
  return process.env.PYTHON ?? (existsSync(system) ? system : 'python3');
}

/** One thread, also in the libraries that decide before they are asked. */
const oneThread = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };

function commandOf(name) {
  const python = `${folder}${name}.py`;
  return existsSync(python) ? [pythonCommand(), [python]] : [process.execPath, [host, `${folder}${name}.mjs`]];
}

export class ContenderProcess {
  #child;
  #answers;
  #failure;

  constructor(name) {
    this.name = name;
    const [command, given] = commandOf(name);
    const env = { ...process.env, ...oneThread };
    this.#child = spawn(command, given, { stdio: ['pipe', 'pipe', 'inherit'], env });
    this.#child.on('error', (error) => {
      this.#failure = error;
    });
    this.#child.stdin.on('error', () => {}); // it has ended; `ask` finds no answer and says so
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async ask(message) {
    if (this.#child.pid !== undefined) this.#child.stdin.write(`${JSON.stringify(message)}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`${this.name} ended without an answer`, { cause: this.#failure });
    return JSON.parse(value);
  }

  end() {
    this.#child.stdin.end();
  }
}

/** The answer to `setup`; a contender whose program is not on this machine is skipped too. */
async function setUp(contender, task) {
  try {
    return await contender.ask({ command: 'setup', ...task });
  } catch (error) {
    if (error.cause?.code === 'ENOENT') return { skip: `there is no ${error.cause.path}` };
    throw error;
  }
}

/**
 * Starts contenders and sets each up for the same task. Those that cannot run here are returned with their reason;
 * one that has built another network than the task's is an error.
 */
export async function enlist(names, task) {
  const ready = [];
  const skipped = [];
  for (const name of names) {
    const contender = new ContenderProcess(name);
    const { skip, version, parameters } = await setUp(contender, task);
    if (skip !== undefined) {
      skipped.push({ name, reason: skip });
      contender.end();
      continue;
    }
    if (parameters !== task.network.parameters) {
      throw new Error(`${name} built ${parameters} parameters, ${task.network.name} has ${task.network.parameters}`);
    }
    ready.push(Object.assign(contender, { version }));
  }
  if (ready.length === 0) throw new Error('no contender can run here');
  return { ready, skipped };
}
