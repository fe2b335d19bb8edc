/**
 * @file `compile`: milliseconds from text to emitted module. Every repetition is a fresh process, because the first
 * call of a process is what a user waits for: nothing is compiled or cached yet. Further calls in the same process show
 * what a watcher or an editor waits for.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command } from '../compiler.mjs';
import { interleave, spread } from '../harness.mjs';
import { findNetwork, residualText } from '../networks.mjs';
import { figure, figures, megabytes, table } from '../table.mjs';

const child = fileURLToPath(new URL('../compile-once.mjs', import.meta.url));
const furtherCalls = 5;

const networks = [
  { network: 'lenet', text: () => findNetwork('lenet').text() },
  { network: 'resnet20', text: () => residualText(3) },
  { network: 'resnet50', text: () => residualText(8) },
  { network: 'resnet110', text: () => residualText(18) },
];

function wallTime(given) {
  const before = performance.now();
  execFileSync(process.execPath, given, { stdio: ['ignore', 'ignore', 'pipe'] });
  return performance.now() - before;
}

function compileOnce(file, target) {
  return JSON.parse(execFileSync(process.execPath, [child, file, target, String(furtherCalls)], { encoding: 'utf8' }));
}

/** Where the command refuses what the library can do, NaN and what it said. */
function commandTime({ file, target }) {
  try {
    return { cli: wallTime([command, 'build', file, '--target', target, '-o', `${file}.mjs`]) };
  } catch (error) {
    return { cli: Number.NaN, refusal: String(error.stderr).split('\n', 1)[0] };
  }
}

/** One repetition: the library in one process, the command in another. */
function measure(subject) {
  return { ...compileOnce(subject.file, subject.target), ...commandTime(subject) };
}

/** Every network for every target, each text in a file. */
function subjectsIn(folder) {
  return networks.flatMap(({ network, text }) => {
    const file = join(folder, `${network}.cnn`);
    writeFileSync(file, text());
    return ['js', 'wasm'].map((target) => ({ id: `${network} ${target}`, network, target, file }));
  });
}

function report({ id, network, target }, rounds) {
  const column = (key) => rounds.get(id).map((round) => round[key]);
  const [imported, first, further, cli] = ['imported', 'first', 'further', 'cli'].map((key) => spread(column(key)));
  const refusal = column('refusal').find(Boolean);
  return { network, target, imported, first, further, cli, refusal, peak: Math.max(...column('peak')) };
}

export async function compileBenchmark({ repetitions }) {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-bench-'));
  try {
    const subjects = subjectsIn(folder);
    const bare = { id: 'bare node' };
    const rounds = await interleave([bare, ...subjects], repetitions, (subject) =>
      subject === bare ? wallTime(['-e', '0']) : measure(subject),
    );
    return { repetitions, startUp: spread(rounds.get(bare.id)), rows: subjects.map((each) => report(each, rounds)) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function showCompile({ repetitions, startUp, rows }) {
  const header = ['network', 'target', 'first call (min–max)', 'further', 'cnnc build', 'peak MB'];
  const body = rows.map(({ network, target, first, further, cli, refusal, peak }) => [
    ...[network, target, figures(first), figure(further.median)],
    ...[refusal ? 'fails' : figure(cli.median), megabytes(peak)],
  ]);
  return [
    `compile: text to trainer module, ms, medians of ${repetitions} fresh processes`,
    '',
    table(header, body),
    `before the first call: ${figure(rows[0].imported.median)} ms to import the compiler`,
    `within \`cnnc build\`: ${figure(startUp.median)} ms to start Node and end it`,
    ...rows.filter(({ refusal }) => refusal).map(({ network, target, refusal }) => `${network} ${target}: ${refusal}`),
  ].join('\n');
}
