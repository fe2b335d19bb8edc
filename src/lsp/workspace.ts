/**
 * @file The texts that an editor works on: those that are open, as they are there, and others as the host has them. What is
 * known of a text is kept until it, or what it imports, is another. No access to files, so that this runs in a worker too.
 */
import type { Levels } from '../lint/lint.ts';
import type { Definition } from '../resolve/definition.ts';
import type { Resolution } from '../resolve/resolution.ts';
import { type ImportedText, loadModules, type ReadImport } from '../semantics/names/modules.ts';
import { resolveModules } from '../semantics/names/resolve-modules.ts';
import type { Program } from '../syntax/ast.ts';
import { parse } from '../syntax/parse.ts';
import { type Analysis, analyze } from './analysis.ts';

export interface Host {
  /** Reads what files import. Texts that are open take the place of what is read. */
  readonly read?: ReadImport;
  /** Every `.cnn` file of the project, for references and symbols. */
  readonly files?: () => readonly ImportedText[];
  /** How much what rules find in a file matters. */
  readonly levels?: (file: string) => Levels;
}

/** The names of a file, for questions that need nothing of its networks. */
export interface FileNames {
  readonly file: string;
  readonly text: string;
  readonly program: Program;
  readonly names: Resolution;
}

interface Kept<Result> {
  readonly text: string;
  readonly result: Result;
  /** The state of the workspace for which it was last found to hold. */
  state: number;
}

export class Workspace {
  readonly #open = new Map<string, string>();
  readonly #analyses = new Map<string, Kept<Analysis>>();
  readonly #names = new Map<string, Kept<FileNames>>();
  readonly #programs = new Map<string, { readonly text: string; readonly program: Program }>();
  #state = 0;

  constructor(readonly host: Host = {}) {}

  /** A text is opened, or is another now. */
  set(file: string, text: string): void {
    if (this.#open.get(file) === text) return;
    this.#open.set(file, text);
    this.#state++;
  }

  /** From now on it is what the host has. */
  close(file: string): void {
    this.#open.delete(file);
    this.#analyses.delete(file);
    this.#state++;
  }

  /** The host has other texts, or settings, than before. */
  changed(): void {
    this.#state++;
    this.#analyses.clear();
    this.#names.clear();
  }

  get open(): readonly string[] {
    return [...this.#open.keys()];
  }

  textOf(file: string): string | undefined {
    return this.#open.get(file);
  }

  /** Of an open text. */
  analysis(file: string): Analysis | undefined {
    const text = this.#open.get(file);
    if (text === undefined) return undefined;
    const kept = this.#analyses.get(file);
    if (kept && this.#holds(kept, text)) return kept.result;
    const levels = this.host.levels?.(file);
    const result = analyze(text, file, { read: this.read, ...(levels && { levels }) });
    this.#analyses.set(file, { text, result, state: this.#state });
    return result;
  }

  #holds(kept: Kept<Analysis>, text: string): boolean {
    if (kept.state === this.#state) return true;
    const { imported, mistakes } = kept.result;
    const isSame = ({ file, text: known }: ImportedText) => (this.#open.get(file) ?? known) === known;
    // What could not be had may be there now.
    const lacks = mistakes.some(({ code }) => code === 'CNN2111' || code === 'CNN2115');
    if (kept.text !== text || lacks || !imported.every(isSame)) return false;
    kept.state = this.#state;
    return true;
  }

  /** Of all files of the workspace, open or not. */
  names(): readonly FileNames[] {
    const texts = new Map((this.host.files?.() ?? []).map(({ file, text }) => [file, text]));
    for (const [file, text] of this.#open) texts.set(file, text);
    return [...texts].map(([file, text]) => this.namesOf(file, text));
  }

  namesOf(file: string, text: string): FileNames {
    const kept = this.#names.get(file);
    if (kept?.text === text && kept.state === this.#state) return kept.result;
    const program = this.programOf(file, text);
    const result = { file, text, program, names: resolveModules(loadModules(program, this.read)).names };
    this.#names.set(file, { text, result, state: this.#state });
    return result;
  }

  /** What can be read of a text: kept as long as it is the same. */
  programOf(file: string, text: string): Program {
    const kept = this.#programs.get(file);
    if (kept?.text === text) return kept.program;
    const { program } = parse(text, file);
    this.#programs.set(file, { text, program });
    return program;
  }

  readonly read: ReadImport = (path, importer) => {
    const joined = joinedPath(importer, path);
    const open = this.#open.get(joined);
    if (open !== undefined) return { file: joined, text: open };
    const found = this.host.read?.(path, importer) ?? absent(path);
    if ('problem' in found) return found;
    return { file: found.file, text: this.#open.get(found.file) ?? found.text };
  };
}

function absent(path: string) {
  return { problem: `there is no file \`${path}\` here`, help: 'open it, or import from `std/…`' };
}

/** `../blocks.cnn` as seen from the file `importer`. */
function joinedPath(importer: string, path: string): string {
  const parts = importer.split('/').slice(0, -1);
  for (const part of path.split('/'))
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  return parts.join('/');
}

/** What a definition stands for in the end: that of an imported name is in another file. */
export function originOf(definition: Definition): Definition {
  return definition.target ? originOf(definition.target) : definition;
}
