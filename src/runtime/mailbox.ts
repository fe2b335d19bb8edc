/**
 * @file What the first thread tells the others before a run: which program, and the images and labels of the batch, which
 * are copied to where all threads can read them. Nothing is sent; all of it is memory that threads share.
 */
import { sizeOf } from '../data/dataset.ts';
import { imageIndex, isMap, makeFeed } from './batch.ts';
import type { Compiled, ProgramName } from './executable.ts';
import type { Counters, Feed, Port } from './feed.ts';

const PROGRAMS: readonly ProgramName[] = ['train', 'evaluate', 'predict'];

/** Numbers of a job; behind them, for each input, whether its images are bytes. */
const PROGRAM = 0;
const COUNT = 1;
const SEED = 2;
const STEP = 3;
const AUGMENTS = 4;
const BYTES = 5;

/** Everything that is shared but the memory of the programs; it can be sent to a worker. */
export interface SharedParts {
  readonly control: SharedArrayBuffer;
  readonly job: SharedArrayBuffer;
  readonly inputs: readonly SharedArrayBuffer[];
  readonly targets: readonly SharedArrayBuffer[];
  /** The outputs of all images. */
  readonly outputs: readonly SharedArrayBuffer[];
}

export type MailSource = Pick<Compiled, 'network' | 'programs'> & {
  readonly training: Pick<Compiled['training'], 'augment'>;
};

const FLOAT = 4;

export function shareParts({ network, programs }: MailSource, controlInts: number): SharedParts {
  const feed = makeFeed(network);
  const floats = (perImage: number) => new SharedArrayBuffer(network.maxBatch * perImage * FLOAT);
  return {
    control: new SharedArrayBuffer(controlInts * Int32Array.BYTES_PER_ELEMENT),
    job: new SharedArrayBuffer((BYTES + feed.inputs.length) * Float64Array.BYTES_PER_ELEMENT),
    inputs: feed.inputs.map(({ size }) => floats(size)),
    targets: feed.targets.map(({ size }) => floats(size)),
    outputs: programs.predict.outputs.map(({ shape }) => floats(sizeOf(shape))),
  };
}

export class Mailbox {
  /** As the workers see it. */
  readonly feed: Feed;
  readonly counters = { seed: 0, step: 0 };
  readonly outputs: readonly Float32Array[];
  readonly #job: Float64Array;
  readonly #floats: readonly Float32Array[];
  readonly #bytes: readonly Uint8Array[];

  constructor(
    readonly source: MailSource,
    parts: SharedParts,
  ) {
    this.feed = makeFeed(source.network);
    this.outputs = parts.outputs.map((buffer) => new Float32Array(buffer));
    this.#job = new Float64Array(parts.job);
    this.#floats = parts.inputs.map((buffer) => new Float32Array(buffer));
    this.#bytes = parts.inputs.map((buffer) => new Uint8Array(buffer));
    this.feed.targets.forEach((port, k) => {
      port.values = new Float32Array(parts.targets[k]!);
    });
  }

  write(program: ProgramName, feed: Feed, { seed, step }: Counters): void {
    const job = this.#job;
    job[PROGRAM] = PROGRAMS.indexOf(program);
    job[COUNT] = feed.count;
    job[SEED] = seed;
    job[STEP] = step;
    job[AUGMENTS] = Number(feed.augment !== undefined);
    feed.inputs.forEach((port, k) => {
      const bytes = port.values.BYTES_PER_ELEMENT === 1;
      job[BYTES + k] = Number(bytes);
      copy(port, feed, bytes ? this.#bytes[k]! : this.#floats[k]!);
    });
    if (program === 'predict') return;
    feed.targets.forEach((port, k) => {
      const { values } = this.feed.targets[k]!;
      copy(port, feed, values);
      // The bytes of images stand for 0 to 1 in targets, too.
      const bytes = port.values.BYTES_PER_ELEMENT === 1 && isMap(port);
      for (let i = 0; bytes && i < feed.count * port.size; i++) values[i]! /= 255;
    });
  }

  /** Points `feed` and `counters` at the job, and tells its program. */
  read(): ProgramName {
    const job = this.#job;
    const { feed, counters } = this;
    feed.count = job[COUNT]!;
    counters.seed = job[SEED]!;
    counters.step = job[STEP]!;
    feed.augment = job[AUGMENTS] ? this.source.training.augment : undefined;
    feed.inputs.forEach((port, k) => {
      port.values = job[BYTES + k] ? this.#bytes[k]! : this.#floats[k]!;
    });
    return PROGRAMS[job[PROGRAM]!]!;
  }
}

/** Image after image in the order of the batch. */
function copy({ values, size }: Port, feed: Feed, into: Port['values']): void {
  if (!feed.order) {
    into.set(values.subarray(feed.start * size, (feed.start + feed.count) * size));
    return;
  }
  for (let n = 0; n < feed.count; n++) {
    const from = imageIndex(feed, n) * size;
    into.set(values.subarray(from, from + size), n * size);
  }
}
