/**
 * @file The examples of a split, batch by batch. Where they do not all fit into memory, those of the next steps are read while
 * a step computes: there are never more images than those of the batch and of the ones read ahead. Or the batches come
 * ready made, one after the other.
 */

import { type AnySplit, isStreamed, type Split, type StreamedSplit } from '../data/dataset.ts';
import { refuse } from '../data/trainer-error.ts';
import { accept, checkCount, makeFeed } from './batch.ts';
import type { NetworkDescription } from './executable.ts';
import type { Feed } from './feed.ts';
import { typeName } from './options.ts';
import { takeLabels } from './take-images.ts';
import type { Batch, BatchSource } from './trainer-api.ts';

export type ExampleSource = AnySplit | (BatchSource & { readonly count: number });

export function isBatched(given: unknown): given is BatchSource {
  return (given as Partial<BatchSource> | undefined)?.batches !== undefined;
}

/** Begins an iteration over batches. CNN4106 for what is none. */
function iterate({ batches }: BatchSource): Iterator<Batch> | AsyncIterator<Batch> {
  const given = typeof batches === 'function' ? batches() : batches;
  const { [Symbol.asyncIterator]: later, [Symbol.iterator]: now } = given as AsyncIterable<Batch> & Iterable<Batch>;
  const begin: (() => Iterator<Batch> | AsyncIterator<Batch>) | undefined = later ?? now;
  if (begin) return begin.call(given);
  refuse(
    'CNN4106',
    '`batches` cannot be iterated',
    'pass an iterable of `{ images, labels }`, or a function that returns one',
  );
}

/** Batches that are read ahead: with one, a batch that takes long to read would be waited for. */
const AHEAD = 2;

/** Moves the images that were read together; their numbers. */
function closeGaps(bytes: Uint8Array, size: number, indices: Int32Array, bad: readonly number[]): Int32Array {
  const kept = indices.filter((_, n) => !bad.includes(n));
  let at = 0;
  for (let n = 0; n < indices.length; n++)
    if (!bad.includes(n)) bytes.copyWithin(at++ * size, n * size, (n + 1) * size);
  return kept;
}

interface Slot {
  readonly bytes: Uint8Array;
  /** Place in the order; -1 where it is free. */
  start: number;
  batch: Promise<Split> | undefined;
}

class BatchReader {
  /** Taken in turns. */
  readonly #slots: readonly Slot[];

  constructor(
    readonly split: StreamedSplit,
    readonly order: Int32Array,
    /** Values of an image. */
    readonly size: number,
    readonly batch: number,
  ) {
    const slot = (): Slot => ({ bytes: new Uint8Array(batch * size), start: -1, batch: undefined });
    this.#slots = Array.from({ length: AHEAD + 1 }, slot);
  }

  /** The batch that begins at this place of the order; it is overwritten when the next is taken. The next ones are begun. */
  take(start: number): Promise<Split> {
    for (let ahead = 0; ahead <= AHEAD; ahead++) this.#begin(start + ahead * this.batch);
    const slot = this.#slotAt(start);
    slot.start = -1;
    return slot.batch!;
  }

  #slotAt(start: number): Slot {
    return this.#slots[Math.floor(start / this.batch) % this.#slots.length]!;
  }

  #begin(start: number): void {
    const slot = this.#slotAt(start);
    if (start >= this.order.length || slot.start === start) return;
    slot.start = start;
    slot.batch = this.#read(slot.bytes, this.order.slice(start, start + this.batch));
    slot.batch.catch(() => {}); // told when it is taken
  }

  async #read(into: Uint8Array, indices: Int32Array): Promise<Split> {
    const { size, split } = this;
    const bytes = into.subarray(0, indices.length * size);
    const bad = (await split.images.read(indices, bytes)) ?? [];
    const kept = bad.length > 0 ? closeGaps(bytes, size, indices, bad) : indices;
    return { count: kept.length, images: bytes.subarray(0, kept.length * size), labels: takeLabels(split, kept) };
  }
}

export class Examples {
  /** Milliseconds in which there was nothing to do but to wait for examples. */
  waited = 0;
  /** Images that the batch stands for, also those of it that could not be read. */
  planned = 0;
  readonly #reader: BatchReader | undefined;
  #iterator: ReturnType<typeof iterate> | undefined;
  /** Images of the iteration, once it has ended. */
  #iterated = Number.POSITIVE_INFINITY;

  /** Its own: whatever else is asked meanwhile has another. */
  readonly feed: Feed;

  /** `order`: the numbers of the examples as they are wanted, all as they lie unless given; it may change between two passes. */
  constructor(
    readonly network: NetworkDescription,
    readonly split: ExampleSource,
    readonly batch: number,
    readonly order?: Int32Array,
  ) {
    const feed = (this.feed = makeFeed(network));
    if (isBatched(split) || !isStreamed(split)) return;
    const all = order ?? Int32Array.from({ length: split.count }, (_, n) => n);
    this.#reader = new BatchReader(split, all, feed.inputs[0]!.size, batch);
  }

  /** Of ready-made batches it is known when they have ended. */
  get total(): number {
    return isBatched(this.split) ? this.#iterated : (this.order?.length ?? this.split.count);
  }

  /**
   * Points the feed at the batch that begins at this place. It has fewer images than wanted where some cannot be read, and none
   * where ready-made batches have ended. Only where they have to be read is there something to wait for.
   */
  point(start: number): Promise<void> | undefined {
    const { feed, split, order, batch, total } = this;
    if (isBatched(split)) return this.#iterate(split, start);
    this.planned = Math.min(batch, total - start);
    if (this.#reader) return this.#wait(this.#reader.take(start));
    accept(feed, split as Split, true);
    feed.order = order;
    feed.start = start;
    feed.count = this.planned;
    return undefined;
  }

  /** A pass that is not to go on; the next begins anew. */
  async end(): Promise<void> {
    const iterator = this.#iterator;
    this.#iterator = undefined;
    this.#iterated = Number.POSITIVE_INFINITY;
    await iterator?.return?.();
  }

  async #wait(taken: Promise<Split>): Promise<void> {
    const asked = performance.now();
    const read = await taken;
    this.waited += performance.now() - asked;
    accept(this.feed, read, true);
  }

  /** A pass that begins in its middle passes over the batches before. */
  async #iterate(source: BatchSource, start: number): Promise<void> {
    const asked = performance.now();
    let at = this.#iterator ? start : 0;
    this.#iterator ??= iterate(source);
    do {
      const { value, done } = await this.#iterator.next();
      this.planned = this.#accept(done ? undefined : value, at);
      at += this.planned;
    } while (at <= start && this.planned > 0);
    this.waited += performance.now() - asked;
  }

  /** How many images the batch has; none at the end. Throws CNN4101, CNN4102, CNN4104, CNN4106. */
  #accept(batch: Batch | undefined, at: number): number {
    const { feed } = this;
    if (batch === undefined) {
      this.#iterator = undefined;
      this.#iterated = at;
      return (feed.count = 0);
    }
    accept(feed, batch, typeName(batch) !== 'Object' || batch.count === undefined);
    checkCount(feed.count, this.network.maxBatch);
    return feed.count;
  }
}
