/**
 * @file `compile`: milliseconds from text to emitted module. Every repetition is a fresh process, because the first
 * call of a process is what a user waits for: nothing is compiled or cached yet. Further calls in the same process show
 * what a watcher or an editor waits for.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command } from '../compiler.mjs';
import { interleave, spread } from '../harness.mjs';
import { findNetwork, residualText } from '../networks.mjs';
import { figure, figures, table } from '../table.mjs';

const child = fileURLToPath(new URL('../compile-once.mjs', import.meta.url));
const furtherCalls = 5;

const subjects = [
  { name: 'lenet', text: () => findNetwork('lenet').text() },
  { name: 'resnet50', text: () => residualText(8) },
];

function wallTime(given) {
  const before = performance.now();
  execFileSync(process.execPath, given, { stdio: ['ignore', 'ignore', 'inherit'] });
  return performance.now() - before;
}

function compileOnce(file) {
  return JSON.parse(execFileSync(process.execPath, [child, file, String(furtherCalls)], { encoding: 'utf8' }));
}

/** One repetition; `cli` stays out where the command is not built. */
function measure(file) {
  const { imported, first, further, peak } = compileOnce(file);
  const cli = existsSync(command)
    ? wallTime([command, 'build', file, '--target', 'js', '-o', `${file}.js`])
    : undefined;
  return { imported, first, further, peak, cli };
}

export async function compileBenchmark({ repetitions }) {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-bench-'));
  try {
    const files = subjects.map(({ name, text }) => ({ name, file: join(folder, `${name}.cnn`), text: text() }));
    for (const { file, text } of files) writeFileSync(file, text);
    const bare = { name: 'bare node' };
    const rounds = await interleave([bare, ...files], repetitions, ({ file }) =>
      file ? measure(file) : { cli: wallTime(['-e', '0']) },
    );
    const column = (name, key) => rounds.get(name).map((round) => round[key]);
    const startUp = spread(column(bare.name, 'cli'));
    const rows = files.map(({ name }) => ({
      name,
      imported: spread(column(name, 'imported')),
      first: spread(column(name, 'first')),
      further: spread(column(name, 'further')),
      peak: Math.max(...column(name, 'peak')),
      cli: existsSync(command) ? spread(column(name, 'cli')) : undefined,
    }));
    return { repetitions, startUp, rows };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function showCompile({ repetitions, startUp, rows }) {
  const header = ['network', 'first call', 'further calls', 'cnnc build', 'peak MB'];
  const body = rows.map(({ name, first, further, cli, peak }) => [
    ...[name, figures(first), figures(further), cli ? figures(cli) : 'not built', Math.round(peak / 1e6)],
  ]);
  const imported = figure(rows[0].imported.median);
  return [
    `compile: text to JavaScript module, ms, medians of ${repetitions} fresh processes`,
    '',
    table(header, body),
    `to import the compiler: ${imported} ms; to start Node and end it: ${figure(startUp.median)} ms`,
  ].join('\n');
}
