/**
 * @file What a target is: a form that kernels can have in a module. Everything that the rest of the compiler asks of one
 * is here; the list is in `targets.ts`.
 */
import type { TargetTraits } from '../loop/schedule.ts';
import type { ModulePlan } from '../plan/plan-module.ts';
import type { PlanTarget } from '../plan/plan-programs.ts';

/** Those of the processor, whose modules run here; the first one is meant where none is named. */
export const TARGET_NAMES = ['wasm', 'js'] as const;

export type TargetName = (typeof TARGET_NAMES)[number];

/** Of modules that train, which may be for graphics cards, too; `auto`: for the first target and for graphics cards. */
export const TRAINER_TARGET_NAMES = [...TARGET_NAMES, 'webgpu', 'auto'] as const;

export type TrainerTargetName = (typeof TRAINER_TARGET_NAMES)[number];

export const DEFAULT_TARGET = TARGET_NAMES[0];

export interface PrintOptions {
  /** The module will be minified: what only people read may be left out or packed. */
  readonly minified?: boolean | undefined;
  /** It has dense text anyway, and `fillDense` will be called: bytes may lie in it as `densePlace`. */
  readonly dense?: boolean | undefined;
  /** The same plan with `paired` traits. */
  readonly wide?: ModulePlan<never> | undefined;
}

export interface Target extends PlanTarget {
  readonly name: Exclude<TrainerTargetName, 'auto'>;
  /** For the help of the command line. */
  readonly doc: string;
  /** Of modules whose steps have no more images than it has lanes. */
  readonly fewImages?: TargetTraits;
  /** Does the text define `allocate`? Else the memory is a plain array. */
  readonly allocates: boolean;
  /** The text defines `device`, see `webgpu/device-types.ts`, in the place of functions. */
  readonly onDevice?: boolean;
  /** Can `cnnc tune` time its kernels? Then modules of it are made with what was found. */
  readonly tunable: boolean;
  /**
   * The text of the module that defines `instantiate(M, options)`, and `allocate(options)` where it `allocates`: see
   * `Compiled` and `Executable` of the runtime. It has the programs of the plan, whichever they are.
   */
  readonly print: (plan: ModulePlan<never>, options?: PrintOptions) => string | Promise<string>;
  /** There are engines that join the registers of a block. */
  readonly joins?: boolean;
}

/** What the scheduler may assume of a module whose steps have so many images. */
export function traitsFor(
  { traits, fewImages = traits }: Pick<Target, 'traits' | 'fewImages'>,
  images: number,
): TargetTraits {
  return images <= fewImages.lanes ? fewImages : traits;
}
