/** @file PyTorch, where this machine has it. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const CANDIDATES = [process.env.CNNC_PYTHON, '/usr/bin/python3', 'python3'];

/** A Python that has torch. */
export const python: string | undefined = CANDIDATES.find(
  (path) =>
    path &&
    (!path.startsWith('/') || existsSync(path)) &&
    spawnSync(path, ['-c', 'import importlib.util as u, sys; sys.exit(u.find_spec("torch") is None)']).status === 0,
);

export const WITHOUT = 'there is no Python with torch; CNNC_PYTHON names one';

export type Answer = Readonly<Record<string, readonly number[]>> & { readonly error?: string };

/** Answers of `twin.py`, one for each case, by one process. */
export function askTwins(cases: readonly unknown[]): Answer[] {
  const script = fileURLToPath(new URL('twin.py', import.meta.url));
  const input = cases.map((one) => JSON.stringify(one)).join('\n');
  const { stdout, stderr, status } = spawnSync(python!, [script], { input, encoding: 'utf8', maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(stderr);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
}

/** What a script prints, a line of JSON for each answer; it reads what is asked from its standard input. */
export function runPython<Found>(script: string, asked: unknown): Found[] {
  const { stdout, stderr, status } = spawnSync(python!, ['-c', script], {
    input: JSON.stringify(asked),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(stderr.slice(-2000));
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Found);
}
