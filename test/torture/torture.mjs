/**
 * @file Runs are killed (`kill -9`) at random moments, a third of them while a file is being written, and continued, with one
 * thread or two, until they end. Then weights and log are compared, byte for byte, with those of a run that nobody killed; and
 * after every kill each file under its final name is whole. A kill counts if it struck: the run held its folder and had not
 * ended, which its lock tells; it struck in a save if a file lies there that was not moved to its place yet.
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

/**
 * Runs a command to its end, or until `kill` is called, which gets the folder's events: `begun` once the run holds it, and each time
 * that the system tells of a temporary file.
 */
function runOnce([program, ...args], cwd, folder, { begun = () => {}, saving = () => {} } = {}) {
  const child = spawn(process.execPath, [program, ...args], { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let problem = '';
  child.stderr.on('data', (text) => (problem += text));
  const kill = () => child.kill('SIGKILL');
  let watcher;
  const timer = setInterval(() => {
    if (!existsSync(join(folder, 'run.lock'))) return;
    clearInterval(timer);
    watcher = watch(folder, (_, name) => name?.endsWith('.tmp') && saving(kill));
    begun(kill);
  }, 1);
  return new Promise((resolve) =>
    child.on('close', (status, signal) => {
      clearInterval(timer);
      watcher?.close();
      resolve({ status, signal, problem });
    }),
  );
}

/** Kills some milliseconds after the run has begun. */
function killAfter(milliseconds) {
  let timer;
  return { begun: (kill) => (timer = setTimeout(kill, milliseconds)), end: () => clearTimeout(timer) };
}

/** Kills when the system has told so many times of temporary files: while the last of them is written or moved. */
function killInSave(events) {
  let left = events;
  return { saving: (kill) => --left === 0 && kill(), end: () => {} };
}

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

/** A run that nobody kills: what it leaves, how long it holds its folder, and how often the system tells of its temporary files. */
async function runWhole(words, cwd, folder) {
  let [started, events] = [0, 0];
  const { status, problem } = await runOnce([...words, '--out', folder, ...OFTEN], cwd, folder, {
    begun: () => (started = performance.now()),
    saving: () => events++,
  });
  if (status !== 0) throw new Error(`the run that nobody kills fails:\n${problem}`);
  const milliseconds = performance.now() - started;
  return { milliseconds, events, files: RESULTS.map((name) => readFileSync(join(folder, name))) };
}

const OFTEN = ['--save-every', '1steps'];

/** Kills a run once, continues it, and tells whether the kill struck, and whether in a save. */
async function killAndContinue(words, cwd, folder, { moment, random, fail }) {
  let struck = false;
  let inSave = false;
  for (let kill = moment; ; kill = undefined) {
    const begun = existsSync(join(folder, 'run.json'));
    const threads = random() < 0.5 ? [] : ['--threads', '2'];
    const args = [...words, '--out', folder, ...OFTEN, ...threads, ...(begun ? ['--resume'] : [])];
    const { status, signal, problem } = await runOnce(args, cwd, folder, kill);
    kill?.end();
    const damage = existsSync(folder) ? checkWhole(folder) : undefined;
    if (damage) fail(damage);
    if (signal === 'SIGKILL') {
      const left = existsSync(folder) ? readdirSync(folder) : [];
      struck = left.includes('run.lock');
      inSave = struck && left.some((name) => name.endsWith('.tmp'));
      continue;
    }
    if (status !== 0) fail(`status ${status}: ${problem}`);
    return { struck, inSave };
  }
}

/** Why a folder is not what a run that nobody killed leaves. */
function differences(folder, files) {
  const other = RESULTS.filter((name, k) => {
    const path = join(folder, name);
    return !existsSync(path) || !readFileSync(path).equals(files[k]);
  });
  const left = existsSync(folder) ? readdirSync(folder).filter((name) => /\.tmp|lock/.test(name)) : [];
  return [
    ...other.map((name) => `${name} is not that of the run that was not killed`),
    ...left.map((name) => `left behind: ${name}`),
  ];
}

/**
 * `commands`: words that train, to which `--out` and the like are added; the runs take turns. Goes on until so many kills have struck,
 * a third of them in saves; a run whose kill came too early or too late is one more.
 */
export async function torture({ commands, cwd, kills: wanted, seed = 1, onRun = () => {} }) {
  const random = randomOf(seed);
  const place = mkdtempSync(join(tmpdir(), 'cnnc-torture-'));
  const failures = [];
  const wholes = [];
  for (const [k, words] of commands.entries()) wholes.push(await runWhole(words, cwd, join(place, `whole-${k}`)));
  const wantedInSaves = Math.floor(wanted / 3);
  let [runs, kills, inSaves] = [0, 0, 0];
  for (; kills < wanted && runs < 4 * wanted; runs++) {
    const words = commands[runs % commands.length];
    const { milliseconds, events, files } = wholes[runs % commands.length];
    const folder = join(place, `run-${runs}`);
    const fail = (why) => failures.push({ run: runs, why });
    // What is still to come decides, so that neither kind of kill is left to the end.
    const saves = random() * (wanted - kills) < wantedInSaves - inSaves;
    const moment = saves ? killInSave(1 + Math.floor(events * random())) : killAfter(milliseconds * random());
    const { struck, inSave } = await killAndContinue(words, cwd, folder, { moment, random, fail });
    kills += Number(struck);
    inSaves += Number(inSave);
    for (const why of differences(folder, files)) fail(why);
    onRun({ runs: runs + 1, kills, inSaves, failures });
    rmSync(folder, { recursive: true, force: true });
  }
  if (kills < wanted) failures.push({ run: runs, why: `only ${kills} of ${wanted} kills have struck` });
  rmSync(place, { recursive: true, force: true });
  return { failures, runs, kills, inSaves };
}
