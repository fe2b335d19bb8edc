/** @file What a program on a graphics card reads of a batch: filled here, image after image, and taken there in one piece for each input. */
import type { DeviceProgram } from '../targets/webgpu/device-types.ts';
import type { Card } from './card.ts';
import type { ProgramName } from './executable.ts';
import type { Counters, Feed } from './feed.ts';
import type { CompiledForDevice } from './place.ts';
import { Stager } from './staging.ts';

export class DeviceInputs {
  readonly #stager: Stager;
  readonly #numbers: readonly number[];
  readonly #parts: readonly { readonly at: number; readonly each: number; readonly values: Float32Array }[];
  #count = 0;

  /** An image is a block, and a block has one lane. */
  constructor(compiled: CompiledForDevice, name: ProgramName, { inputs: regions }: DeviceProgram) {
    const layout = compiled.programs[name];
    let end = 0;
    const offsets = regions.map(({ each }) => {
      const offset = end;
      end += each * compiled.network.maxBatch;
      return offset;
    });
    const inputs = layout.inputs.map((input, k) => ({
      ...input,
      offset: offsets[k]!,
      blockStride: regions[k]!.each,
    }));
    const values = new Float32Array(end);
    this.#stager = new Stager(compiled, { ...layout, inputs }, values, 0, compiled.parts);
    this.#numbers = [...inputs.keys()];
    this.#parts = regions.map(({ start, each }, k) => ({ at: start, each, values: values.subarray(offsets[k]!) }));
  }

  fill(feed: Feed, counters: Counters): void {
    this.#count = feed.count;
    for (let image = 0; image < feed.count; image++) this.#stager.stage(this.#numbers, image, feed, counters);
  }

  /** As often as it is wanted. */
  upload(card: Card): void {
    for (const { at, each, values } of this.#parts) card.write(at, values.subarray(0, this.#count * each));
  }
}
