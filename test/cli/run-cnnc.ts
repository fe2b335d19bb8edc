/** @file The program as users run it: bundled from the present sources, in a process and a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { programPath } from '../support/bundles.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

export interface Outcome {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** A new empty folder with some files. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = temporaryFolder('cnnc-');
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string;
  /** Sees the process and what it has written so far. */
  readonly watch?: (child: ChildProcess, err: string, out: string) => void;
}

export function cnnc(args: readonly string[], { cwd, input, watch }: RunOptions = {}): Promise<Outcome> {
  const { FORCE_COLOR: _, ...env } = process.env;
  const child = spawn(process.execPath, [programPath, ...args], { cwd, env });
  let [out, err] = ['', ''];
  child.stdout.on('data', (data) => {
    out += data;
    watch?.(child, err, out);
  });
  child.stderr.on('data', (data) => {
    err += data;
    watch?.(child, err, out);
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input ?? '');
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, out, err }));
  });
}
