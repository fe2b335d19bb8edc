/** @file What a program on a graphics card reads of a batch: filled here, image after image, and taken there in few pieces. */

import type { DeviceProgram, DeviceRegion } from '../targets/webgpu/device-types.ts';
import { isChanged } from './augment-draws.ts';
import { imageIndex } from './batch.ts';
import type { Card } from './card.ts';
import type { InputLayout, ProgramName } from './executable.ts';
import type { Counters, Feed } from './feed.ts';
import type { CompiledForDevice } from './place.ts';
import { makeSlot, type Slot, Stager } from './staging.ts';

interface Part {
  readonly region: DeviceRegion;
  /** Where it begins here. */
  readonly at: number;
  /** Of images. */
  readonly slot: Slot | undefined;
  bytes: Uint8Array | undefined;
}

export class DeviceInputs {
  readonly #stager: Stager;
  readonly #values: Float32Array;
  readonly #parts: readonly Part[];
  /** By the number of the input: those that are bytes this time. */
  #packed: readonly number[] = [];
  #count = 0;

  /** An image is a block, and a block has one lane. */
  constructor(
    readonly compiled: CompiledForDevice,
    name: ProgramName,
    { inputs: regions }: DeviceProgram,
  ) {
    const layout = compiled.programs[name];
    const { network, parts } = compiled;
    const names = Object.keys(network.inputs);
    let end = 0;
    this.#parts = layout.inputs.map((input, k) => {
      const slot = input.role === 'image' ? makeSlot(input, names) : undefined;
      const part = { region: regions[k]!, at: end, slot, bytes: undefined };
      end += regions[k]!.each * network.maxBatch;
      return part;
    });
    const inputs = layout.inputs.map(
      (input, k): InputLayout => ({ ...input, offset: this.#parts[k]!.at, blockStride: regions[k]!.each }),
    );
    this.#values = new Float32Array(end);
    this.#stager = new Stager(compiled, { ...layout, inputs }, this.#values, 0, parts);
  }

  fill(feed: Feed, counters: Counters): void {
    this.#count = feed.count;
    const all = [...this.#parts.keys()];
    this.#packed = all.filter((k) => this.#staysBytes(this.#parts[k]!, feed));
    const others = all.filter((k) => !this.#packed.includes(k));
    for (let image = 0; image < feed.count; image++) this.#stager.stage(others, image, feed, counters);
    for (const k of this.#packed) this.#pack(this.#parts[k]!, feed);
  }

  /** Images that are changed at random are floats then. */
  #staysBytes({ slot }: Part, { inputs, augment }: Feed): boolean {
    if (!slot) return false;
    const { values, name } = inputs[slot.source]!;
    const changes = augment && (augment.mix !== undefined || isChanged(augment, name));
    return values.BYTES_PER_ELEMENT === 1 && !changes;
  }

  #pack(part: Part, feed: Feed): void {
    const { size, source } = part.slot!;
    const values = feed.inputs[source]!.values as Uint8Array;
    part.bytes ??= new Uint8Array(4 * Math.ceil((this.compiled.network.maxBatch * size) / 4));
    for (let image = 0; image < feed.count; image++) {
      const from = imageIndex(feed, image) * size;
      part.bytes.set(values.subarray(from, from + size), image * size);
    }
  }

  /** As often as it is wanted. What lies side by side goes there in one piece. */
  upload(card: Card): void {
    const { maxBatch } = this.compiled.network;
    const pieces: { readonly start: number; readonly from: number; to: number; next: number }[] = [];
    for (const [k, { region, at, slot, bytes }] of this.#parts.entries()) {
      const { start, each } = region;
      if (this.#packed.includes(k)) card.unpack(region, slot!, maxBatch).write(bytes!, this.#count * slot!.size);
      else {
        const end = { to: at + this.#count * each, next: start + maxBatch * each };
        const last = pieces.at(-1);
        if (last?.next === start) Object.assign(last, end);
        else pieces.push({ start, from: at, ...end });
      }
    }
    for (const { start, from, to } of pieces) card.write(start, this.#values.subarray(from, to));
  }
}
