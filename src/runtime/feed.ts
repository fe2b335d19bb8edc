/** @file What a program reads: the images of a batch, wherever they lie. */
import type { Labels, Pixels } from '../data/dataset.ts';
import type { Draw, ImageSize } from '../training/augmentations/augmentation.ts';
import type { Chosen } from '../training/word.ts';

/** How images are changed at random before each step. */
export interface Augment {
  /** In order. */
  readonly steps: readonly Chosen[];
  /** How images are mixed in pairs behind that, by one of the words for each step: all inputs, whose maps are of this size. */
  readonly mix?: { readonly words: readonly Chosen[]; readonly size: ImageSize };
  /** The inputs that are changed; all maps unless given. Targets that are maps follow them. */
  readonly inputs?: readonly string[];
}

/** How the pixels of an image are laid out and normalised. */
export interface PixelForm {
  readonly shape: readonly number[];
  readonly size: number;
  /** Pixels that share a mean and deviation. */
  readonly plane: number;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  /** The normalised value of each byte, 256 per channel. */
  readonly table: Float32Array;
}

/**
 * Writes the image that begins at `from` into one lane, changed as the random numbers for each step say; or its target, which is `outside`
 * where nothing of it is left, and `raw` if it is a map of classes. A target keeps its values where only those of images change.
 */
export type ChangeImage = (
  memory: Float32Array,
  at: number,
  lanes: number,
  form: PixelForm,
  values: Pixels | Labels,
  from: number,
  augment: Augment,
  drawFor: (step: number) => Draw,
  outside?: number,
  raw?: boolean,
  isTarget?: boolean,
) => void;

/** What the random numbers of a step are drawn from. */
export interface Counters {
  readonly seed: number;
  readonly step: number;
}

/** What only some networks need to stage images. */
export interface StagingParts {
  readonly stageAugmented?: StageAugmented;
  readonly stageMixed?: StageMixed;
}

export interface StagedSlot extends PixelForm {
  readonly layout: { readonly role: string; readonly mixed?: string };
  /** Index into the feed's inputs or targets. */
  readonly source: number;
}

/** Image number `place` of the batch, or the last in its place where there are not so many. */
export type StageOne = (
  stager: { readonly memory: Float32Array; readonly lanes: number; readonly parts: StagingParts },
  slot: StagedSlot,
  at: number,
  place: number,
  feed: Feed,
  counters: Counters,
) => void;

/**
 * Changes an image that is a map, or the target of one, by random numbers of its own: what begins at `from` among the values of
 * the port. False where it stays as it is.
 */
export type StageAugmented = (...given: [...Parameters<StageOne>, port: Port, from: number]) => boolean;

/** An image that is mixed with another, by staging both as the last argument does. */
export type StageMixed = (...given: [...Parameters<StageOne>, stageOne: StageOne]) => void;

/** One input or target of the network and the array it is read from. */
export interface Port {
  readonly name: string;
  readonly shape: readonly number[];
  /** Values per image. */
  readonly size: number;
  /** Of a class target, else 0. */
  readonly classes: number;
  /** What stands for no class. */
  readonly ignore?: number;
  /** A target whose values lie between 0 and 1. */
  readonly fraction?: boolean;
  values: Pixels | Labels;
}

/** What a program reads: arrays, and which of their images. One feed serves all steps of a trainer. */
export interface Feed {
  readonly inputs: readonly Port[];
  readonly targets: readonly Port[];
  /** Image n of the batch is `order[start + n]`, or `start + n` without an order. */
  order: Int32Array | undefined;
  start: number;
  count: number;
  augment: Augment | undefined;
}
