/**
 * @file Checkpoints: parameters, buffers and optimiser state as tensors, the progress of training as metadata. Loading
 * checks everything first and copies last, so a bad file changes nothing.
 */

import { showShape, sizeOf } from '../data/dataset.ts';
import { Random } from '../data/random.ts';
import { TrainerError } from '../data/trainer-error.ts';
import type { Compiled, StateLayout } from './executable.ts';
import { initialise } from './initialise.ts';
import { newProgress, type Progress } from './progress.ts';
import { parseSafetensors, type Tensor, type TensorFile, tensorValues, writeSafetensors } from './safetensors.ts';

export function saveCheckpoint(compiled: Compiled, memory: Float32Array, progress: Progress): Uint8Array {
  const { name, hash, compiler } = compiled.network;
  const metadata: Record<string, string> = { network: name, hash, compiler };
  for (const [key, value] of Object.entries(progress)) metadata[key] = String(value);
  const tensors = compiled.state.map(({ name, shape, offset }) => {
    return { name, shape, data: memory.subarray(offset, offset + sizeOf(shape)) };
  });
  return writeSafetensors(tensors, metadata);
}

/** Edits that turn one name into the other (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next[j] = Math.min(replaced, row[j]! + 1, next[j - 1]! + 1);
    }
    row = next;
  }
  return row[to.length]!;
}

function nearest(name: string, candidates: readonly string[]): string {
  const limit = Math.max(2, name.length / 3);
  const near = candidates
    .map((candidate) => ({ candidate, edits: distance(name, candidate) }))
    .sort((a, b) => a.edits - b.edits)[0];
  return near && near.edits <= limit ? ` (nearest: \`${near.candidate}\`)` : '';
}

/** PyTorch's batch norm counts its batches; nothing depends on it. Optimiser state may belong to another optimiser. */
function ignorable(name: string): boolean {
  return name.endsWith('.num_batches_tracked') || name.startsWith('optimizer.');
}

function findMisfits(state: readonly StateLayout[], tensors: ReadonlyMap<string, Tensor>): string[] {
  const known = new Set(state.map(({ name }) => name));
  const extra = [...tensors.keys()].filter((name) => !known.has(name) && !ignorable(name));
  const needed = state.filter(({ role }) => role !== 'optimizer');
  const missing = needed.filter(({ name }) => !tensors.has(name)).map(({ name }) => name);
  const shapes = state.flatMap(({ name, shape }) => {
    const found = tensors.get(name)?.shape;
    if (!found || found.join() === shape.join()) return [];
    return [`\`${name}\` is ${showShape(found)}, the network needs ${showShape(shape)}`];
  });
  return [
    ...missing.map((name) => `\`${name}\` is missing${nearest(name, extra)}`),
    ...extra.map((name) => `\`${name}\` is unknown${nearest(name, missing)}`),
    ...shapes,
  ];
}

function checkFit(state: readonly StateLayout[], tensors: ReadonlyMap<string, Tensor>): void {
  const misfits = findMisfits(state, tensors);
  if (!misfits.length) return;
  const shown = misfits.slice(0, 12).join(', ');
  const rest = misfits.length > 12 ? ` and ${misfits.length - 12} more` : '';
  const hint = 'load it into the network it was saved from, or pass `partial: true` to take what fits';
  throw new TrainerError('CNN4121', `the checkpoint does not fit: ${shown}${rest}`, hint);
}

/** The progress that the metadata tells, or `undefined` where it comes from another tool. */
function readProgress(metadata: TensorFile['metadata']): Progress | undefined {
  const progress = newProgress(0);
  for (const key of Object.keys(progress) as (keyof Progress)[]) {
    const value = Number(metadata[key] ?? Number.NaN);
    if (Number.isNaN(value)) return undefined;
    progress[key] = value;
  }
  return progress;
}

/**
 * Takes over a checkpoint; true when it holds the progress of a run that `fit` can continue. Without `partial`, optimiser
 * state that the file does not have starts anew; with it, only what fits is touched and progress stays as it is.
 */
export function loadCheckpoint(
  compiled: Compiled,
  memory: Float32Array,
  progress: Progress,
  bytes: Uint8Array,
  partial: boolean,
): boolean {
  const { tensors, metadata } = parseSafetensors(bytes);
  if (!partial) checkFit(compiled.state, tensors);
  const fitting = compiled.state.filter(({ name, shape }) => tensors.get(name)?.shape.join() === shape.join());
  const values = fitting.map(({ name }) => tensorValues(name, tensors.get(name)!));
  const found = readProgress(metadata);
  for (const [i, { offset }] of fitting.entries()) memory.set(values[i]!, offset);
  if (partial) return false;
  for (const { name, role, offset, shape, initializer } of compiled.state) {
    if (role === 'optimizer' && !tensors.has(name))
      initialise(memory, offset, shape, initializer, new Random(progress.seed, name));
  }
  Object.assign(progress, found ?? newProgress(progress.seed));
  return found !== undefined && found.epochs > 0;
}
