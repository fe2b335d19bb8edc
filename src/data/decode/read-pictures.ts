/**
 * @file `images:DIR`: a data set of pictures. Where all of them fit the memory set aside for them, they are decoded once, and
 * the set is arrays like any other; else they are decoded when a step needs them.
 */

import { product } from '../../common/shape.ts';
import { checkClasses, quoteSome } from '../check-classes.ts';
import type { AnySplit, Dataset } from '../dataset.ts';
import type { Source } from '../format.ts';
import { hash32 } from '../hash.ts';
import { divide } from '../split.ts';
import { TrainerError } from '../trainer-error.ts';
import { checkInput, type PictureForm } from './picture.ts';
import { type ClassFolders, type PictureFile, type PictureFolders, readFolders } from './picture-folder.ts';
import { PictureSource } from './picture-source.ts';
import { type PictureSurvey, surveyPictures } from './survey.ts';

/** Bytes of decoded pictures that are held in memory unless `cache=` says otherwise. */
const USUAL_CACHE = 256e6;

/** The pictures of one part of a set, with the number of each one's class. */
export interface PictureList {
  readonly files: readonly PictureFile[];
  readonly labels: Int32Array;
}

export interface PictureSet {
  readonly classes: readonly string[];
  readonly train: PictureList;
  readonly test: PictureList;
  readonly validation?: PictureList;
  readonly decisions: readonly string[];
}

type Options = Source['options'];

/** CNN4140 for words that the option does not know. */
function choice<Word extends string>(options: Options, name: string, words: readonly [Word, ...Word[]]): Word {
  const given = options[name] ?? words[0];
  const known = words.find((word) => word === given);
  if (known) return known;
  throw new TrainerError(
    'CNN4140',
    `\`${name}=${given}\` is none of ${words.join(', ')}`,
    `write \`${name}=${words[0]}\``,
  );
}

export function formOf(options: Options, shape: readonly number[]): PictureForm {
  return {
    shape,
    resize: choice<'cover' | 'contain' | 'stretch'>(options, 'resize', ['cover', 'contain', 'stretch']),
    background: choice<'black' | 'white'>(options, 'background', ['black', 'white']),
  };
}

const UNITS: Readonly<Record<string, number>> = { '': 1, KB: 1e3, MB: 1e6, GB: 1e9 };

function cacheOf({ cache = `${USUAL_CACHE}` }: Options): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)\s*(KB|MB|GB)?$/i.exec(cache) ?? [];
  if (digits !== undefined) return Number(digits) * UNITS[unit.toUpperCase()]!;
  throw new TrainerError('CNN4140', `\`cache=${cache}\` is no size`, 'write a size such as `cache=2GB`');
}

function listOf(folders: ClassFolders, classes: readonly string[]): PictureList {
  const files = classes.flatMap((name) => folders.get(name) ?? []);
  const labels = classes.flatMap((name, label) => (folders.get(name) ?? []).map(() => label));
  return { files, labels: Int32Array.from(labels) };
}

/** CNN4153 for a class that only the test has: nothing can be learnt about it. */
function checkTest(test: ClassFolders | undefined, classes: readonly string[], place: string): void {
  const unknown = [...(test?.keys() ?? [])].filter((name) => !classes.includes(name));
  if (unknown.length === 0) return;
  const problem = `the test pictures of \`${place}\` have classes that the training pictures lack: ${quoteSome(unknown)}`;
  throw new TrainerError('CNN4153', problem, 'give the folders in both parts the same names');
}

function remarks({ train, others }: PictureFolders): string[] {
  const empty = [...train].filter(([, files]) => files.length === 0).map(([name]) => name);
  return [
    ...(empty.length > 0 ? [`no pictures of ${quoteSome(empty)}`] : []),
    ...(others.length > 0 ? [`${others.length} files are not used: ${quoteSome(others)}`] : []),
  ];
}

function pick({ files, labels }: PictureList, indices: Int32Array): PictureList {
  return { files: Array.from(indices, (index) => files[index]!), labels: labels.filter((_, k) => indices.includes(k)) };
}

/** The files of a set and their classes; none is opened. Throws CNN4141, CNN4144, CNN4153. */
export async function listPictures({ place, options }: Pick<Source, 'place' | 'options'>): Promise<PictureSet> {
  const folders = await readFolders(place);
  const classes = [...folders.train.keys()].sort();
  const all = listOf(folders.train, classes);
  const decisions = remarks(folders);
  checkTest(folders.test, classes, place);
  checkTest(folders.validation, classes, place);
  if (folders.test) {
    const validation = folders.validation && listOf(folders.validation, classes);
    return { classes, train: all, test: listOf(folders.test, classes), validation, decisions };
  }
  const { train, test, said } = divide(all.files.length, all.labels, options);
  return { classes, train: pick(all, train), test: pick(all, test), decisions: [...decisions, said] };
}

/** Names and sizes of all files: where a folder lies does not matter. */
function fingerprintOf(set: PictureSet, place: string, form: PictureForm): string {
  const part = ({ files, labels }: PictureList) =>
    files.map(({ path, bytes }, k) => `${path.slice(place.length)} ${bytes} ${labels[k]}`).join('\n');
  const parts = [set.train, set.test, set.validation].map((list) => list && part(list));
  const text = `${JSON.stringify(form)}\n${parts.join('\n\n')}`;
  return `${set.train.files.length} and ${set.test.files.length} pictures (${hash32(text).toString(16)})`;
}

/** Throws CNN4140, CNN4141, CNN4144, CNN4145, CNN4152 to CNN4155. */
export async function readPictures(source: Source): Promise<Dataset<AnySplit>> {
  const { place, options, shape = [], network } = source;
  const form = formOf(options, shape);
  const cache = cacheOf(options);
  const set = await listPictures(source);
  checkInput(shape, `\`${place}\``);
  if (network) checkClasses(set.classes, network.targets, place);
  const lists = [set.train, set.test, ...(set.validation ? [set.validation] : [])];
  const needed = lists.reduce((sum, { files }) => sum + files.length, 0) * product(shape);
  const { splits, files, decisions } = await (needed <= cache
    ? holdAll(lists, form, source)
    : stream(lists, form, source));
  const [train, test, validation] = splits as [AnySplit, AnySplit, AnySplit?];
  const [ofTrain, ofTest, ofValidation] = files.map((list) => list.map(({ path }) => within(path, place))) as [
    string[],
    string[],
    string[]?,
  ];
  return {
    ...{ train, test, validation, classes: set.classes, shape },
    files: { train: ofTrain, test: ofTest, validation: ofValidation },
    fingerprint: fingerprintOf(set, place, form),
    decisions: [...set.decisions, ...resizing(form, await surveyPictures(someOf(lists))), ...decisions],
  };
}

function within(path: string, place: string): string {
  return path.slice(place.length).replace(/^\/+/, '');
}

/** Pictures looked at to say what is done with them. */
const SAMPLE = 32;

function someOf(lists: readonly PictureList[]): PictureFile[] {
  const all = lists.flatMap(({ files }) => files);
  const count = Math.min(SAMPLE, all.length);
  return Array.from({ length: count }, (_, k) => all[Math.floor((k * all.length) / count)]!);
}

const HOW = {
  cover: 'scaled to fill it, and cut',
  contain: 'scaled to lie within it',
  stretch: 'stretched to it',
} as const;

/** Nothing where all of the pictures are as the network takes them. */
function resizing(
  { shape: [channels, height, width], resize = 'cover', background }: PictureForm,
  { sizes, coloured, withOpacity }: PictureSurvey,
): string[] {
  const size = `${height}×${width}`;
  const [first] = [...sizes.keys()].filter((found) => found !== size);
  const [grey, opacity] = [channels === 1 && coloured > 0, channels !== 4 && withOpacity > 0];
  const borders = resize === 'contain' ? ` with ${background} borders` : '';
  return [
    ...(first
      ? [`pictures that are not ${size}, such as ${first}, are ${HOW[resize]}${borders} (resize=${resize})`]
      : []),
    ...(grey ? ['colours become grey'] : []),
    ...(opacity ? [`what is transparent becomes ${background} (background=${background})`] : []),
  ];
}

interface Loaded {
  readonly splits: readonly AnySplit[];
  /** Of each part, those that it has. */
  readonly files: readonly (readonly PictureFile[])[];
  readonly decisions: readonly string[];
}

async function holdAll(lists: readonly PictureList[], form: PictureForm, source: Source): Promise<Loaded> {
  const all = lists.reduce((sum, { files }) => sum + files.length, 0);
  const splits: AnySplit[] = [];
  const read: PictureFile[][] = [];
  let before = 0;
  for (const { files, labels } of lists) {
    const { images, kept } = await new PictureSource(files, form, source).readAll(before, all);
    splits.push({ count: kept.length, images, labels: Int32Array.from(kept, (k) => labels[k]!) });
    read.push(kept.map((k) => files[k]!));
    before += files.length;
  }
  const left = all - splits.reduce((sum, { count }) => sum + count, 0);
  return {
    splits,
    files: read,
    decisions: left > 0 ? [`${left} of ${all} pictures could not be read and are left out`] : [],
  };
}

async function stream(lists: readonly PictureList[], form: PictureForm, source: Source): Promise<Loaded> {
  const splits = lists.map(({ files, labels }) => ({
    count: files.length,
    images: new PictureSource(files, form, source),
    labels,
  }));
  const files = lists.map((list) => list.files);
  return { splits, files, decisions: ['too many to hold in memory (cache=): decoded as they are needed'] };
}
