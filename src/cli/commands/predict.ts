/**
 * @file `cnnc predict RUN IMAGE…`: the classes that a trained network finds most likely, for the images of files or folders,
 * or for the test images of a data set; its first output as it is where that is no choice between classes.
 */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { figure } from '../../common/figure.ts';
import { table } from '../../common/table.ts';
import {
  type AnySplit,
  describeData,
  isStreamed,
  type Labels,
  type Pixels,
  type Split,
  sizeOf,
  soleOf,
} from '../../data/dataset.ts';
import { decodePicture, PictureError, type PictureForm, takesPictures } from '../../data/decode/picture.ts';
import { readImages } from '../../data/read-images.ts';
import { parseSpecification } from '../../data/specification.ts';
import { TrainerError } from '../../data/trainer-error.ts';
import { isDistribution, probabilitiesOf } from '../../report/class-figures.ts';
import { takeImages } from '../../runtime/take-images.ts';
import type { Trainer } from '../../runtime/trainer-api.ts';
import { EXIT } from '../report.ts';
import type { Terminal } from '../terminal.ts';
import { isRun as isFolder, type Predicting, type TrainedOptions, tellSkipped, withPredicting } from '../trained.ts';
import { loadDataOf } from './train.ts';

export interface PredictionOptions extends TrainedOptions {
  /** Whose test images are predicted. */
  readonly data?: string;
  /** How many classes to tell: 3 unless given, in CSV one. */
  readonly top?: number;
  readonly csv?: boolean;
}

/** One image: where it is from, and what the network makes of it. */
interface Prediction {
  readonly file: string;
  /** Its number, from 0, in a file of several. */
  readonly image?: number;
  readonly label?: string | number;
  readonly top?: readonly { readonly class: string | number; readonly probability: number }[];
  readonly output?: readonly number[];
}

/** Some images at a time, so that a large file of them takes little memory beside its own. */
const MOST = 1024;

/** Reports what `withPredicting` does, CNN4108, and CNN4141 to CNN4151. */
export function predict(
  path: string,
  images: readonly string[],
  options: PredictionOptions,
  terminal: Terminal,
): Promise<number> {
  return withPredicting(path, options, terminal, async (trained) => {
    const csv = options.csv || (!options.json && images.some(isFolder));
    const shape = firstOf(trained.trainer.network.outputs);
    const write = csv ? csvWriter(terminal) : options.json ? jsonWriter(terminal) : textWriter(shape, terminal);
    const { top = csv ? 1 : 3 } = options;
    const predictor = new Predictor(trained, { ...options, top }, terminal, write);
    if (options.top !== undefined && !predictor.isChoice)
      throw new TrainerError(
        'CNN4108',
        `\`--top ${options.top}\` tells classes, and ${trained.trainer.network.name} does not choose one for an image`,
        'leave it out',
      );
    if (options.data !== undefined) await predictor.data(options.data);
    for (const file of images.flatMap(filesOf)) await predictor.file(file);
    return EXIT.success;
  });
}

function firstOf(shapes: Readonly<Record<string, readonly number[]>>): readonly number[] {
  return Object.values(shapes)[0] ?? [];
}

/** A folder stands for its files. */
function filesOf(path: string): string[] {
  if (!isFolder(path)) return [path];
  const files = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map(({ name }) => join(path, name)).sort();
}

class Predictor {
  /** Names of the classes, where they are known. */
  #classes: readonly string[] | undefined;
  #saidScores = false;

  constructor(
    readonly trained: Predicting,
    readonly options: Pick<PredictionOptions, 'skipBad'> & { readonly top: number },
    readonly terminal: Terminal,
    readonly write: (prediction: Prediction) => void,
  ) {
    this.#classes = trained.record?.data.classes;
  }

  async file(file: string): Promise<void> {
    const shape = soleOf(this.trained.trainer.network.inputs);
    if (!shape) {
      const hint = 'name data with an array for each: `--data npz:FILE`';
      throw new TrainerError('CNN4145', `the network has several inputs, and \`${file}\` is for one`, hint);
    }
    const read = await readImages(file, shape, this.#decode).catch((error) => {
      if (!(error instanceof PictureError) || !this.options.skipBad) throw error;
      tellSkipped(this.terminal)(error);
    });
    if (!read) return;
    const { values, count, said } = read;
    if (said) this.terminal.err(`data: ${said}\n`);
    const size = sizeOf(shape);
    for (let start = 0; start < count; start += MOST) {
      const part = values.subarray(start * size, Math.min(count, start + MOST) * size);
      this.#tell(part, (n) => ({ file, ...(count > 1 && { image: start + n }) }));
    }
  }

  /** Pictures are made to fit as those were that the run has learnt from. */
  readonly #decode = async (file: string, shape: readonly number[]): Promise<Uint8Array> => {
    if (!takesPictures(shape)) throw noArray(file, shape);
    const spec = this.trained.record?.data.spec;
    const learnt = spec === undefined ? undefined : parseSpecification(spec);
    const { resize, background } = learnt?.kind === 'images' ? learnt.options : {};
    return decodePicture(file, { shape, resize, background } as PictureForm);
  };

  async data(spec: string): Promise<void> {
    const onSkip = tellSkipped(this.terminal);
    const data = await loadDataOf(this.trained.elaboration, spec, { skipBad: this.options.skipBad, onSkip });
    this.terminal.err(describeData(data));
    this.#classes = data.classes ?? this.#classes;
    const { test } = data;
    for (let start = 0; start < test.count; start += MOST) {
      const length = Math.min(MOST, test.count - start);
      const numbers = Int32Array.from({ length }, (_, n) => start + n);
      const { images, kept } = await this.#read(takeImages(test, numbers));
      const { labels } = test;
      const label = (n: number) => (this.isChoice && ArrayBuffer.isView(labels) ? (labels as Labels)[n] : undefined);
      this.#tell(images, (n) => {
        const image = start + kept[n]!;
        const known = label(image);
        return { file: spec, image, ...(known !== undefined && { label: this.#nameOf(known) }) };
      });
    }
  }

  /** The images of a part in memory, and the places in it of those that could be read. */
  async #read(part: AnySplit): Promise<{ images: Split['images']; kept: readonly number[] }> {
    const all = Array.from({ length: part.count }, (_, n) => n);
    if (!isStreamed(part)) return { images: part.images, kept: all };
    const shape = firstOf(this.trained.trainer.network.inputs);
    const size = sizeOf(shape);
    const bytes = new Uint8Array(part.count * size);
    const bad = new Set(await part.images.read(Int32Array.from(all), bytes));
    const kept = all.filter((n) => !bad.has(n));
    kept.forEach((from, n) => void bytes.copyWithin(n * size, from * size, (from + 1) * size));
    return { images: bytes.subarray(0, kept.length * size), kept };
  }

  /** Whether the first output has a number for each class of the only target. */
  get isChoice(): boolean {
    const { targets, outputs } = this.trained.trainer.network;
    const target = targets && soleOf(targets);
    const shape = firstOf(outputs);
    return target?.kind === 'class' && !target.shape?.length && sizeOf(shape) === target.classes;
  }

  #nameOf(number: number): string | number {
    return this.#classes?.[number] ?? number;
  }

  #tell(
    images: Parameters<Trainer['predict']>[0] | Pixels,
    origin: (n: number) => Pick<Prediction, 'file' | 'image' | 'label'>,
  ): void {
    const { trainer } = this.trained;
    const shape = firstOf(trainer.network.outputs);
    const outputs = trainer.predict(images);
    const size = sizeOf(shape);
    for (let n = 0; n * size < outputs.length; n++) {
      const output = outputs.subarray(n * size, (n + 1) * size);
      this.write({ ...origin(n), ...(this.isChoice ? { top: this.#top(output) } : { output: [...output] }) });
    }
  }

  #top(output: Float32Array): NonNullable<Prediction['top']> {
    const chances = this.#probabilities(output);
    const order = [...chances.keys()].sort((a, b) => chances[b]! - chances[a]! || a - b);
    return order
      .slice(0, this.options.top)
      .map((number) => ({ class: this.#nameOf(number), probability: chances[number]! }));
  }

  /** Numbers that are no distribution are taken for scores, which is said once. */
  #probabilities(output: Float32Array): readonly number[] {
    if (!isDistribution(output) && !this.#saidScores) {
      this.terminal.err('the output is no distribution: its softmax is shown\n');
      this.#saidScores = true;
    }
    return probabilitiesOf(output);
  }
}

/** Of a network that takes no pictures. */
function noArray(file: string, shape: readonly number[]): TrainerError {
  const problem = `\`${file}\` is neither a \`.npy\` nor an IDX file, and the network's input is ${shape.join('×')}`;
  const hint =
    'write an array with NumPy, `numpy.save("x.npy", x)`, or name a data set: `--data csv:FILE`, `--data npz:FILE`';
  return new TrainerError('CNN4145', problem, hint);
}

function jsonWriter({ out }: Terminal) {
  return (prediction: Prediction) => out(`${JSON.stringify(prediction)}\n`);
}

function nameOf({ file, image, label }: Prediction): string {
  const number = image === undefined ? '' : `, image ${image}`;
  return `${file}${number}${label === undefined ? '' : ` (${label})`}`;
}

const CELLS = 24;
/** Numbers that people read; of more their shape and range are told. */
const MOST_NUMBERS = 32;

function textWriter(shape: readonly number[], { out, err }: Terminal) {
  let told = false;
  const numbers = (output: readonly number[]) => {
    if (output.length <= MOST_NUMBERS) return output.join(' ');
    if (!told) err('`--json` and `--csv` print the numbers\n');
    told = true;
    const [least, most] = output.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ] as [number, number]);
    return `[${shape.join(', ')}]: ${output.length} numbers from ${figure(least)} to ${figure(most)}`;
  };
  return (prediction: Prediction) => {
    const { top = [], output } = prediction;
    const rows = top.map(({ class: name, probability }) => {
      return [`${name}`, `${(100 * probability).toFixed(1)} %`, '#'.repeat(Math.round(CELLS * probability))];
    });
    const lines = table([{}, { right: true, least: 7 }, {}], rows, { indent: '  ' });
    out(`${[nameOf(prediction), ...lines, ...(output ? [`  ${numbers(output)}`] : [])].join('\n')}\n`);
  };
}

/** A value of CSV: quoted where it has to be. */
function field(value: unknown): string {
  const text = `${value ?? ''}`;
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One line an image: the likeliest classes, or the output. */
function csvWriter({ out }: Terminal) {
  let begun = false;
  return ({ file, image, top, output }: Prediction) => {
    const titles = top?.map((_, k) => (k === 0 ? 'class,probability' : `class${k + 1},probability${k + 1}`));
    if (!begun) out(`file,image,${titles?.join(',') ?? 'output'}\n`);
    begun = true;
    const values = top?.flatMap(({ class: name, probability }) => [name, probability]) ?? output ?? [];
    out(`${[file, image, ...values].map(field).join(',')}\n`);
  };
}
