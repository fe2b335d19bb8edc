/** @file A network being trained: its trainer, a second module that shows what is in between, and the data. */

import { type Pixels, sizeOf, soleOf } from '../../../src/data/dataset.ts';
import { type AnyTrainer, isOnDevice } from '../../../src/runtime/any-trainer.ts';
import type { AutoOptions, DeviceChoice } from '../../../src/runtime/device-api.ts';
import type { EpochResult, FitProgress, Notice, Trainer } from '../../../src/runtime/trainer-api.ts';
import type { Emitted } from '../language/emit.ts';
import { messageOf } from '../workers.ts';
import { type DataSource, dataFor, type PageData } from './data-for.ts';
import { fitted } from './fitted.ts';
import { colourSheet, filtersOf, type Sheet, sheetOf } from './sheets.ts';

interface TrainerModule<Made> {
  readonly network: { readonly hash: string };
  createTrainer(options?: AutoOptions): Promise<Made>;
}

export interface SessionOptions {
  readonly threads: number;
  readonly seed?: number;
  /** What has been measured before in this page. */
  readonly choices: readonly DeviceChoice[];
}

/** A point of the curves. */
export interface Step {
  readonly step: number;
  readonly loss: number;
  /** Of this step; absent where the network has no such metric. */
  readonly accuracy?: number;
}

export type SessionEvent =
  | {
      readonly kind: 'steps';
      readonly steps: readonly Step[];
      readonly at: FitProgress;
      readonly card: string | undefined;
    }
  /** Kernels of a graphics card. */
  | { readonly kind: 'compiling'; readonly done: number; readonly all: number }
  /** What one should know although all goes on. */
  | { readonly kind: 'notice'; readonly message: string }
  | { readonly kind: 'epoch'; readonly step: number; readonly result: EpochResult }
  /** `finished`: all epochs are over. `problem`: why it cannot go on. */
  | { readonly kind: 'stopped'; readonly finished: boolean; readonly problem?: string };

export interface Started {
  readonly threads: number;
  /** What was chosen between processor and graphics card. */
  readonly choice?: DeviceChoice;
  readonly note?: string;
  readonly images: number;
  /** Their names, by number. */
  readonly classes: readonly string[];
}

export interface Prediction {
  readonly label?: string;
  readonly image: Sheet;
  /** A number for each class, where the output is that. */
  readonly scores?: readonly number[];
}

export interface Look {
  readonly digits: readonly Prediction[];
  readonly filters?: Sheet;
  /** Of the subject: the test image that is chosen, or what was drawn. */
  readonly subject: Prediction;
  readonly layers: readonly Sheet[];
}

/** What is looked at: a test image by its number, or a drawing of 28×28 bytes. */
export type Subject = number | Uint8Array;

/** Test images with their predictions. */
const SHOWN = 10;
/** Milliseconds between two reports of steps. */
const TOLD_EVERY = 100;

async function moduleOf<Made>(text: string): Promise<TrainerModule<Made>> {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  try {
    return await import(/* @vite-ignore */ url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

export class Session {
  #stop: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  #rate: number;
  readonly #steps: Steps;

  private constructor(
    readonly emitted: Emitted,
    readonly data: PageData,
    readonly trainer: AnyTrainer,
    readonly lens: Trainer,
    readonly tell: (event: SessionEvent) => void,
  ) {
    this.#rate = emitted.training.learningRate;
    this.#steps = new Steps(tell, () => this.#card);
  }

  static async start(
    emitted: Emitted,
    source: DataSource,
    { choices, ...options }: SessionOptions,
    tell: (event: SessionEvent) => void,
  ): Promise<Session> {
    const [module, shown] = await Promise.all([moduleOf<AnyTrainer>(emitted.code), moduleOf<Trainer>(emitted.lens)]);
    const { device } = emitted;
    const choice = choices.find(({ hash }) => hash === module.network.hash);
    const onCompile = (done: number, all: number) => tell({ kind: 'compiling', done, all });
    const onNotice = ({ message }: { message: string }) => tell({ kind: 'notice', message });
    const ofCards = { device, onCompile, onNotice, ...(choice && { choice }) };
    const [trainer, lens] = await Promise.all([
      module.createTrainer({ ...options, ...(device !== 'cpu' && ofCards) }),
      shown.createTrainer(),
    ]);
    const data = await dataFor(trainer.network, emitted.training.data, source);
    return new Session(emitted, data, trainer, lens, tell);
  }

  get started(): Started {
    const { train, classes } = this.data;
    const note = [this.data.note, this.#heldBack].filter(Boolean).join(' ');
    const { trainer } = this;
    const choice = isOnDevice(trainer) ? trainer.choice : undefined;
    return { threads: trainer.threads, images: train.count, classes, ...(choice && { choice }), ...(note && { note }) };
  }

  /** How many images are held back as the `train` block says; what is held back unasked, the trainer tells. */
  get #heldBack(): string | undefined {
    const { data, emitted } = this;
    const { validation } = emitted.training;
    if (validation === 0 || data.validation || data.train.count < 2) return undefined;
    const held = Math.min(Math.max(Math.round(validation * data.train.count), 1), data.train.count - 1);
    return `${held} of the images to train on are held back for the validation.`;
  }

  /** The graphics card, while one trains. */
  get #card(): string | undefined {
    const { trainer } = this;
    return isOnDevice(trainer) ? trainer.adapter?.description : undefined;
  }

  /** Goes on from where it is; `steps`: so many and no more. */
  async play(steps = Number.POSITIVE_INFINITY): Promise<void> {
    await this.pause();
    const stop = new AbortController();
    this.#stop = stop;
    this.#running = this.#train(stop, steps);
  }

  async pause(): Promise<void> {
    this.#stop?.abort();
    await this.#running;
  }

  /** Takes effect with the next step: the run goes on at once with the rate, as after a pause. */
  async setRate(rate: number): Promise<void> {
    this.#rate = rate;
    const running = this.#stop;
    if (!running || running.signal.aborted) return;
    this.#stop = undefined;
    running.abort();
    await this.#running;
    await this.play();
  }

  async #train(stop: AbortController, most: number): Promise<void> {
    const steps = this.#steps;
    let done = 0;
    let problem: string | undefined;
    const onProgress = (progress: FitProgress) => {
      steps.add(progress);
      if (++done >= most) stop.abort();
    };
    try {
      const onNotice = ({ kind, message }: Notice) => {
        if (kind === 'validation') this.tell({ kind: 'notice', message });
      };
      const options = { lr: this.#rate, signal: stop.signal, onProgress, onNotice };
      for await (const result of this.trainer.fit(this.data, options)) {
        steps.flush();
        this.tell({ kind: 'epoch', step: steps.last, result });
      }
    } catch (error) {
      problem = messageOf(error);
    }
    steps.flush();
    const finished = problem === undefined && !stop.signal.aborted;
    stop.abort();
    // Where it only goes on with another rate there is nothing to tell.
    if (this.#stop === stop) this.tell({ kind: 'stopped', finished, ...(problem !== undefined && { problem }) });
  }

  async look(subject: Subject): Promise<Look> {
    const { trainer, lens, data } = this;
    if (isOnDevice(trainer)) await trainer.download();
    for (const [name, { data: values }] of [...trainer.parameters, ...trainer.buffers])
      (lens.parameters.get(name) ?? lens.buffers.get(name))?.data.set(values);
    const shown = this.#shown;
    const images = this.#withSubject(subject, shown);
    const outputs = lens.predictAll(images);
    const count = shown + 1;
    const at = (values: Float32Array, n: number) =>
      values.subarray((n * values.length) / count, ((n + 1) * values.length) / count);
    const [first] = Object.keys(trainer.network.outputs);
    const scores = first === undefined ? undefined : outputs.get(first);
    const isTold = first !== undefined && sizeOf(trainer.network.outputs[first]!) === this.#classes;
    const prediction = (n: number, label: string | undefined): Prediction => ({
      image: pictureOf(data, images, n),
      ...(label !== undefined && { label }),
      ...(isTold && scores && { scores: [...at(scores, n)] }),
    });
    const layers = this.emitted.layers.flatMap((name) => {
      const values = outputs.get(name);
      return values ? [sheetOf(name, at(values, shown), lens.network.outputs[name]!)] : [];
    });
    return {
      digits: Array.from({ length: shown }, (_, n) => prediction(n, labelOf(data, this.#spread(n)))),
      ...this.#filters(),
      subject: prediction(
        shown,
        typeof subject === 'number' ? labelOf(data, this.#spread(subject % shown)) : undefined,
      ),
      layers,
    };
  }

  get #classes(): number | undefined {
    const target = soleOf(this.trainer.network.targets);
    return target?.kind === 'class' ? target.classes : undefined;
  }

  get #shown(): number {
    return Math.min(SHOWN, this.data.test.count);
  }

  /** Of the images that are shown the number in the test: it may be in the order of its classes. */
  #spread(n: number): number {
    return Math.floor((n * this.data.test.count) / this.#shown);
  }

  /** Test images, and behind them the subject. */
  #withSubject(subject: Subject, shown: number): Pixels {
    const { shape, test } = this.data;
    const size = sizeOf(shape);
    const { images } = test;
    const all =
      images instanceof Uint8Array ? new Uint8Array((shown + 1) * size) : new Float32Array((shown + 1) * size);
    for (let n = 0; n < shown; n++) all.set(this.#image(n), n * size);
    all.set(typeof subject === 'number' ? this.#image(subject % shown) : this.#drawing(subject), shown * size);
    return all;
  }

  #image(n: number): Pixels {
    const size = sizeOf(this.data.shape);
    const at = this.#spread(n) * size;
    return this.data.test.images.subarray(at, at + size);
  }

  /** Numbers instead of bytes where the data are numbers. */
  #drawing(pixels: Uint8Array): Pixels {
    const bytes = fitted(pixels, 1, this.data.shape);
    return this.data.test.images instanceof Uint8Array ? bytes : Float32Array.from(bytes, (byte) => byte / 255);
  }

  #filters(): { filters?: Sheet } {
    const found = [...this.trainer.parameters].find(([, { shape }]) => shape.length > 1);
    if (!found) return {};
    const [name, { data, shape }] = found;
    const filters = filtersOf(name, data, shape, this.data.shape);
    return filters ? { filters } : {};
  }

  /** For safetensors files. */
  async save(): Promise<Uint8Array<ArrayBuffer>> {
    return this.trainer.save({ weights: true });
  }

  async end(): Promise<void> {
    await this.pause();
    this.trainer.dispose();
    this.lens.dispose();
  }
}

function labelOf({ test: { labels }, classes }: PageData, image: number): string | undefined {
  return labels && (classes[labels[image]!] ?? `${labels[image]}`);
}

/** Three channels are colours; of others the first is shown. */
function pictureOf({ shape: [channels, height, width] }: PageData, images: Pixels, n: number): Sheet {
  const area = height * width;
  const shown = channels === 3 ? 3 : 1;
  const scale = images instanceof Uint8Array ? 255 : 1;
  const start = n * channels * area;
  const values = Float32Array.from(images.subarray(start, start + shown * area), (value) => value / scale);
  return shown === 3 ? colourSheet('image', values, height, width) : sheetOf('image', values, [1, height, width]);
}

/** Steps, told a few at a time. */
class Steps {
  #pending: Step[] = [];
  #at: FitProgress | undefined;
  #told = 0;

  constructor(
    readonly tell: (event: SessionEvent) => void,
    readonly card: () => string | undefined,
  ) {}

  get last(): number {
    return this.#at?.step ?? 0;
  }

  add(progress: FitProgress): void {
    const { step, loss } = progress;
    this.#pending.push({ step, loss, ...this.#accuracy(progress) });
    this.#at = progress;
    if (performance.now() - this.#told > TOLD_EVERY) this.flush();
  }

  /** The trainer tells that of the epoch so far; what is new in it is that of the step. */
  #accuracy({ epoch, images, trainAccuracy }: FitProgress): { accuracy?: number } {
    if (trainAccuracy === undefined) return {};
    const before = this.#at;
    const goesOn = before?.epoch === epoch && before.images < images;
    const [seen, correct] = goesOn ? [before.images, before.images * (before.trainAccuracy ?? 0)] : [0, 0];
    return { accuracy: (trainAccuracy * images - correct) / (images - seen) };
  }

  flush(): void {
    if (!this.#at || this.#pending.length === 0) return;
    this.tell({ kind: 'steps', steps: this.#pending, at: this.#at, card: this.card() });
    this.#pending = [];
    this.#told = performance.now();
  }
}
