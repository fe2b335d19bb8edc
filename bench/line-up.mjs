/**
 * @file Who takes part: every file in `contenders/`, once for each number of threads it can use and, if it is JavaScript,
 * for each Node. `cnnc-wasm@2` is cnnc-wasm on two threads.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('contenders/', import.meta.url));
const host = fileURLToPath(new URL('contender-host.mjs', import.meta.url));

/** The others compute on one thread, whatever they are asked. */
const threaded = ['cnnc-wasm', 'pytorch'];

export function contenderNames() {
  return readdirSync(folder)
    .filter((file) => /\.(mjs|py)$/.test(file))
    .map((file) => file.replace(/\.\w+$/, ''))
    .sort();
}

/** `{ path, version, label }` of a Node binary; the label is its major version. */
export function describeNode(path) {
  const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim().slice(1);
  return { path, version, label: `Node ${version.split('.')[0]}` };
}

/** The system's, which has the system's packages; some systems have a `python3` that only tells where to get one. */
export function pythonCommand() {
  const runs = (command) => spawnSync(command, ['-c', '']).status === 0;
  // Nothing has the last name, so whoever starts it hears that there is none.
  return process.env.PYTHON ?? ['/usr/bin/python3', 'python3'].find(runs) ?? 'python3 that runs';
}

/** Threads also for libraries that decide before they are asked. */
function environment(threads) {
  const libraries = ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'];
  return Object.fromEntries(libraries.map((library) => [library, String(threads)]));
}

function entry(name, threads, node) {
  const python = `${folder}${name}.py`;
  const command = node ? [node.path, host, `${folder}${name}.mjs`] : [pythonCommand(), python];
  const label = threads === 1 ? name : `${name}@${threads}`;
  return {
    id: node ? `${label}, ${node.label}` : label,
    label,
    name,
    threads,
    node,
    command,
    env: environment(threads),
  };
}

/** Entries in the order in which they take turns: those of one name lie side by side, so that ratios are close in time. */
export function lineUp(names, threads, nodes) {
  return names.flatMap((name) => {
    const platforms = existsSync(`${folder}${name}.py`) ? [undefined] : nodes;
    const counts = threaded.includes(name) ? threads : threads.filter((count) => count === 1);
    return platforms.flatMap((node) => counts.map((count) => entry(name, count, node)));
  });
}

/** Equal threads and the same Node; what runs on no Node is compared on every one. */
export function isComparable(one, other) {
  return one.threads === other.threads && (!one.node || !other.node || one.node.path === other.node.path);
}
