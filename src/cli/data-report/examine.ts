/** @file All that is told of a data set: read, counted and measured. */
import { type AnySplit, type Dataset, isStreamed, type NetworkPorts, sizeOf, soleOf } from '../../data/dataset.ts';
import { loadDataOrPictures } from '../../data/decode/load-pictures.ts';
import type { PictureError } from '../../data/decode/picture.ts';
import { listPictures } from '../../data/decode/read-pictures.ts';
import { type PictureSurvey, surveyPictures } from '../../data/decode/survey.ts';
import { parseSpecification } from '../../data/specification.ts';
import type { TrainerError } from '../../data/trainer-error.ts';
import { type ClassCounts, countClasses } from './classes.ts';
import { measureValues, partsOf, type Values } from './values.ts';

/** All that is told of a data set. */
export interface DataReport {
  readonly spec: string;
  readonly data: Dataset<AnySplit>;
  /** That takes them, where one is given. */
  readonly network?: NetworkPorts | undefined;
  readonly classes?: ClassCounts;
  /** Of the training images, by the name of the input; '' without a network. */
  readonly values: ReadonlyMap<string, Values>;
  readonly pictures?: PictureSurvey;
  readonly broken: readonly PictureError[];
}

/** Without a network, pictures of several sizes are looked at in this one. */
const USUAL_SIZE = 64;
const LARGEST_SIZE = 256;

function shapeOf({ sizes, coloured }: PictureSurvey): readonly number[] {
  const [first, second] = [...sizes.keys()];
  const [height = USUAL_SIZE, width = USUAL_SIZE] = first && !second ? first.split('×').map(Number) : [];
  const fits = Math.max(height, width) <= LARGEST_SIZE;
  return [coloured > 0 ? 3 : 1, ...(fits ? [height, width] : [USUAL_SIZE, USUAL_SIZE])];
}

/** Reads the data of a specification, for a network if there is one. Broken pictures are noted. */
export async function examine(spec: string, network: NetworkPorts | undefined): Promise<DataReport> {
  const { kind, place, options } = parseSpecification(spec);
  const set = kind === 'images' ? await listPictures({ place, options }) : undefined;
  const files = set ? [set.train, set.test, set.validation].flatMap((list) => list?.files ?? []) : [];
  const pictures = set && (await surveyPictures(files));
  const shape = network ? soleOf(network.inputs) : pictures && shapeOf(pictures);
  const broken: PictureError[] = [];
  const onSkip = (error: TrainerError) => void broken.push(error as PictureError);
  const data = await loadDataOrPictures(spec, { network, shape, skipBad: true, onSkip });
  const classes = countClasses(data, network?.targets);
  const values = await valuesOf(data, network);
  for (const part of [data.test, data.validation]) if (part && isStreamed(part)) await readAll(part, data.shape!);
  return { spec, data, network, classes, values, pictures, broken: broken.sort((a, b) => (a.file < b.file ? -1 : 1)) };
}

/** For what is broken among them. */
async function readAll(part: AnySplit, shape: readonly number[]): Promise<void> {
  for await (const _ of partsOf(part, sizeOf(shape)));
}

async function valuesOf(data: Dataset<AnySplit>, network: NetworkPorts | undefined): Promise<Map<string, Values>> {
  const { train, shape } = data;
  const values = new Map<string, Values>();
  if (ArrayBuffer.isView(train.images) || isStreamed(train)) {
    const [[name, wanted] = ['', shape]] = Object.entries(network?.inputs ?? {});
    if (wanted) values.set(name, await measureValues(partsOf(train, sizeOf(wanted)), wanted));
    return values;
  }
  for (const [name, wanted] of Object.entries(network?.inputs ?? {})) {
    const images = train.images[name];
    if (images) values.set(name, await measureValues(partsOf({ ...train, images }, 0), wanted));
  }
  return values;
}
