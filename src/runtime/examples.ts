/**
 * @file The examples of a split, batch by batch. Where they do not all fit into memory, those of the next steps are read while
 * a step computes: there are never more images than those of the batch and of the ones read ahead.
 */
import { type AnySplit, isStreamed, type Split, type StreamedSplit } from '../data/dataset.ts';
import { accept } from './batch.ts';
import type { Feed } from './feed.ts';
import { takeLabels } from './take-images.ts';

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
    for (let ahead = 0; ahead <= AHEAD; ahead++) this.#begin(start + ahead * this.batch, start);
    const slot = this.#slots.find((slot) => slot.start === start)!;
    slot.start = -1;
    return slot.batch!;
  }

  #begin(start: number, wanted: number): void {
    if (start >= this.order.length || this.#slots.some((slot) => slot.start === start)) return;
    const slot = this.#slots.find((slot) => slot.start < wanted)!;
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
  readonly #reader: BatchReader | undefined;

  /** `order`: the numbers of the examples as they are wanted, all as they lie unless given; it may change between two passes. */
  constructor(
    readonly feed: Feed,
    readonly split: AnySplit,
    readonly batch: number,
    readonly order?: Int32Array,
  ) {
    if (!isStreamed(split)) return;
    const all = order ?? Int32Array.from({ length: split.count }, (_, n) => n);
    this.#reader = new BatchReader(split, all, feed.inputs[0]!.size, batch);
  }

  get total(): number {
    return this.order?.length ?? this.split.count;
  }

  /**
   * Points the feed at the batch that begins at this place. It has fewer images than wanted where some cannot be read. Only
   * where they have to be read is there something to wait for.
   */
  point(start: number): Promise<void> | undefined {
    const { feed, split, order, batch, total } = this;
    if (this.#reader) return this.#wait(this.#reader.take(start));
    accept(feed, split as Split, true);
    feed.order = order;
    feed.start = start;
    feed.count = Math.min(batch, total - start);
    return undefined;
  }

  async #wait(taken: Promise<Split>): Promise<void> {
    const asked = performance.now();
    const read = await taken;
    this.waited += performance.now() - asked;
    accept(this.feed, read, true);
  }
}
