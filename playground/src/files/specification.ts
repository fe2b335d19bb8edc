/** @file What a handful of files is: a data specification of the command line, by their names. */

export interface Named {
  readonly path: string;
}

const HIDDEN = /(^|\/)(\.|__MACOSX\/|Thumbs\.db$|desktop\.ini$)/i;

function quoted(path: string): string {
  return /[,"]/.test(path) ? `"${path.replaceAll('"', '""')}"` : path;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The innermost folder that has them all; there is one around all that is given to the page. */
function folderOf(paths: readonly string[]): string {
  const parts = paths.map((path) => path.split('/').slice(0, -1));
  const [first = []] = parts;
  const length = first.findIndex((part, k) => parts.some((other) => other[k] !== part));
  return (length < 0 ? first : first.slice(0, length)).join('/');
}

export interface Recognised<File> {
  readonly specification: string;
  readonly files: readonly File[];
  /** Names of those that are of another kind. */
  readonly unused: readonly string[];
}

/** Throws an error that says which files the page can read. */
export function recognise<File extends Named>(given: readonly File[]): Recognised<File> {
  const all = given.filter(({ path }) => !HIDDEN.test(path));
  for (const [form, specificationOf] of KINDS) {
    const isOwn = ({ path }: File) => form.test(baseName(path));
    const files = all.filter(isOwn);
    const unused = all.filter((file) => !isOwn(file)).map(({ path }) => baseName(path));
    if (files.length > 0) return { specification: specificationOf(files.map(({ path }) => path)), files, unused };
  }
  throw new Error(
    'The page reads pictures in a folder for each class (PNG, JPEG, WebP, GIF), CSV tables, NPZ archives, the four IDX files of MNIST and its like, and the binary files of CIFAR-10.',
  );
}

/** By what they are called, the surest first. */
const KINDS: readonly (readonly [form: RegExp, specificationOf: (files: readonly string[]) => string])[] = [
  [/idx[13]-ubyte(\.gz)?$/i, (files) => `mnist:${quoted(folderOf(files))}`],
  [/^(data|test)_batch(_\d)?\.bin$/i, (files) => `cifar10:${quoted(folderOf(files))}`],
  [/\.npz$/i, (files) => `npz:${quoted(files[0]!)}${only(files)}`],
  [/\.(csv|tsv)(\.gz)?$/i, tableOf],
  [/\.(png|jpe?g|webp|gif)$/i, picturesOf],
];

function only(files: readonly string[]): string {
  if (files.length === 1) return '';
  throw new Error(`These are ${files.length} files, each of which may be the data: give the page one of them.`);
}

/** One table, or one for training and one whose name says that it is the test. */
function tableOf(tables: readonly string[]): string {
  const tests = tables.filter((path) => /test/i.test(baseName(path)));
  const [train, ...more] = tables.filter((path) => !tests.includes(path));
  if (tests.length === 1 && train && more.length === 0) return `csv:${quoted(train)},test=${quoted(tests[0]!)}`;
  return `csv:${quoted(tables[0]!)}${only(tables)}`;
}

/** Pictures lie in a folder for each class, whatever lies around those. */
function picturesOf(pictures: readonly string[]): string {
  const folders = new Set(pictures.map((path) => folderOf([path])));
  if (folders.size > 1) return `images:${quoted(folderOf([...folders].map((folder) => `${folder}/.`)))}`;
  throw new Error(
    'All of these pictures lie in one folder. The page needs a folder for each class: give it the folder around them.',
  );
}
