/** @file Packages of `bench/package.json`, which are installed on demand: they are large. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const manifestOf = (name) => join(here, 'node_modules', name, 'package.json');

/** `undefined` where all are installed, or why the contender sits out, with the command that installs them. */
export function missing(...names) {
  const absent = names.filter((name) => !existsSync(manifestOf(name)));
  if (absent.length === 0) return undefined;
  return { skip: `${absent.join(' and ')} not installed: npm install --prefix bench` };
}

export function versionOf(name) {
  return JSON.parse(readFileSync(manifestOf(name), 'utf8')).version;
}
