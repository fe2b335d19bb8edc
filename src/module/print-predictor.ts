/** @file A module that only predicts: kernels of one image, of many, or both, and the part of the runtime that feeds them. */
import { predictorSource } from 'cnnc:runtime';
import type { ModulePlan } from '../plan/plan-module.ts';
import type { PredictorNetwork, WeightForm } from '../runtime/executable.ts';
import { literal } from './literal.ts';
import { ERROR_TYPE } from './print-declarations.ts';

export interface PredictorText {
  readonly network: PredictorNetwork;
  readonly plan: ModulePlan<never>;
  /** What the target prints: defines `instantiate`, and `allocate` when `allocates`. */
  readonly kernels: string;
  readonly allocates: boolean;
  /** Inside the module: compressed, in base 64. */
  readonly weights?: { readonly form: WeightForm; readonly text: string };
}

export function printPredictor({ network, plan, kernels, allocates, weights }: PredictorText): string {
  const layouts = Object.fromEntries(Object.entries(plan.programs).map(([name, { layout }]) => [name, layout]));
  const states = plan.state.map(({ name, role, shape, offset }) => `  ${literal([name, role, shape, offset])},\n`);
  return `// Predictor module for ${network.name}, made by cnnc ${network.compiler}. Use: import { createPredictor } from this file.
/*! It contains the runtime of cnnc: Copyright (c) 2026 cnnc contributors, MIT licence. */
const state = [
${states.join('')}].map(([name, role, shape, offset]) => ({ name, role, shape, offset }));

/** Places in memory, in floats; what each is for is told by the runtime's types. */
const compiled = {
  network: ${literal(network)},
  lanes: ${plan.traits.lanes},
  maxBatch: ${plan.maxBatch},
  memoryLength: ${plan.memoryLength},
  state,
  programs: ${literal(layouts)},
  instantiate,${allocates ? '\n  allocate,' : ''}
};

${predictorSource}${kernels}
${weights ? `compiled.weights = ${literal(weights)};\n` : ''}export const network = cnncRuntime.freeze(compiled.network);
export const TrainerError = cnncRuntime.TrainerError;

export function createPredictor(options) {
  return cnncRuntime.createPredictor(compiled, options);
}
`;
}

/** Its types, and its values. */
export function printPredictorDeclarations(network: PredictorNetwork): string {
  const inputs = Object.entries(network.inputs).map(([name, shape]) => `${name}: ${shape.join(' x ')}`);
  const outputs = Object.entries(network.outputs).map(([name, shape]) => `${name}: ${shape.join(' x ')}`);
  const names = Object.keys(network.inputs);
  const one = 'Float32Array | Uint8Array | Picture | readonly Picture[]';
  const images = names.length === 1 ? one : `{ ${names.map((name) => `${name}: ${one}`).join('; ')} }`;
  return `// Types of the predictor module for ${network.name}.
// Inputs: ${inputs.join(', ')}. Outputs: ${outputs.join(', ')}.

export type OutputName = ${Object.keys(network.outputs)
    .map((name) => JSON.stringify(name))
    .join(' | ')};

/** Pixels of a web page: an ImageData or a canvas of the size of the input, made grey or RGB as the input is. */
export type Picture =
  | { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray | Uint8Array }
  | { readonly width: number; readonly height: number; getContext(kind: '2d'): any };

/** N x C x H x W; bytes are divided by 255. What the \`train\` block says of \`normalize\` is applied to them by the module. */
export type Images = ${images};

export interface Predictor {
  readonly network: typeof network;
  /** How many threads compute. */
  readonly threads: number;
  /** The first output of each image, of any number of images. They are normalised as in training: pass them as they are. */
  predict(images: Images): Float32Array;
  /** Every output of each image. */
  predictAll(images: Images): Map<OutputName, Float32Array>;
  /** Takes the weights of a safetensors file, all or nothing; what else it holds is left. */
  load(bytes: Uint8Array | ArrayBuffer): void;
  dispose(): void;
}

export interface PredictorOptions {
  /** At most so many may compute; \`threads\` of the predictor says how many do, which is one. */
  threads?: number;
  relaxedSimd?: boolean;
}

${ERROR_TYPE}

/** Frozen. */
export declare const network: {
  name: string;
  hash: string;
  compiler: string;
  inputs: Record<string, number[]>;
  outputs: Record<string, number[]>;
  classes?: string[];
};

export declare function createPredictor(options?: PredictorOptions): Promise<Predictor>;
`;
}
