/**
 * @file Staging: images come as N×C×H×W and are computed on as `[C][H][W][lane]`, one image per lane. Each block's
 * inputs are turned just before the block runs. A lane beyond the last image is idle: it computes what the last image's
 * does, and weighs nothing, so that it is finite wherever that is.
 */

import { sizeOf } from '../data/dataset.ts';
import { hash } from '../data/hash.ts';
import { imageIndex } from './batch.ts';
import type { Compiled, InputLayout, OutputLayout, ProgramLayout } from './executable.ts';
import type { Counters, Feed, PixelForm, StagedSlot, StageOne, StagingParts } from './feed.ts';

type Values = Float32Array | Uint8Array | Int32Array;

/** One input of a program, with what does not change from step to step worked out. */
export interface Slot extends StagedSlot {
  readonly layout: InputLayout;
}

export function makeSlot(layout: InputLayout, names: readonly string[]): Slot {
  const size = sizeOf(layout.shape);
  const mean = layout.normalize?.mean ?? [0];
  const deviation = layout.normalize?.deviation ?? [1];
  const table = new Float32Array(256 * mean.length);
  for (let i = 0; i < table.length; i++) table[i] = ((i & 255) / 255 - mean[i >> 8]!) / deviation[i >> 8]!;
  const { shape, name } = layout;
  return { layout, shape, source: names.indexOf(name), size, plane: size / mean.length, mean, deviation, table };
}

function stageImage(
  memory: Float32Array,
  at: number,
  lanes: number,
  form: PixelForm,
  values: Values,
  from: number,
): void {
  const { plane, mean, deviation, table } = form;
  const bytes = values.BYTES_PER_ELEMENT === 1;
  let to = at;
  let read = from;
  for (let channel = 0; channel < mean.length; channel++) {
    const end = read + plane;
    const [less, by] = [mean[channel]!, 1 / deviation[channel]!];
    if (bytes) for (; read < end; read++, to += lanes) memory[to] = table[channel * 256 + values[read]!]!;
    else for (; read < end; read++, to += lanes) memory[to] = (values[read]! - less) * by;
  }
}

/** What has no copy per block lies in the arena. */
export function placeOf({ offset, blockStride }: InputLayout | OutputLayout, block: number, arena: number): number {
  return offset + (blockStride ? block * blockStride : arena);
}

const stageOne: StageOne = (stager, slot, at, place, feed, counters) => {
  const { memory, lanes, parts } = stager;
  const { seed, step } = counters;
  const { role } = slot.layout;
  const n = Math.min(place, feed.count - 1);
  if (role === 'weight') memory[at] = n < place ? 0 : 1 / feed.count;
  else if (role === 'seed') memory[at] = hash(seed, step, n) >>> 8;
  else {
    const isTarget = role === 'target';
    const port = (isTarget ? feed.targets : feed.inputs)[slot.source]!;
    const { values, classes } = port;
    const from = imageIndex(feed, n) * slot.size;
    const isMap = slot.shape.length > 1;
    if (isMap && parts.stageAugmented?.(stager, slot, at, n, feed, counters, port, from)) return;
    if (isTarget && (!isMap || classes)) for (let i = 0; i < slot.size; i++) memory[at + i * lanes] = values[from + i]!;
    else stageImage(memory, at, lanes, slot, values, from);
  }
};

/** Writes the inputs of one program, in the arena that lies `arena` floats behind the first. */
export class Stager {
  readonly #slots: readonly Slot[];
  readonly lanes: number;

  constructor(
    compiled: Pick<Compiled, 'network' | 'lanes'>,
    program: ProgramLayout,
    readonly memory: Float32Array,
    readonly arena: number,
    readonly parts: StagingParts = {},
  ) {
    const inputs = Object.keys(compiled.network.inputs);
    const targets = Object.keys(compiled.network.targets);
    this.lanes = compiled.lanes;
    this.#slots = program.inputs.map((layout) => makeSlot(layout, layout.role === 'image' ? inputs : targets));
  }

  /** Writes the inputs with the given numbers for a block. */
  stage(inputs: readonly number[], block: number, feed: Feed, counters: Counters): void {
    const stage = this.parts.stageMixed ?? stageOne;
    for (const input of inputs) {
      const slot = this.#slots[input]!;
      const at = placeOf(slot.layout, block, this.arena);
      for (let lane = 0; lane < this.lanes; lane++) {
        stage(this, slot, at + lane, block * this.lanes + lane, feed, counters, stageOne);
      }
    }
  }
}

/** Copies one block of an output from the lane layout to image after image. */
export function collect(
  memory: Float32Array,
  output: OutputLayout,
  lanes: number,
  block: number,
  count: number,
  into: Float32Array,
  arena = 0,
): void {
  const size = sizeOf(output.shape);
  const at = placeOf(output, block, arena);
  const images = Math.min(lanes, count - block * lanes);
  for (let lane = 0; lane < images; lane++) {
    const to = (block * lanes + lane) * size;
    for (let i = 0; i < size; i++) into[to + i] = memory[at + i * lanes + lane]!;
  }
}
