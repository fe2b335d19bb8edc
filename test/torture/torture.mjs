/**
 * @file Runs are killed (`kill -9`) at random moments, a third of them while a file is being written, and continued, with one
 * thread or two, until they end. Then weights and log are compared, byte for byte, with those of a run that nobody killed; and
 * after every kill each file under its final name is whole.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** All that a run draws at random, and all that it keeps: order, dropout, crops, statistics, moments, held-out images. */
export const NETWORK = `network Tortured {
  input image: [1, 28, 28]
  target label: class(10)
  maps = image -> conv(4, 5x5, stride: 2) -> batchnorm -> relu -> maxpool(2)
  logits = maps -> flatten -> dropout(20%) -> dense(10)
  loss crossentropy(logits, label)
  metric accuracy(logits, label)
  output probs = softmax(logits)
}
train Tortured {
  data digits(train: 160, test: 20)
  augment crop(pad: 2)
  optimizer adam(lr: 0.01)
  schedule cosine(warmup: 1 epochs)
  validation 10%
  batch 16
  epochs 4
}
`;

/** What must be the same in the end. */
const RESULTS = ['last.safetensors', 'best.safetensors', 'metrics.jsonl'];

/** About as many times as the system tells of temporary files in a run. */
const EVENTS = 80;

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
export function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs a command to its end, or until `kill` is called with it. */
function runOnce([program, ...args], cwd, kill) {
  const child = spawn(process.execPath, [program, ...args], { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let problem = '';
  child.stderr.on('data', (text) => (problem += text));
  const stop = kill?.(() => child.kill('SIGKILL'));
  return new Promise((resolve) =>
    child.on('close', (status, signal) => {
      stop?.();
      resolve({ status, signal, problem });
    }),
  );
}

/** Kills after some milliseconds. */
const killAfter = (milliseconds) => (kill) => {
  const timer = setTimeout(kill, milliseconds);
  return () => clearTimeout(timer);
};

/** Kills when the system has told so many times of temporary files: while the last of them is written or moved. */
const killInSave = (folder, events) => (kill) => {
  let left = events;
  let watcher;
  const begin = () => {
    if (!existsSync(folder)) return;
    clearInterval(timer);
    watcher = watch(folder, (_, name) => {
      if (name?.endsWith('.tmp') && --left === 0) kill();
    });
  };
  const timer = setInterval(begin, 2);
  return () => {
    clearInterval(timer);
    watcher?.close();
  };
};

/** Why a file is not whole, if it is not. */
function damageOf(name, bytes) {
  if (name.endsWith('.safetensors')) {
    const length = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + length));
    const ends = Object.values(header).map(({ data_offsets: offsets }) => offsets?.[1] ?? 0);
    return Math.max(...ends) === bytes.length - 8 - length ? undefined : 'its length is not what its header says';
  }
  if (name === 'run.json') JSON.parse(bytes.toString());
  if (name === 'trainer.mjs' && !bytes.toString().includes('createTrainer')) return 'it is no module';
  return undefined;
}

function checkWhole(folder) {
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.tmp') || name === 'run.lock' || name === 'metrics.jsonl') continue;
    try {
      const damage = damageOf(name, readFileSync(join(folder, name)));
      if (damage) return `${name}: ${damage}`;
    } catch (error) {
      return `${name}: ${error.message}`;
    }
  }
  return undefined;
}

/** `commands`: words that train, to which `--out` and the like are added; the runs take turns. */
export async function torture({ commands, cwd, runs, seed = 1, onRun = () => {} }) {
  const random = randomOf(seed);
  const place = mkdtempSync(join(tmpdir(), 'cnnc-torture-'));
  const failures = [];
  let [kills, inSaves] = [0, 0];
  const wholes = [];
  for (const [k, words] of commands.entries()) {
    const folder = join(place, `whole-${k}`);
    const started = performance.now();
    const { status, problem } = await runOnce([...words, '--out', folder, '--save-every', '1steps'], cwd);
    if (status !== 0) throw new Error(`the run that nobody kills fails:\n${problem}`);
    wholes.push({
      milliseconds: performance.now() - started,
      files: RESULTS.map((name) => readFileSync(join(folder, name))),
    });
  }
  for (let run = 0; run < runs; run++) {
    const words = commands[run % commands.length];
    const { milliseconds, files } = wholes[run % commands.length];
    const folder = join(place, `run-${run}`);
    const fail = (why) => failures.push({ run, why });
    let killed = 0;
    for (;;) {
      const begun = existsSync(join(folder, 'run.json'));
      const threads = random() < 0.5 ? [] : ['--threads', '2'];
      const args = [...words, '--out', folder, '--save-every', '1steps', ...threads, ...(begun ? ['--resume'] : [])];
      const inSave = run % 3 === 0;
      const moment = inSave
        ? killInSave(folder, 1 + Math.floor(EVENTS * random()))
        : killAfter(0.9 * milliseconds * random());
      const kill = killed < 1 ? moment : undefined;
      const { status, signal, problem } = await runOnce(args, cwd, kill);
      if (existsSync(folder)) {
        const damage = checkWhole(folder);
        if (damage) fail(damage);
      }
      if (signal === 'SIGKILL') {
        killed++;
        kills++;
        if (inSave) inSaves++;
        continue;
      }
      if (status !== 0) fail(`status ${status}: ${problem}`);
      break;
    }
    for (const [k, name] of RESULTS.entries()) {
      const path = join(folder, name);
      if (!existsSync(path) || !readFileSync(path).equals(files[k]))
        fail(`${name} is not that of the run that was not killed`);
    }
    const left = existsSync(folder) ? readdirSync(folder).filter((name) => /\.tmp|lock/.test(name)) : [];
    if (left.length > 0) fail(`left behind: ${left.join(', ')}`);
    onRun({ run, failures });
    rmSync(folder, { recursive: true, force: true });
  }
  rmSync(place, { recursive: true, force: true });
  return { failures, kills, inSaves };
}
