/** @file From an optimised graph to its plan: the phases in which it runs, and a place in memory for every value. */
import { InternalError } from '../diagnostics/diagnostic.ts';
import { type Graph, type Node, type State, viewedNode } from '../ir/graph.ts';
import type { TargetTraits } from '../loop/schedule.ts';
import { layoutsOfImages, type ValueLayouts } from './lanes.ts';
import { planAtOnce, requestsAtOnce } from './plan-at-once.ts';
import { align, type MemoryPlan, placeArena, planMemory, type Slot, varyingRequests } from './plan-memory.ts';
import { type PhasePlan, phaseOptions, splitPhases } from './split-phases.ts';

export interface ProgramRequest {
  /** Prefix of the kernels' names. */
  readonly name: string;
  readonly graph: Graph;
  readonly traits: TargetTraits;
  readonly maxBlocks: number;
  readonly states: ReadonlyMap<State, number>;
  /** Those of images unless given. */
  readonly layouts?: ValueLayouts;
  /** First float that is free for values. */
  readonly start: number;
  /** Groups of blocks, and copies of every sum over the batch; 1 unless given. */
  readonly groups?: number;
  /** The most threads that run a kernel together; 1 unless given. */
  readonly crew?: number;
}

export interface ProgramPlan extends Pick<ProgramRequest, 'name' | 'graph' | 'traits' | 'maxBlocks'> {
  readonly groups: number;
  readonly crew: number;
  readonly layouts: ValueLayouts;
  readonly phases: readonly PhasePlan[];
  readonly plan: MemoryPlan;
}

/**
 * Programs over one memory: those after the first share its places where they can, so that kernels which both have are the same
 * code, and all have the same arena.
 */
export function placePrograms(requests: readonly ProgramRequest[]): ProgramPlan[] {
  const planned: ProgramPlan[] = [];
  for (const request of requests) {
    const { name, graph, traits, maxBlocks, groups = 1, crew = 1 } = request;
    const phases = splitPhases(graph, phaseOptions(traits, maxBlocks));
    const { layouts = layoutsOfImages(graph, traits.lanes) } = request;
    const plan = traits.allAtOnce
      ? planAtOnce(graph, phases, { ...request, layouts, start: planned.at(-1)?.plan.sharedEnd ?? request.start })
      : planMemory(graph, phases, { ...request, layouts, like: planned[0]?.plan });
    planned.push({ name, graph, traits, maxBlocks, groups, crew, layouts, phases, plan });
  }
  const arena = align(Math.max(...planned.map(({ plan }) => plan.sharedEnd)));
  return planned.map((program) => ({ ...program, plan: placeArena(program.plan, arena) }));
}

/** A value for which the plan found a place, and how long it is needed. */
export interface Life {
  readonly node: Node;
  /** Of all its copies, in floats. */
  readonly floats: number;
  /** The steps of the schedule at which it is made and last read, through all phases. */
  readonly from: number;
  readonly to: number;
}

/** Of values of the images; where all blocks run at once, of all that need not last. */
export function livesIn({ graph, phases, traits, layouts, maxBlocks, groups, crew, plan }: ProgramPlan): Life[] {
  const sizes = { layouts, maxBlocks, groups, crew };
  const requests = traits.allAtOnce
    ? requestsAtOnce(graph, phases, sizes).filter(({ node }) => plan.slots.get(node)!.arena)
    : varyingRequests(graph, phases, sizes);
  return requests.map(({ node, total, from, to }) => ({ node, floats: total, from, to }));
}

/** A view lies where what it views does. */
export function placeOf({ plan }: Pick<ProgramPlan, 'plan'>, node: Node): Slot {
  const slot = plan.slots.get(viewedNode(node));
  if (!slot) throw new InternalError('lower', `%${node.name} has no place in memory`);
  return slot;
}
