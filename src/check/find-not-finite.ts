/**
 * @file Why a step was refused: it is taken again, by a module of JavaScript in which every formula is a kernel of its own and
 * a look at what it has written follows each. The module has the runtime of all modules, and everything random is a
 * function of seed and step, so a checkpoint of the moment before is all that is needed to see the very same step.
 */

import type { Node } from '../ir/graph.ts';
import { elementCount, sourceOf, viewedNode } from '../ir/graph.ts';
import { isBackward, layersOf, operationsText } from '../ir/origin.ts';
import { describeNetwork, trainingDefaults } from '../module/describe-network.ts';
import { printModule } from '../module/print-module.ts';
import { listPasses } from '../passes/pipeline.ts';
import type { LoweredProgram, PlacedKernel } from '../plan/lowered-program.ts';
import { planModule } from '../plan/plan-module.ts';
import { TRAINER_PROGRAMS } from '../plan/program-graphs.ts';
import type { FitData } from '../runtime/run-data.ts';
import type { FitOptions } from '../runtime/trainer-api.ts';
import type { Elaboration } from '../semantics/model.ts';
import { printJsInstantiate } from '../targets/js/print-instantiate.ts';
import { js } from '../targets/js/target.ts';
import { loadModule } from './load-module.ts';

export type Direction = 'input' | 'forward' | 'backward' | 'update';

export interface NotFinite {
  /** Empty for the loss. */
  readonly layer: string;
  /** `conv`, `gradient of conv`. */
  readonly operation: string;
  readonly direction: Direction;
  /** Its value, as in the formulas of `cnnc grad`. */
  readonly value: string;
}

/** What was seen until then. */
export interface StepTrace {
  readonly notFinite?: NotFinite;
  /** Largest magnitudes of what layers computed forward, in order. */
  readonly magnitudes: ReadonlyMap<string, number>;
  /** Of the inputs, as the network gets them. */
  readonly inputs: ReadonlyMap<string, { readonly least: number; readonly most: number }>;
}

/** Thrown through the runtime, to end the step. */
class Found extends Error {}

const HOOK = Symbol.for('cnnc.trace');

interface Place {
  readonly kernel: PlacedKernel;
  readonly program: LoweredProgram;
}

class Tracer {
  readonly places: Place[] = [];
  readonly magnitudes = new Map<string, number>();
  readonly inputs = new Map<string, { least: number; most: number }>();
  found: NotFinite | undefined;

  /** Called behind every kernel. */
  look(index: number, block: number, memory: Float32Array): void {
    const { kernel, program } = this.places[index]!;
    for (const node of new Set(kernel.nodes.flatMap(({ inputs }) => inputs.map(viewedNode))))
      this.#lookAtInput(node, program, block, memory);
    for (const node of kernel.nodes) {
      const most = largest(valuesOf(node, program, block, memory));
      const { origins } = node;
      if (!Number.isFinite(most)) this.#stop(node, directionOf(node));
      if (directionOf(node) !== 'forward') continue;
      const layer = layersOf(origins);
      if (layer) this.magnitudes.set(layer, Math.max(this.magnitudes.get(layer) ?? 0, most));
    }
  }

  #lookAtInput(node: Node, program: LoweredProgram, block: number, memory: Float32Array): void {
    const source = sourceOf(node);
    if (source?.role !== 'image' && source?.role !== 'target') return;
    const values = valuesOf(node, program, block, memory);
    if (!Number.isFinite(largest(values))) this.#stop(node, 'input');
    const range = this.inputs.get(node.name) ?? { least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY };
    if (source.role === 'target') return;
    for (const value of values) {
      range.least = Math.min(range.least, value);
      range.most = Math.max(range.most, value);
    }
    this.inputs.set(node.name, range);
  }

  #stop(node: Node, direction: Direction): never {
    const { origins, name } = node;
    this.found = { layer: layersOf(origins), operation: operationsText(origins), direction, value: name };
    throw new Found();
  }
}

function directionOf({ origins }: Node): Direction {
  if (origins.some(({ role }) => role === 'update')) return 'update';
  return isBackward(origins) ? 'backward' : 'forward';
}

function valuesOf(node: Node, { slotOf, traits }: LoweredProgram, block: number, memory: Float32Array): Float32Array {
  const { start, perBlock, length } = slotOf(node);
  const floats = Math.min(length, elementCount(node.shape) * (node.varying ? traits.lanes : 1));
  return memory.subarray(start + block * perBlock, start + block * perBlock + floats);
}

/** NaN where there is any. */
function largest(values: Float32Array): number {
  let found = 0;
  for (const value of values) {
    if (!(Math.abs(value) < Number.POSITIVE_INFINITY)) return Number.NaN;
    if (Math.abs(value) > found) found = Math.abs(value);
  }
  return found;
}

/** The module, and what looks at its work. */
async function tracedTrainer(elaboration: Elaboration, maxBatch: number) {
  const skip = listPasses().flatMap(({ name, optional }) => (optional ? [name] : []));
  const plan = planModule({ elaboration, target: js, programs: TRAINER_PROGRAMS, maxBatch, passes: { skip } });
  const tracer = new Tracer();
  const kernels = printJsInstantiate(plan, (kernel, program) => {
    tracer.places.push({ kernel, program });
    return ` trace(${tracer.places.length - 1}, block, M);`;
  });
  const described = { network: describeNetwork(plan), training: trainingDefaults(plan), plan };
  const kind = { worker: false, onDevice: false, twofold: false };
  const text = printModule({ ...described, kernels, allocates: false, kind, program: false, types: false });
  const hooks = globalThis as unknown as Record<symbol, unknown>;
  const { createTrainer } = await loadModule(
    `const trace = (...seen) => globalThis[Symbol.for('cnnc.trace')](...seen);\n${text}`,
  );
  hooks[HOOK] = (index: number, block: number, memory: Float32Array) => tracer.look(index, block, memory);
  return { trainer: await createTrainer(), tracer, release: () => delete hooks[HOOK] };
}

export interface RefusedStep {
  readonly elaboration: Elaboration;
  readonly data: FitData;
  /** Of the moment before the step. */
  readonly checkpoint: Uint8Array;
  readonly batch: number;
  readonly options: Pick<FitOptions, 'validation' | 'epochs' | 'batch' | 'lr'>;
}

/** Takes the step that follows a checkpoint; nothing is found where it is finite in this order of operations. */
export async function findNotFinite({
  elaboration,
  data,
  checkpoint,
  batch,
  options,
}: RefusedStep): Promise<StepTrace> {
  const { trainer, tracer, release } = await tracedTrainer(elaboration, batch);
  const stop = new AbortController();
  try {
    trainer.load(checkpoint);
    const epochs = trainer.fit(data, {
      ...options,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await epochs.next();
  } catch (error) {
    // The runtime within the module has classes of its own.
    if (!(error instanceof Found) && (error as Error).name !== 'TrainerError') throw error;
  } finally {
    release();
    trainer.dispose();
  }
  const { found, magnitudes, inputs } = tracer;
  return { ...(found && { notFinite: found }), magnitudes, inputs };
}
