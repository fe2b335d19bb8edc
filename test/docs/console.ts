/**
 * @file Console blocks of documents as tests. A block of ```` ```console ```` holds commands after `$ ` and what they print,
 * on both streams; a fence with a file name (```` ```cnn first.cnn ````) is a file of the reader's folder. Commands run
 * in order in a new folder. With `UPDATE=1` the output found is written into the file instead of being compared.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleLibrary, bundleProgram, libraryPath, programPath } from '../support/bundles.ts';
import { root } from './imports.ts';

export interface Fence {
  readonly language: string;
  /** What follows the language: a file name or nothing. */
  readonly name: string;
  readonly text: string;
  /** Where the text begins in the file. */
  readonly start: number;
}

export function fencesOf(markdown: string): Fence[] {
  return [...markdown.matchAll(/^```(\w+)(?: +(\S+))?\n([\s\S]*?)^```$/gm)].map((match) => {
    const [, language = '', name = '', text = ''] = match;
    return { language, name, text, start: match.index + match[0].indexOf('\n') + 1 };
  });
}

interface Command {
  readonly command: string;
  readonly output: string;
}

function commandsOf(block: Fence): Command[] {
  return block.text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...lines] = part.split('\n');
      return { command, output: lines.join('\n').trimEnd() };
    });
}

/** The folder of someone who reads a document: with the examples, `npx cnnc`, and the library where it is imported. */
class Reader {
  readonly folder = mkdtempSync(join(tmpdir(), 'cnnc-reader-'));

  async prepare(document: string): Promise<void> {
    cpSync(join(root, 'examples'), join(this.folder, 'examples'), { recursive: true });
    if (document.includes("from 'cnnc'")) await this.#installLibrary();
  }

  async #installLibrary(): Promise<void> {
    const place = join(this.folder, 'node_modules', 'cnnc');
    await bundleLibrary();
    cpSync(libraryPath, join(place, 'dist/index.js'));
    cpSync(join(root, 'package.json'), join(place, 'package.json'));
  }

  write(file: Fence): void {
    writeFileSync(join(this.folder, file.name), file.text);
  }

  /** Both streams, as a terminal shows them; whatever the exit status. */
  run(command: string): string {
    const line = command
      .replace(/^npx cnnc\b/, `"${process.execPath}" "${programPath}"`)
      .replace(/^node\b/, `"${process.execPath}"`);
    const { FORCE_COLOR: _, NODE_OPTIONS: __, ...env } = process.env;
    const shell = `{ ${line}; } 2>&1 || true`;
    return execFileSync('sh', ['-c', shell], { cwd: this.folder, env, encoding: 'utf8' }).trimEnd();
  }

  leave(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * What differs from machine to machine is blanked: times, speeds, sizes of modules, rounding errors, and the figures of
 * training, which depend on whether the engine fuses multiplications and additions.
 */
function normalised(output: string): string {
  return (
    output
      // Where an epoch takes long, it is told how far it is.
      .replace(/^epoch .* left \d+:\d+.*\n/gm, '')
      .replace(/^(?:epoch|test loss) .*$/gm, (line) => line.replace(/\d+\.\d+|\d+(?= images\/s)/g, 'N'))
      .replace(/^ .*\d %$/gm, (line) => line.replace(/ +[\d.]+(?= %)/g, ' N'))
      .replace(/^most confused: .*$/gm, 'most confused: N')
      .replace(/[\d.]+ KB for/g, 'N KB for')
      .replace(/in \d+ ms/g, 'in N ms')
      .replace(/\d+ of \d+ kernels tuned, in \d+ s$/gm, 'N of N kernels tuned, in N s')
      .replace(/ +\d\.\de[-+]\d+/g, ' N')
  );
}

/** One test for each console block of some documents. */
export function describeCommands(paths: readonly string[]): void {
  describe('commands', () => {
    beforeAll(bundleProgram);
    for (const path of paths) describe(`of ${path}`, () => commandsIn(join(root, path)));
  });
}

function commandsIn(path: string): void {
  const document = readFileSync(path, 'utf8');
  const fences = fencesOf(document);
  const consoles = fences.filter(({ language }) => language === 'console');
  const update = process.env.UPDATE !== undefined;
  const reader = new Reader();
  const found = new Map<Fence, string>();
  beforeAll(() => reader.prepare(document));
  afterAll(() => {
    reader.leave();
    if (update) writeFileSync(path, withOutputs(document, found));
  });

  it('are there', () => expect(consoles.flatMap(commandsOf).length).toBeGreaterThan(0));

  it.each(consoles.map((block) => [block.text.split('\n')[0]!, block] as const))('%s', (_, block) => {
    for (const file of fences) if (file.name && file.start < block.start) reader.write(file);
    const runs = commandsOf(block).map(({ command, output }) => ({ command, output, real: reader.run(command) }));
    found.set(block, runs.map(({ command, real }) => `$ ${command}\n${real}`.trimEnd()).join('\n'));
    for (const { command, output, real } of runs)
      if (!update) expect(normalised(real), command).toBe(normalised(output));
  });
}

/** Later blocks first, so that earlier places stay right. */
function withOutputs(document: string, outputs: ReadonlyMap<Fence, string>): string {
  return [...outputs]
    .sort(([a], [b]) => b.start - a.start)
    .reduce(
      (all, [{ start, text }, now]) => `${all.slice(0, start)}${now}\n${all.slice(start + text.length)}`,
      document,
    );
}
