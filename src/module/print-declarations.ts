/** @file The `.d.ts` beside a trainer module: the runtime's own types, with the names and arrays of this network. */
import {
  deviceTypes,
  deviceWorkerTypes,
  imageTypes,
  sourceTypes,
  trainerTypes,
  wideTypes,
  workerTypes,
} from 'cnnc:runtime';
import type { NetworkDescription, PredictorNetwork } from '../runtime/executable.ts';

/** Of no names, the type of no value. */
function union(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(' | ') || 'never';
}

/** One array, or where there are several, one for each name; nothing for none. */
function arrays(names: readonly string[], type: string): string {
  if (names.length === 0) return 'undefined';
  return names.length === 1 ? type : `{ ${names.map((name) => `${name}: ${type}`).join('; ')} }`;
}

/** What a network takes and gives, whatever its module does with it. */
export function printImageTypes({ inputs, outputs }: Pick<PredictorNetwork, 'inputs' | 'outputs'>): string {
  return `export type OutputName = ${union(Object.keys(outputs))};

/** N x C x H x W; bytes are divided by 255. What the \`train\` block says of \`normalize\` is applied to them by the module. */
export type Images = ${arrays(Object.keys(inputs), 'Float32Array | Uint8Array | Picture | readonly Picture[]')};
`;
}

/** What `runtime/network-types.ts` has for all networks, of this one. */
function printNetworkTypes(network: NetworkDescription): string {
  const targetNames = Object.keys(network.targets);
  return `export type ParameterName = ${union(network.parameters.map(({ name }) => name))};
${printImageTypes(network)}/** Class numbers, or a target's values; bytes of targets that are maps are divided by 255 too. */
export type Labels = ${arrays(targetNames, 'Int32Array | Uint8Array | Float32Array')};
interface Labelled {
  labels${targetNames.length > 0 ? '' : '?'}: Labels;
}

type Network = typeof network;
type Answer<Value> = Value | Promise<Value>;
type Bytes = Uint8Array & { readonly buffer: ArrayBuffer };
`;
}

/** The head of declarations. */
export function printTitle({ name, inputs, outputs }: PredictorNetwork, kind: 'trainer' | 'predictor'): string {
  const show = (shapes: PredictorNetwork['inputs']) =>
    Object.entries(shapes).map(([name, shape]) => `${name}: ${shape.join(' x ')}`);
  return `// Types of the ${kind} module for ${name}.
// Inputs: ${show(inputs).join(', ')}. Outputs: ${show(outputs).join(', ') || 'none'}.
`;
}

/** What a module can do beside training here. */
export interface ModuleKind {
  readonly worker: boolean;
  /** For graphics cards alone. */
  readonly onDevice: boolean;
  /** For graphics cards, too. */
  readonly twofold: boolean;
  /** With kernels that an engine may join to wider ones, too. */
  readonly wide?: boolean;
}

/** What users of the module write types with. */
export function printTypes(network: NetworkDescription, { worker, onDevice, twofold, wide }: ModuleKind): string {
  const types = [
    printNetworkTypes(network),
    imageTypes,
    sourceTypes,
    trainerTypes,
    ...(worker ? [workerTypes] : []),
    ...(onDevice || twofold ? [deviceTypes] : []),
    ...(worker && (onDevice || twofold) ? [deviceWorkerTypes] : []),
    ...(wide ? [wideTypes] : []),
  ];
  return [printTitle(network, 'trainer'), ...types].join('\n');
}

/** Of every module. */
export const ERROR_TYPE = `/** What all functions throw for mistakes; \`cnnc explain\` tells more of a code. */
export declare class TrainerError extends Error {
  readonly name: 'TrainerError';
  readonly code: \`CNN\${number}\`;
  readonly problem: string;
  readonly hint: string;
}`;

/** Its types, and its values. */
export function printDeclarations(network: NetworkDescription, kind: ModuleKind): string {
  return `${printTypes(network, kind)}
${ERROR_TYPE}

/** Frozen. */
export declare const network: {
  name: string;
  hash: string;
  compiler: string;
  inputs: Record<string, number[]>;
  targets: Record<string, object>;
  outputs: Record<string, number[]>;
  maxBatch: number;
  parameters: { name: ParameterName; shape: number[]; trainable: boolean }[];
};

export declare function createTrainer(${parametersOf(kind)};
${kind.worker ? `\n${WORKER_COMMENT}\nexport declare function createTrainerWorker(${workerParametersOf(kind)};\n` : ''}`;
}

/** Of `createTrainer`, and what it returns. */
export function parametersOf({ onDevice, twofold, wide }: ModuleKind): string {
  if (wide) return 'options?: WideOptions): Promise<WideTrainer>';
  if (twofold) return 'options?: AutoOptions): Promise<DeviceTrainer>';
  return onDevice ? 'options?: DeviceOptions): Promise<DeviceTrainer>' : 'options?: TrainerOptions): Promise<Trainer>';
}

const WORKER_COMMENT = '/** A trainer in a worker, which runs this module. */';

/** Of `createTrainerWorker`, and what it returns. */
export function workerParametersOf({ onDevice, twofold }: ModuleKind): string {
  if (!onDevice && !twofold) return 'options?: WorkerOptions): Promise<TrainerWorker>';
  return `options?: DeviceWorkerOptions<${twofold ? 'AutoOptions' : 'DeviceOptions'}>): Promise<DeviceTrainerWorker>`;
}
