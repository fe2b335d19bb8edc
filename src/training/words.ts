/** @file The words of the `train` block, by what they are for. A word is a file and its line here. */
import { FORMATS } from '../data/formats.ts';
import type { AttributeValue } from '../specs/attributes.ts';
import type { Augmentation } from './augmentations/augmentation.ts';
import { brightness } from './augmentations/brightness.ts';
import { contrast } from './augmentations/contrast.ts';
import { crop } from './augmentations/crop.ts';
import { cutmix } from './augmentations/cutmix.ts';
import { elastic } from './augmentations/elastic.ts';
import { erase } from './augmentations/erase.ts';
import { flip } from './augmentations/flip.ts';
import { mixup } from './augmentations/mixup.ts';
import { noise } from './augmentations/noise.ts';
import { rotate } from './augmentations/rotate.ts';
import { saturation } from './augmentations/saturation.ts';
import { scale } from './augmentations/scale.ts';
import { shear } from './augmentations/shear.ts';
import { shift } from './augmentations/shift.ts';
import type { Average } from './averages/average.ts';
import { ema } from './averages/ema.ts';
import type { Clip } from './clips/clip.ts';
import { norm } from './clips/norm.ts';
import { value } from './clips/value.ts';
import { formatWord } from './format-word.ts';
import { constant as constantStart } from './initializers/constant.ts';
import type { Initializer } from './initializers/initializer.ts';
import { kaiming } from './initializers/kaiming.ts';
import { lecun } from './initializers/lecun.ts';
import { normal } from './initializers/normal.ts';
import { ones } from './initializers/ones.ts';
import { orthogonal } from './initializers/orthogonal.ts';
import { truncatedNormal } from './initializers/truncated_normal.ts';
import { uniform } from './initializers/uniform.ts';
import { xavier } from './initializers/xavier.ts';
import { xavierNormalized } from './initializers/xavier_normalized.ts';
import { zeros } from './initializers/zeros.ts';
import { adadelta } from './optimizers/adadelta.ts';
import { adagrad } from './optimizers/adagrad.ts';
import { adam } from './optimizers/adam.ts';
import { adamax } from './optimizers/adamax.ts';
import { adamw } from './optimizers/adamw.ts';
import { lion } from './optimizers/lion.ts';
import { nadam } from './optimizers/nadam.ts';
import type { Optimizer } from './optimizers/optimizer.ts';
import { radam } from './optimizers/radam.ts';
import { rmsprop } from './optimizers/rmsprop.ts';
import { sgd } from './optimizers/sgd.ts';
import { constant } from './schedules/constant.ts';
import { cosine } from './schedules/cosine.ts';
import { exponential } from './schedules/exponential.ts';
import { multistep } from './schedules/multistep.ts';
import { onecycle } from './schedules/onecycle.ts';
import { plateau } from './schedules/plateau.ts';
import { polynomial } from './schedules/polynomial.ts';
import type { Schedule } from './schedules/schedule.ts';
import { step } from './schedules/step.ts';
import { triangle } from './schedules/triangle.ts';
import { early } from './stops/early.ts';
import type { Word } from './word.ts';

export const OPTIMIZERS: readonly Optimizer[] = [
  sgd,
  adam,
  adamw,
  rmsprop,
  adagrad,
  adadelta,
  adamax,
  nadam,
  radam,
  lion,
];

/** What all optimisers have, and the attributes of their own. */
export interface OptimizerSettings {
  readonly kind: string;
  readonly lr: number;
  readonly weight_decay: number;
  readonly [attribute: string]: AttributeValue;
}

export function optimizerNamed(name: string): Optimizer {
  return OPTIMIZERS.find((one) => one.name === name)!;
}

export const SCHEDULES: readonly Schedule[] = [
  constant,
  cosine,
  step,
  multistep,
  exponential,
  polynomial,
  onecycle,
  triangle,
  plateau,
];

/** A schedule has a warm-up, and attributes of its own. */
export interface ScheduleSettings {
  readonly kind: string;
  readonly warmup: number;
  readonly [attribute: string]: AttributeValue;
}

export const AUGMENTATIONS: readonly Augmentation[] = [
  flip,
  crop,
  shift,
  rotate,
  scale,
  shear,
  elastic,
  erase,
  brightness,
  contrast,
  saturation,
  noise,
  mixup,
  cutmix,
];

export const INITIALIZERS: readonly Initializer[] = [
  kaiming,
  lecun,
  xavier,
  xavierNormalized,
  orthogonal,
  zeros,
  ones,
  constantStart,
  uniform,
  normal,
  truncatedNormal,
];

export function initializerNamed(name: string): Initializer | undefined {
  return INITIALIZERS.find((one) => one.name === name);
}

export const DATA_WORDS: readonly Word[] = FORMATS.map(formatWord);

export const STOPS: readonly Word[] = [early];

export const CLIPS: readonly Clip[] = [norm, value];

export const AVERAGES: readonly Average[] = [ema];

export interface WordList {
  /** `cnnc explain optimizers` */
  readonly title: string;
  /** What one of its words is. */
  readonly what: string;
  /** The setting that takes them. */
  readonly setting: string;
  readonly words: readonly Word[];
}

export const WORD_LISTS: readonly WordList[] = [
  { title: 'formats', what: 'a format of training data', setting: 'data', words: DATA_WORDS },
  { title: 'initializers', what: 'a way in which weights start', setting: 'init', words: INITIALIZERS },
  { title: 'optimizers', what: 'an optimiser', setting: 'optimizer', words: OPTIMIZERS },
  { title: 'schedules', what: 'a schedule of the learning rate', setting: 'schedule', words: SCHEDULES },
  { title: 'augmentations', what: 'an augmentation', setting: 'augment', words: AUGMENTATIONS },
  { title: 'stops', what: 'a way to stop', setting: 'stop', words: STOPS },
  { title: 'clips', what: 'a limit for gradients', setting: 'clip', words: CLIPS },
  { title: 'averages', what: 'a mean of the weights', setting: 'average', words: AVERAGES },
];
