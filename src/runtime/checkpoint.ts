/**
 * @file Checkpoints: parameters, buffers and optimiser state as tensors, the progress of training as metadata. Beside the
 * weights of now lie those of the best epoch, or of the last where training has ended with the best: `best:fc.weight`; no
 * layer has a colon in its name. Loading checks everything first and copies last, so a bad file changes nothing.
 */

import { shortened } from '../common/printable.ts';
import { showShape, sizeOf } from '../data/dataset.ts';
import { Random } from '../data/random.ts';
import { similar } from '../data/similar.ts';
import { refuse } from '../data/trainer-error.ts';
import { eachState } from './copies.ts';
import type { Engine } from './engine.ts';
import type { Compiled, StateLayout } from './executable.ts';
import { initialise } from './initialise.ts';
import { show, typeName } from './options.ts';
import { newProgress, type Progress } from './progress.ts';
import { readProgress } from './read-progress.ts';
import {
  parseSafetensors,
  quote,
  type Tensor,
  type TensorFile,
  tensorValues,
  writeSafetensors,
} from './safetensors.ts';
import type { LoadReport, SaveOptions } from './trainer-api.ts';

const EXTRAS = ['best', 'last'] as const;

type Written = { readonly name: string; readonly shape: readonly number[]; readonly data: Float32Array };

function tensorsOf({ memory }: Engine, states: readonly StateLayout[]): Written[] {
  return states.map(({ name, shape, offset }) => ({
    name,
    shape,
    data: memory.subarray(offset, offset + sizeOf(shape)),
  }));
}

/** Copies of weights under the names of the layers. */
function copiedTensors({ weights }: Engine, copy: Float32Array, prefix = ''): Written[] {
  const tensors: Written[] = [];
  eachState(weights, (_, at, size, { name, shape }) =>
    tensors.push({ name: prefix + name, shape, data: copy.subarray(at, at + size) }),
  );
  return tensors;
}

/** With the weights where they belong: the means lie in their place while they are tested, and are what is asked for alone. */
export function saveCheckpoint(engine: Engine, options: SaveOptions = {}): Uint8Array<ArrayBuffer> {
  const wantsMeans = options.best || options.weights ? !engine.best || options.weights : false;
  const swaps = engine.swapped !== (wantsMeans && engine.unfinished);
  if (swaps) engine.swapMeans();
  try {
    return savePlaced(engine, options);
  } finally {
    if (swaps) engine.swapMeans();
  }
}

/** CNN4125 for weights that are not finite: such a file would only take the place of a better one. */
function savePlaced(engine: Engine, { best, weights }: SaveOptions): Uint8Array<ArrayBuffer> {
  const { compiled, progress } = engine;
  const { name, hash, compiler } = compiled.network;
  const metadata: Record<string, string> = { network: name, hash, compiler };
  const write = (tensors: Written[]) => {
    for (const tensor of tensors) checkFinite(tensor.name, tensor.data);
    return writeSafetensors(tensors, metadata);
  };
  if (best) return write(engine.best ? copiedTensors(engine, engine.best) : tensorsOf(engine, engine.weights));
  if (weights) return write(tensorsOf(engine, engine.weights));
  for (const [key, value] of Object.entries(progress)) metadata[key] = String(value);
  const last = engine.isBest ? engine.last : undefined;
  return write([
    ...tensorsOf(engine, compiled.state),
    ...(last ? copiedTensors(engine, last, 'last:') : engine.best ? copiedTensors(engine, engine.best, 'best:') : []),
  ]);
}

function checkFinite(name: string, values: Float32Array): void {
  if (values.every(Number.isFinite)) return;
  refuse(
    'CNN4125',
    `${quote(name)} holds values that are not finite`,
    'go back to an earlier checkpoint, with a lower rate',
  );
}

/** PyTorch's batch norm counts its batches; nothing depends on it. Optimiser state may belong to another optimiser. */
function ignorable(name: string): boolean {
  return name.endsWith('.num_batches_tracked') || /^(optimizer\.|best:|last:)/.test(name);
}

/** How many misfits are told, and among how many names a near one is looked for. */
const MOST_TOLD = 12;
const MOST_SEARCHED = 2000;

type Wanted = Pick<StateLayout, 'name' | 'role' | 'shape'>;

const ONLY_ITS_OWN =
  'load it into its own network, or pass `partial: true` (`--weights FILE --partial`) to take what fits';

/** CNN4121 with the first of what does not fit, and how much there is of it. */
function checkFit(state: readonly Wanted[], tensors: ReadonlyMap<string, Tensor>, hint = ONLY_ITS_OWN): void {
  const known = new Set(state.map(({ name }) => name));
  const extra = [...tensors.keys()].filter((name) => !known.has(name) && !ignorable(name));
  const needed = state.filter(({ role }) => role !== 'optimizer').map(({ name }) => name);
  const missing = needed.filter((name) => !tensors.has(name));
  const misfits: (readonly [name: string, what: string, others?: readonly string[]])[] = [
    ...missing.map((name) => [name, 'missing', extra] as const),
    ...extra.map((name) => [name, 'unknown', missing] as const),
    ...state.flatMap(({ name, shape }) => {
      const found = tensors.get(name)?.shape ?? shape;
      if (found.join() === shape.join()) return [];
      return [[name, `${shortened(showShape(found), 60)}, the network needs ${showShape(shape)}`] as const];
    }),
  ];
  const told = misfits.slice(0, MOST_TOLD).map(([name, what, others = []]) => {
    const near = similar(name, others.slice(0, MOST_SEARCHED));
    return `${quote(name)} is ${what}${near === undefined ? '' : ` (nearest: ${quote(near)})`}`;
  });
  const rest = misfits.length - told.length;
  if (told.length > 0)
    refuse('CNN4121', `the checkpoint does not fit: ${told.join(', ')}${rest ? ` and ${rest} more` : ''}`, hint);
}

/** A run goes on only with its own network: equal shapes do not make it one. */
function checkNetwork({ network }: Compiled, { network: name, hash }: TensorFile['metadata']): void {
  if (hash === undefined || hash === network.hash) return;
  const problem = `this is a run of another network: ${quote(name)} ${shortened(hash, 20)}, not \`${network.name}\` ${network.hash}`;
  refuse(
    'CNN4124',
    problem,
    'resume it with its own, or pass `partial: true` (`--weights FILE --partial`) to take its weights',
  );
}

/** The bytes of a file in one of the forms that it comes in. */
function bytesOf(given: unknown): Uint8Array {
  const kind = typeName(given);
  if (/ArrayBuffer$/.test(kind)) return new Uint8Array(given as ArrayBuffer);
  if (kind === 'Uint8Array') return given as Uint8Array;
  const hint = kind === 'Promise' ? 'write `await` before it' : 'pass a Uint8Array or an ArrayBuffer';
  refuse('CNN4120', `a checkpoint is bytes, not ${show(given)}`, hint);
}

/** Whether a file has a state, in its shape. */
function fits(tensors: ReadonlyMap<string, Tensor>): (state: Pick<StateLayout, 'name' | 'shape'>) => boolean {
  return ({ name, shape }) => tensors.get(name)?.shape.join() === shape.join();
}

/** The values of tensors that fit, in the order of the states. Throws CNN4122, CNN4125. */
function valuesOf(states: readonly Pick<StateLayout, 'name'>[], tensors: ReadonlyMap<string, Tensor>): Float32Array[] {
  return states.map(({ name }) => {
    const values = tensorValues(name, tensors.get(name)!);
    checkFinite(name, values);
    return values;
  });
}

/** Weights kept beside those of now, if they are all there. */
function extraWeights(
  { weights }: Engine,
  tensors: ReadonlyMap<string, Tensor>,
  prefix: string,
): Float32Array | undefined {
  const states = weights.map((state) => ({ ...state, name: `${prefix}:${state.name}` }));
  if (!states.every(fits(tensors))) return undefined;
  const values = valuesOf(states, tensors);
  const copy = new Float32Array(values.reduce((sum, { length }) => sum + length, 0));
  eachState(states, (_, at) => copy.set(values.shift()!, at));
  return copy;
}

/**
 * Takes over a checkpoint. Without `partial`, optimiser state that the file does not have starts anew, and a run that `fit`
 * can continue is taken over; with it, only what fits is touched and progress stays as it is.
 */
export function loadCheckpoint(engine: Engine, given: unknown, partial: boolean): LoadReport {
  const { compiled, memory } = engine;
  const { tensors, metadata } = parseSafetensors(bytesOf(given));
  if (!partial) checkFit(compiled.state, tensors);
  const progress = partial ? undefined : readProgress(metadata);
  if (progress) checkNetwork(compiled, metadata);
  const fitting = compiled.state.filter(fits(tensors));
  const values = valuesOf(fitting, tensors);
  const [best, last] = EXTRAS.map((prefix) => (progress ? extraWeights(engine, tensors, prefix) : undefined));
  for (const [i, { offset }] of fitting.entries()) memory.set(values[i]!, offset);
  const taken = fitting.map(({ name }) => name);
  if (!partial) {
    takeProgress(engine, progress, new Set(taken));
    engine.last = last;
    engine.best = last ? engine.copyWeights() : best;
  }
  return report(compiled.state, taken, tensors);
}

/** What a network predicts with, of a file that may hold more. Throws CNN4120, CNN4121, CNN4122, CNN4125. */
export function takeWeights(state: readonly Wanted[], given: unknown): Float32Array[] {
  const { tensors } = parseSafetensors(bytesOf(given));
  if (!state.every(fits(tensors))) checkFit(state, tensors, 'take the weights of the network that was compiled');
  return valuesOf(state, tensors);
}

function takeProgress(engine: Engine, found: Progress | undefined, taken: ReadonlySet<string>): void {
  const { compiled, memory, progress } = engine;
  Object.assign(progress, found ?? newProgress(progress.seed));
  const fresh = compiled.state.filter(({ name, role }) => role === 'optimizer' && !taken.has(name));
  for (const { name, offset, shape, initializer } of fresh)
    initialise(memory, offset, shape, initializer, new Random(progress.seed, name));
  if (fresh.length > 0) progress.optimizerStart = progress.step;
  engine.unfinished = progress.epochs > 0;
  engine.summary = undefined;
}

function report(state: readonly StateLayout[], taken: string[], tensors: ReadonlyMap<string, Tensor>): LoadReport {
  const names = new Set(taken);
  const known = new Set(state.map(({ name }) => name));
  const split = (ofOptimizer: boolean) => {
    const all = state.filter(({ role }) => (role === 'optimizer') === ofOptimizer).map(({ name }) => name);
    return { taken: all.filter((name) => names.has(name)), missing: all.filter((name) => !names.has(name)) };
  };
  return {
    ...split(false),
    optimizer: split(true),
    unexpected: [...tensors.keys()].filter((name) => !names.has(name) && (known.has(name) || !ignorable(name))),
  };
}
