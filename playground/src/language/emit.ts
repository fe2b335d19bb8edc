/** @file Modules of the network in the editor: to train, to look into, to take along. */
import { countFlops } from '../../../src/analysis/cost.ts';
import { emitModule } from '../../../src/compile.ts';
import type { Result } from '../../../src/ir/graph.ts';
import { isBackward } from '../../../src/ir/origin.ts';
import { documentationOf } from '../../../src/plan/describe-kernel.ts';
import { planWithinMemory } from '../../../src/plan/fit-memory.ts';
import { lowerModule } from '../../../src/plan/plan-module.ts';
import type { Elaboration } from '../../../src/semantics/model.ts';
import { printKernel } from '../../../src/targets/js/print-kernel.ts';
import { js } from '../../../src/targets/js/target.ts';

/** Images whose maps are shown at once. */
const SHOWN = 16;

/** What is to train: `auto` is the faster of the two. */
export type DeviceWish = 'cpu' | 'webgpu' | 'auto';

/** FLOPs of a step below which a graphics card has no time to be faster: some 30 ms of the processor. */
const WORTH_A_CARD = 1e9;

export interface Emitted {
  readonly name: string;
  /** The module that is trained. */
  readonly code: string;
  /** On what; modules for the processor alone know nothing else. */
  readonly device: DeviceWish;
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
    /** Share of the training images that the block holds back; 0 where it says nothing. */
    readonly validation: number;
  };
}

export interface EmittedCode {
  /** Of the network. */
  readonly name: string;
  readonly code: string;
  readonly declarations: string;
}

export async function emit(elaboration: Elaboration, wish: DeviceWish): Promise<Emitted> {
  const device = wish === 'auto' && flopsOfStep(elaboration) < WORTH_A_CARD ? 'cpu' : wish;
  const { code } = await emitModule(elaboration, { program: false, target: device === 'cpu' ? 'wasm' : 'auto' });
  const { shown, layers } = withLayersShown(elaboration);
  const { code: lens } = await emitModule(shown, { program: false, maxBatch: SHOWN });
  const { data, epochs, batch, optimizer, validation = 0 } = elaboration.settings;
  const training = { data, epochs, batch, learningRate: optimizer.lr, validation };
  return { name: elaboration.training.name, code, device, lens, layers, training };
}

/** Forward, and about twice as much backward. */
function flopsOfStep({ inference, settings }: Elaboration): number {
  return 3 * settings.batch * countFlops(inference.graph).forward;
}

/** One function of a step, as a module of JavaScript has it. */
export interface ShownKernel {
  readonly part: 'forward' | 'backward' | 'update';
  /** What it computes, a value a line. */
  readonly formulas: readonly string[];
  readonly code: string;
}

/** The kernels that compute values of a layer. */
export function kernelsOf(elaboration: Elaboration, layer: string): ShownKernel[] {
  const plan = planWithinMemory({ elaboration, target: js, programs: ['train'] });
  const { phases, traits } = lowerModule(plan).programs.train.lowered;
  return phases.flatMap(({ kernels, update }) =>
    kernels
      .filter(({ nodes }) => nodes.some(({ origins }) => origins.some((origin) => origin.layer === layer)))
      .map((kernel) => ({
        part: update ? 'update' : kernel.nodes.some(({ origins }) => isBackward(origins)) ? 'backward' : 'forward',
        formulas: kernel.nodes.map((node) => documentationOf(node).at(-1)!),
        code: printKernel({ ...kernel, documentation: [] }, traits.lanes).trim(),
      })),
  );
}

export async function emitModuleText(elaboration: Elaboration): Promise<EmittedCode> {
  const { code, declarations } = await emitModule(elaboration);
  return { name: elaboration.training.name, code, declarations };
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
