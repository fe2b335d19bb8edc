/** @file The `.cnn` files of the folders that an editor has open, read when they are asked for and again when they have changed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImportedText } from '../../semantics/names/modules.ts';

/** So many are searched for references; a folder with more is not one of networks. */
const maximumFiles = 1000;
const skipped = new Set(['node_modules', 'dist']);

export class ProjectFiles {
  folders: readonly string[] = [];
  #known: readonly ImportedText[] | undefined;

  /** What is on the disk may be another now. */
  forget(): void {
    this.#known = undefined;
  }

  readonly all = (): readonly ImportedText[] => {
    this.#known ??= this.folders
      .flatMap((folder) => filesIn(folder))
      .slice(0, maximumFiles)
      .flatMap(textOf);
    return this.#known;
  };
}

function filesIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return skipped.has(entry.name) || entry.name.startsWith('.') ? [] : filesIn(path);
      return entry.isFile() && entry.name.endsWith('.cnn') ? [path] : [];
    });
  } catch {
    return [];
  }
}

function textOf(file: string): ImportedText[] {
  try {
    return [{ file, text: readFileSync(file, 'utf8') }];
  } catch {
    return [];
  }
}
