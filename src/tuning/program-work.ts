/** @file The work of a whole program on one thread: of its kernels, by layers, and of the host around them. */
import { executedOperationsOf } from '../analysis/cost.ts';
import { elementCount, type Node } from '../ir/graph.ts';
import { isBackward } from '../ir/origin.ts';
import type { LoweredPhase, LoweredProgram, PlacedKernel } from '../plan/lowered-program.ts';
import { addWork, type Calls, NO_WORK, type Work, workOf, workOfCombining } from './kernel-work.ts';
import { touchesOf } from './reuse-distance.ts';

export type Stage = 'forward' | 'backward' | 'update';

export interface LayerWork {
  /** Empty where it is for no layer: the loss, and the sums of all. */
  readonly layer: string;
  readonly stage: Stage;
  readonly work: Work;
}

export interface ProgramWork {
  readonly parts: readonly LayerWork[];
  /** Numbers of images and targets that the host writes. */
  readonly written: number;
}

export function programWork(program: LoweredProgram, images: number): ProgramWork {
  const { traits, groups, phases, plan, inputs } = program;
  const blocks = Math.ceil(images / traits.lanes);
  const touches = touchesOf(program, blocks);
  const parts = phases.flatMap((phase) =>
    phase.kernels.flatMap((kernel) =>
      partsOf(
        kernel,
        phase,
        workOf(kernel, { ...callsOf(phase, groups, blocks), touches: touches.get(kernel)! }, traits),
      ),
    ),
  );
  const copies = phases.flatMap(({ combines }) => combines).reduce((sum, { length }) => sum + length, 0);
  const sums = plan.zero.reduce((sum, { length }) => sum + length, 0);
  const ofAll = { layer: '', stage: 'update' as const };
  // Sums are cleared before a step and looked at behind it.
  const cleared = addWork(workOfCombining(sums, 1, traits), NO_WORK, groups);
  const written = phases.flatMap(({ stages }) => stages).reduce((sum, k) => sum + elementCount(inputs[k]!.shape), 0);
  return {
    parts: [...parts, { ...ofAll, work: workOfCombining(copies, groups, traits) }, { ...ofAll, work: cleared }],
    written: written * blocks * traits.lanes,
  };
}

/** What a kernel does for several layers they share by the operations that they need. */
function partsOf({ nodes }: PlacedKernel, phase: LoweredPhase, work: Work): LayerWork[] {
  const shares = nodes.flatMap((node) => sharesOf(node, phase));
  const all = shares.reduce((sum, { operations }) => sum + operations, 0);
  return shares.map(({ layer, stage, operations }) => {
    return { layer, stage, work: addWork(NO_WORK, work, operations / all) };
  });
}

/** How often its kernels are called, and over how many blocks each time. */
export function callsOf({ kind }: LoweredPhase, groups: number, blocks: number): Pick<Calls, 'times' | 'blocks'> {
  return { times: kind === 'blocks' ? blocks : kind === 'groups' ? groups : 1, blocks: Math.ceil(blocks / groups) };
}

function sharesOf(node: Node, { update }: LoweredPhase) {
  const layers = [...new Set(node.origins.map(({ layer }) => layer))].filter(Boolean);
  const stage: Stage = update ? 'update' : isBackward(node.origins) ? 'backward' : 'forward';
  const named = layers.length > 0 ? layers : [''];
  const operations = 1 + executedOperationsOf(node);
  return named.map((layer) => ({ layer, stage, operations: operations / named.length }));
}
