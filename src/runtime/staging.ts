/**
 * @file Staging: images come as N×C×H×W and are computed on as `[C][H][W][lane]`, one image per lane. Each block's
 * inputs are turned just before the block runs; lanes beyond the last image are zero and weigh nothing.
 */

import { sizeOf } from '../data/dataset.ts';
import { hash } from '../data/random.ts';
import { imageIndex } from './batch.ts';
import type { Compiled, InputLayout, OutputLayout, ProgramLayout, TrainingDefaults } from './executable.ts';
import type { Feed } from './feed.ts';

type Values = Float32Array | Uint8Array | Int32Array;

/** What the random numbers of a step are drawn from. */
export interface Counters {
  readonly seed: number;
  readonly step: number;
}

/** Keeps the draws for augmentation apart from those for dropout. */
const augmentStream = 0x2545f491;

/** One input of a program, with what does not change from step to step worked out. */
interface Slot {
  readonly layout: InputLayout;
  /** Index into the feed's inputs or targets. */
  readonly source: number;
  readonly size: number;
  /** Pixels that share a mean and deviation. */
  readonly plane: number;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  /** The normalised value of each byte, 256 per channel. */
  readonly table: Float32Array;
}

function makeSlot(layout: InputLayout, names: readonly string[]): Slot {
  const size = sizeOf(layout.shape);
  const mean = layout.normalize?.mean ?? [0];
  const deviation = layout.normalize?.deviation ?? [1];
  const table = new Float32Array(256 * mean.length);
  for (let i = 0; i < table.length; i++) table[i] = ((i & 255) / 255 - mean[i >> 8]!) / deviation[i >> 8]!;
  return { layout, source: names.indexOf(layout.name), size, plane: size / mean.length, mean, deviation, table };
}

function stageImage(memory: Float32Array, at: number, lanes: number, slot: Slot, values: Values, from: number): void {
  const { plane, mean, deviation, table } = slot;
  const bytes = values.BYTES_PER_ELEMENT === 1;
  let to = at;
  let read = from;
  for (let channel = 0; channel < mean.length; channel++) {
    const end = read + plane;
    if (bytes) for (; read < end; read++, to += lanes) memory[to] = table[channel * 256 + values[read]!]!;
    else for (; read < end; read++, to += lanes) memory[to] = (values[read]! - mean[channel]!) / deviation[channel]!;
  }
}

/** The same with a random flip and crop; pixels from outside the image are zero after normalisation. */
function stageAugmented(
  memory: Float32Array,
  at: number,
  lanes: number,
  slot: Slot,
  values: Values,
  from: number,
  augment: TrainingDefaults['augment'],
  bits: number,
): void {
  const { plane, mean, deviation, table, layout, size } = slot;
  const [height = 1, width = 1] = layout.shape.slice(-2);
  const range = 2 * augment.cropPad + 1;
  const down = ((bits >>> 2) % range) - augment.cropPad;
  const right = ((bits >>> 17) % range) - augment.cropPad;
  const mirror = augment.flipHorizontal && bits & 1;
  const upend = augment.flipVertical && bits & 2;
  const bytes = values.BYTES_PER_ELEMENT === 1;
  for (let i = 0; i < size; i++) {
    const column = i % width;
    const row = Math.floor(i / width) % height;
    const x = (mirror ? width - 1 - column : column) + right;
    const y = (upend ? height - 1 - row : row) + down;
    const value = values[from + i - column - row * width + y * width + x]!;
    const channel = Math.floor(i / plane);
    const inside = x >= 0 && x < width && y >= 0 && y < height;
    const normalised = bytes ? table[channel * 256 + value]! : (value - mean[channel]!) / deviation[channel]!;
    memory[at + i * lanes] = inside ? normalised : 0;
  }
}

/** What has no copy per block lies in the arena. */
function placeOf({ offset, blockStride }: InputLayout | OutputLayout, block: number, arena: number): number {
  return offset + (blockStride ? block * blockStride : arena);
}

/** Writes the inputs of one program, in the arena that lies `arena` floats behind the first. */
export class Stager {
  readonly #slots: readonly Slot[];
  readonly #lanes: number;

  constructor(
    compiled: Pick<Compiled, 'network' | 'lanes'>,
    program: ProgramLayout,
    readonly memory: Float32Array,
    readonly arena = 0,
  ) {
    const inputs = Object.keys(compiled.network.inputs);
    const targets = Object.keys(compiled.network.targets);
    this.#lanes = compiled.lanes;
    this.#slots = program.inputs.map((layout) => makeSlot(layout, layout.role === 'image' ? inputs : targets));
  }

  /** `first`: inputs that have a copy per block are written too; they keep it for the later phases. */
  stage(block: number, feed: Feed, counters: Counters, first: boolean): void {
    for (const slot of this.#slots) {
      if (!first && slot.layout.blockStride > 0) continue;
      const at = placeOf(slot.layout, block, this.arena);
      for (let lane = 0; lane < this.#lanes; lane++) {
        const n = block * this.#lanes + lane;
        if (n < feed.count) this.#stageLane(slot, at + lane, n, feed, counters);
        else for (let i = 0; i < slot.size; i++) this.memory[at + lane + i * this.#lanes] = 0;
      }
    }
  }

  #stageLane(slot: Slot, at: number, n: number, feed: Feed, { seed, step }: Counters): void {
    const { role } = slot.layout;
    if (role === 'weight') this.memory[at] = 1 / feed.count;
    else if (role === 'seed') this.memory[at] = hash(seed, step, n) >>> 8;
    else {
      const from = imageIndex(feed, n) * slot.size;
      if (role === 'target') this.#copy(at, feed.targets[slot.source]!.values, from, slot.size);
      else if (feed.augment) {
        const bits = hash(seed ^ augmentStream, step, n);
        stageAugmented(this.memory, at, this.#lanes, slot, feed.inputs[slot.source]!.values, from, feed.augment, bits);
      } else stageImage(this.memory, at, this.#lanes, slot, feed.inputs[slot.source]!.values, from);
    }
  }

  #copy(at: number, values: Values, from: number, size: number): void {
    for (let i = 0; i < size; i++) this.memory[at + i * this.#lanes] = values[from + i]!;
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
