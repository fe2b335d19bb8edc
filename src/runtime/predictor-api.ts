/** @file What users of a module that only predicts hold in their hands, as types. Its declarations have this text, and no other. */
import type { PredictorNetwork as Network } from './executable.ts';
import type { Images, OutputName } from './network-types.ts';

export interface Predictor {
  readonly network: Network;
  /** How many threads compute at present: one where several have turned out not to be faster. */
  readonly threads: number;
  /** The first output of each image, of any number of images. They are normalised as in training: pass them as they are. */
  predict(images: Images): Float32Array;
  /** Every output of each image. */
  predictAll(images: Images): Map<OutputName, Float32Array>;
  /** The likeliest classes of each image, at most `count` (5), by the first output: probabilities, or scores, whose softmax is told. */
  top(images: Images, count?: number): RankedClass[][];
  /** Takes the weights of a safetensors file, all or nothing; what else it holds is left. Throws CNN4120 to CNN4125. */
  load(bytes: Uint8Array | ArrayBuffer): void;
  dispose(): void;
}

export interface RankedClass {
  /** Its name where the data had names, else its number. */
  readonly class: string | number;
  readonly probability: number;
}

export interface PredictorOptions {
  /**
   * So many threads compute each image together, with the same result; `threads` of the predictor says how many do. One does
   * where several are not faster, which is measured now and then, where memory cannot be shared (a page that is not
   * cross-origin isolated), in a module of JavaScript, and in one that was built for one, as those of small networks are,
   * which gain nothing from more.
   */
  threads?: number;
  /** Fused multiply-add where the engine has it; `false` for the same bits on every machine. */
  relaxedSimd?: boolean;
}
