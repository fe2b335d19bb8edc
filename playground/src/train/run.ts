/** @file One training: its worker, how it goes, and its curves. */
import type { FitProgress } from '../../../src/runtime/trainer-api.ts';
import type { DeviceWish, Emitted } from '../language/emit.ts';
import type { DataSource } from '../training/data-for.ts';
import type { Look, SessionEvent, SessionOptions, Started, Subject } from '../training/session.ts';
import type { TrainingAnswers } from '../training/worker.ts';
import { Client, messageOf, startWorker } from '../workers.ts';

export type Point = readonly [x: number, y: number];

export type RunState = 'preparing' | 'ready' | 'training' | 'paused' | 'finished' | 'failed' | 'kept';

/** Points kept of a curve; beyond that, every other one goes. */
const MOST = 1500;
/** Of the curves: how much of the mean so far a step changes. */
const SMOOTHING = 0.05;

/** The running mean of what is noisy from step to step. */
export class Curve {
  points: Point[] = [];
  #mean: number | undefined;
  #every = 1;
  #count = 0;

  add(x: number, y: number): void {
    const share = Math.max(SMOOTHING, 1 / (this.#count + 1));
    this.#mean = this.#mean === undefined ? y : this.#mean + share * (y - this.#mean);
    if (this.#count++ % this.#every === 0) this.points.push([x, this.#mean]);
    if (this.points.length <= MOST) return;
    this.points = this.points.filter((_, k) => k % 2 === 0);
    this.#every *= 2;
  }
}

export class Run {
  readonly loss = new Curve();
  readonly accuracy = new Curve();
  testLoss: Point[] = [];
  testAccuracy: Point[] = [];
  state: RunState = 'preparing';
  progress: FitProgress | undefined;
  started: Started | undefined;
  problem: string | undefined;
  /** What one should know of the device. */
  notice: string | undefined;
  /** The graphics card that trains. */
  card: string | undefined;
  /** Kernels of it, while they are compiled. */
  compiling: { readonly done: number; readonly all: number } | undefined;
  /** Images a second, of the last steps. */
  speed: number | undefined;
  #seen: { readonly images: number; readonly time: number } | undefined;
  #client: Client<TrainingAnswers> | undefined;

  constructor(
    readonly name: string,
    /** The program and the network that are trained. */
    readonly text: string,
    readonly network: string | undefined,
    readonly source: DataSource,
    /** What is to train. */
    readonly wish: DeviceWish,
    readonly changed: () => void,
  ) {}

  get rate(): number | undefined {
    return this.#rate;
  }

  #rate: number | undefined;
  /** Of the network. */
  networkName = 'network';

  async prepare(emitted: Emitted, options: SessionOptions): Promise<void> {
    this.#rate = emitted.training.learningRate;
    this.networkName = emitted.name;
    this.#client = new Client<TrainingAnswers>(startWorker('training'), (event) => this.#heard(event as SessionEvent));
    await this.#attempt(async (client) => {
      this.started = await client.ask('start', emitted, this.source, options);
      this.#become('ready');
    });
  }

  play(): Promise<void> {
    return this.#attempt(async (client) => {
      this.#seen = undefined;
      this.#become('training');
      await client.ask('play');
    });
  }

  step(): Promise<void> {
    return this.#attempt((client) => client.ask('step'));
  }

  pause(): Promise<void> {
    return this.#attempt((client) => client.ask('pause'));
  }

  async setRate(rate: number): Promise<void> {
    this.#rate = rate;
    await this.#attempt((client) => client.ask('rate', rate));
  }

  async look(subject: Subject): Promise<Look | undefined> {
    return this.#client?.ask('look', subject);
  }

  async weights(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#client?.ask('save');
  }

  /** Only its curves are kept. */
  end(): void {
    this.#client?.worker.terminate();
    this.#client = undefined;
    this.#become('kept');
  }

  fail(error: unknown): void {
    this.problem = messageOf(error);
    this.#become('failed');
  }

  get isLive(): boolean {
    return this.#client !== undefined && this.state !== 'failed';
  }

  async #attempt(work: (client: Client<TrainingAnswers>) => Promise<void>): Promise<void> {
    try {
      if (this.#client) await work(this.#client);
    } catch (error) {
      this.fail(error);
    }
  }

  #become(state: RunState): void {
    this.state = state;
    this.changed();
  }

  #heard(event: SessionEvent): void {
    if (event.kind === 'steps') {
      for (const { step, loss, accuracy } of event.steps) {
        this.loss.add(step, loss);
        if (accuracy !== undefined) this.accuracy.add(step, 100 * accuracy);
      }
      this.#measure(event.at);
      this.progress = event.at;
      this.card = event.card;
      this.changed();
    } else if (event.kind === 'compiling') {
      this.compiling = event;
      this.changed();
    } else if (event.kind === 'notice') {
      this.notice = event.message;
      this.changed();
    } else if (event.kind === 'epoch') {
      const { testLoss, testAccuracy } = event.result;
      if (Number.isFinite(testLoss)) this.testLoss.push([event.step, testLoss]);
      if (testAccuracy !== undefined) this.testAccuracy.push([event.step, 100 * testAccuracy]);
      this.#seen = undefined;
      this.changed();
    } else {
      this.problem = event.problem;
      this.#become(event.problem ? 'failed' : event.finished ? 'finished' : 'paused');
    }
  }

  #measure({ images, epoch, total }: FitProgress): void {
    const now = { images: (epoch - 1) * total + images, time: performance.now() };
    if (!this.#seen) this.#seen = now;
    else if (now.time - this.#seen.time > 500) {
      this.speed = (1000 * (now.images - this.#seen.images)) / (now.time - this.#seen.time);
      this.#seen = now;
    }
  }
}
