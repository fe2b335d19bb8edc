/**
 * @file Folders of pictures: a folder for each class, named after it, or such folders in `train` and `test` or `val`. What is
 * no picture is not read, and said.
 */
import { unreadable } from '../files.ts';
import { nodeModule } from '../node-module.ts';
import { TrainerError } from '../trainer-error.ts';

/** A picture: where it is, and how many bytes it has. */
export interface PictureFile {
  readonly path: string;
  readonly bytes: number;
}

/** The pictures of each class; classes without pictures are there too. */
export type ClassFolders = ReadonlyMap<string, readonly PictureFile[]>;

export interface PictureFolders {
  readonly train: ClassFolders;
  readonly test?: ClassFolders;
  readonly validation?: ClassFolders;
  /** Files that are no pictures, by their paths. */
  readonly others: readonly string[];
}

const PICTURE = /\.(png|jpe?g|webp|gif)$/i;
/** What systems and archives leave behind. */
const HIDDEN = /^(\.|__MACOSX$|Thumbs\.db$|desktop\.ini$)/i;

const TRAIN = ['train', 'training'];
const TEST = ['test', 'testing'];
const VALIDATION = ['val', 'valid', 'validation'];

/** Links may lead back to where they are. */
const DEEPEST = 8;

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly folder: boolean;
  readonly bytes: number;
}

/** What is in a folder, by name. CNN4141 when it cannot be read. */
async function entriesOf(path: string): Promise<Entry[]> {
  const { readdir, stat } = await nodeModule('fs/promises');
  const names = await readdir(path).catch((error) => {
    throw unreadable(path, error);
  });
  const entries = names
    .filter((name) => !HIDDEN.test(name))
    .sort()
    .map(async (name) => {
      const place = `${path}/${name}`;
      const found = await stat(place).catch(() => undefined);
      return { name, path: place, folder: found?.isDirectory() ?? false, bytes: found?.isFile() ? found.size : 0 };
    });
  return Promise.all(entries);
}

/** All pictures in a folder and in those within it. */
async function collect(path: string, others: string[], depth = 0): Promise<PictureFile[]> {
  const found: PictureFile[] = [];
  for (const entry of await entriesOf(path)) {
    if (entry.folder && depth < DEEPEST) found.push(...(await collect(entry.path, others, depth + 1)));
    else if (PICTURE.test(entry.name)) found.push(entry);
    else others.push(entry.path);
  }
  return found;
}

async function readClasses(path: string, others: string[]): Promise<Map<string, PictureFile[]>> {
  const classes = new Map<string, PictureFile[]>();
  for (const entry of await entriesOf(path)) {
    if (entry.folder) classes.set(entry.name, await collect(entry.path, others));
    else others.push(entry.path);
  }
  return classes;
}

const layout = 'make a folder for each class, named after it, with its pictures in it';

/** CNN4153 unless there are folders with pictures. */
function check(path: string, classes: ClassFolders, others: readonly string[]): void {
  const count = [...classes.values()].reduce((sum, files) => sum + files.length, 0);
  if (count > 0) return;
  const loose = others.filter((file) => PICTURE.test(file)).length;
  const what =
    loose > 0 ? `${loose} pictures, but no folders of pictures` : 'no folders of PNG, JPEG, WebP or GIF files';
  throw new TrainerError('CNN4153', `\`${path}\` has ${what}`, layout);
}

/** Folders within the only folder look like the classes. CNN4153. */
async function checkOnly(path: string, classes: ClassFolders): Promise<void> {
  const [only, second] = classes.keys();
  if (only === undefined || second !== undefined) return;
  const within = (await entriesOf(`${path}/${only}`)).filter(({ folder }) => folder);
  if (within.length < 2) return;
  const problem = `\`${path}\` has a single folder, \`${only}\`, and that has ${within.length} folders`;
  throw new TrainerError('CNN4153', problem, `if those are the classes, name \`${path}/${only}\``);
}

/** The pictures of a folder. Throws CNN4141, CNN4153. */
export async function readFolders(path: string): Promise<PictureFolders> {
  const others: string[] = [];
  const top = await entriesOf(path);
  const part = (names: readonly string[]) =>
    top.find(({ name, folder }) => folder && names.includes(name.toLowerCase()));
  const parts = { train: part(TRAIN), test: part(TEST), validation: part(VALIDATION) };
  if (parts.train && (parts.test || parts.validation)) {
    const read = async (entry: Entry | undefined) => entry && readClasses(entry.path, others);
    const train = (await read(parts.train))!;
    check(parts.train.path, train, others);
    const test = await read(parts.test ?? parts.validation);
    const validation = parts.test && (await read(parts.validation));
    const used: readonly unknown[] = Object.values(parts);
    others.push(...top.filter((entry) => !used.includes(entry)).map((entry) => entry.path));
    return { train, test, validation, others };
  }
  const train = await readClasses(path, others);
  check(path, train, others);
  await checkOnly(path, train);
  return { train, others };
}
