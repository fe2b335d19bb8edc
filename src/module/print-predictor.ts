/** @file A module that only predicts: kernels of one image, of many, or both, and the part of the runtime that feeds them. */
import {
  denseSource,
  imageTypes,
  insideSource,
  picturesSource,
  pictureTypes,
  predictorSource,
  predictorTypes,
} from 'cnnc:runtime';
import { InternalError } from '../diagnostics/diagnostic.ts';
import type { ModulePlan } from '../plan/plan-module.ts';
import type { PictureOptions, PredictorNetwork, WeightForm } from '../runtime/executable.ts';
import { literal } from './literal.ts';
import { ERROR_TYPE, printImageTypes, printTitle } from './print-declarations.ts';

export interface PredictorText {
  readonly network: PredictorNetwork;
  readonly plan: ModulePlan<never>;
  /** What the target prints: defines `instantiate`, and `allocate` when `allocates`. */
  readonly kernels: string;
  readonly allocates: boolean;
  /** Inside the module: compressed, in base 64; or as dense text, which is put in the place of `DENSE_PLACE` at last. */
  readonly weights?:
    | { readonly form: WeightForm; readonly text: string }
    | { readonly form: WeightForm; readonly length: number };
  /** How pictures of any size become images. */
  readonly pictures?: PictureOptions;
}

/**
 * Where dense text stands, passed on with its length: tools that rewrite strings would write its control characters out. What users
 * name may look like it, and is not.
 */
export const DENSE_PLACE = /(?<=\()(["'`])cnnc:dense\1(?=,\s*\d)/;

function unpackText(weights: NonNullable<PredictorText['weights']>): string {
  const dense = 'length' in weights;
  const bytes = dense
    ? `cnncDense.decode('cnnc:dense', ${weights.length})`
    : `cnncInside.decode(${literal(weights.text)})`;
  return `${insideSource}${dense ? denseSource : ''}compiled.unpack = (memory) => cnncInside.unpack(${bytes}, '${weights.form}', state, memory);
`;
}

function fitText(options: PictureOptions): string {
  return `${picturesSource}compiled.fit = (images) => cnncPictures.fitPictures(images, compiled.network.inputs, ${literal(options)});
`;
}

/** The runtime of predictors knows no others: nothing is summed over a batch. */
function checkPhases({ programs }: ModulePlan<never>): void {
  for (const [name, { layout, lowered }] of Object.entries(
    programs as Record<string, ModulePlan['programs']['predict']>,
  ))
    if (layout.zero.length > 0 || lowered.phases.some(({ kind }) => kind !== 'once' && kind !== 'blocks'))
      throw new InternalError('print-predictor', `${name} sums over its batch`);
}

export function printPredictor({ network, plan, kernels, allocates, weights, pictures }: PredictorText): string {
  checkPhases(plan);
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
${weights ? unpackText(weights) : ''}${pictures ? fitText(pictures) : ''}export const network = cnncRuntime.freeze(compiled.network);
export const TrainerError = cnncRuntime.TrainerError;

export function createPredictor(options) {
  return cnncRuntime.createPredictor(compiled, options);
}
`;
}

/** Its types, and its values. */
export function printPredictorDeclarations(network: PredictorNetwork, pictures: boolean): string {
  const types = pictures ? pictureTypes : imageTypes;
  return `${[printTitle(network, 'predictor'), printImageTypes(network), types, predictorTypes].join('\n')}
type Network = typeof network;

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
