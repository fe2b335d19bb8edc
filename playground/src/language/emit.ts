/** @file Modules of the network in the editor: to train, to look into, to take along. */
import { emitModule } from '../../../src/compile.ts';
import type { Result } from '../../../src/ir/graph.ts';
import type { Elaboration } from '../../../src/semantics/model.ts';

/** Images whose maps are shown at once. */
const SHOWN = 16;

export interface Emitted {
  readonly name: string;
  /** The module that is trained. */
  readonly code: string;
  /**
   * The same network with the result of every layer among its outputs. The module that is trained computes layers together,
   * so most of these are nowhere in its memory; this one takes over the weights and tells what is in between.
   */
  readonly lens: string;
  /** Names of the layers whose results `lens` tells, in their order. */
  readonly layers: readonly string[];
  /** What the `train` block says, or its defaults. */
  readonly training: {
    readonly data: string;
    readonly epochs: number;
    readonly batch: number;
    readonly learningRate: number;
  };
}

export interface EmittedCode {
  readonly code: string;
  readonly declarations: string;
}

export async function emit(elaboration: Elaboration): Promise<Emitted> {
  const { code } = await emitModule(elaboration, { program: false });
  const { shown, layers } = withLayersShown(elaboration);
  const { code: lens } = await emitModule(shown, { program: false, maxBatch: SHOWN });
  const { data, epochs, batch, optimizer } = elaboration.settings;
  const training = { data, epochs, batch, learningRate: optimizer.lr };
  return { name: elaboration.training.name, code, lens, layers, training };
}

export async function emitModuleText(elaboration: Elaboration): Promise<EmittedCode> {
  const { code, declarations } = await emitModule(elaboration);
  return { code, declarations };
}

function withLayersShown(elaboration: Elaboration) {
  const { inference } = elaboration;
  const { graph, outputs } = inference;
  const varying = inference.layers.filter(({ output }) => output.varying);
  // A layer that passes its input on has the value of the one before.
  const byName = new Map(
    [...outputs, ...varying.map(({ name, output }) => ({ name, node: output }))].map((one) => [one.name, one]),
  );
  const all = [...byName.values()];
  const results = all.map(({ name, node }): Result => ({ role: 'output', name, node }));
  const rest = graph.results.filter(({ role }) => role !== 'output');
  const shown: Elaboration = {
    ...elaboration,
    inference: { ...inference, outputs: all, graph: { ...graph, results: [...rest, ...results] } },
  };
  return { shown, layers: varying.map(({ name }) => name) };
}
