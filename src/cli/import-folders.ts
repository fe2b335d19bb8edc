/**
 * @file Which files a program may import. A `.cnn` file may come from anywhere, so it reads nothing but `.cnn` files of
 * the project that its first file lies in, and of the folders that `--allow-imports` names. A link counts as the place it
 * leads to.
 */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, parse, relative, resolve, sep } from 'node:path';

/** One of these in a folder makes it a project. */
const PROJECT_FILES = ['cnnc.json', 'package.json', '.git'];

/** The nearest folder around `folder`, itself included, that is a project; else the folder itself. The root is none. */
function projectOf(folder: string): string {
  const { root } = parse(folder);
  for (let at = folder; at !== root; at = dirname(at))
    if (PROJECT_FILES.some((name) => existsSync(join(at, name)))) return at;
  return folder;
}

export interface ImportFolders {
  readonly project: string;
  /** Whether a file lies outside of them, once all links are followed. */
  readonly exclude: (file: string) => boolean;
}

/** For a program whose first file lies in `folder`. */
export function importFolders(folder: string, allowed: readonly string[] = []): ImportFolders {
  const project = projectOf(real(folder));
  const roots = [project, ...allowed.map(real)];
  return { project, exclude: (file) => !roots.some((root) => isInside(real(file), root)) };
}

/** The place with links followed; of what does not exist, the place that its nearest folder has. */
function real(path: string): string {
  const place = resolve(path);
  try {
    return realpathSync(place);
  } catch {
    const folder = dirname(place);
    return folder === place ? place : join(real(folder), place.slice(folder.length));
  }
}

function isInside(place: string, root: string): boolean {
  const way = relative(root, place);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
