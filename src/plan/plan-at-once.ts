/**
 * @file Places where all blocks run at once, one kernel after the other, as on graphics cards. No value is needed longer than
 * from the kernel that makes it to the last that reads it, be it of images, of each block, or a sum over the batch, of each
 * group; so all share one arena. What lasts lies before it: states, results, and what the update reads.
 */
import { formulaOf, type Graph, type Node, sourceOf, viewedNode } from '../ir/graph.ts';
import { layoutOfValue } from './lanes.ts';
import { Occupied } from './occupied.ts';
import {
  align,
  type MemoryOptions,
  type MemoryPlan,
  placeAll,
  placeArena,
  placeUniform,
  type Request,
  slotsOfStates,
} from './plan-memory.ts';
import { isBatchSum, type PhasePlan } from './split-phases.ts';

export function planAtOnce(graph: Graph, phases: readonly PhasePlan[], options: MemoryOptions): MemoryPlan {
  const slots = slotsOfStates(graph, options.states);
  const updates = new Set(phases.flatMap(({ update, nodes }) => (update ? nodes : [])));
  const lasting = new Set(lastingNodes(graph, updates));
  const lasts = (node: Node) => sourceOf(node) !== undefined || lasting.has(node);
  const sharedEnd = placeUniform(graph.nodes.filter(lasts), slots, options);
  const requests = requestsAtOnce(graph, phases, options).filter(({ node }) => !slots.has(node));
  const occupied = new Occupied(requests.length);
  // Side by side, so that they are written in one piece.
  for (const input of requests.filter(({ node }) => sourceOf(node))) placeAll([input], occupied, 0, slots);
  const arenaLength = placeAll(requests, occupied, 0, slots);
  const arenaStart = align(sharedEnd);
  const plan = {
    slots,
    zero: [],
    sharedEnd,
    arenaStart: 0,
    arenaLength,
    end: arenaLength,
  };
  return placeArena(plan, arenaStart);
}

/** Computed before the update, and read by it or afterwards: as long as none of that is too large, no update overflows. */
export function lastingNodes(graph: Graph, updates: ReadonlySet<Node>): Node[] {
  const read = [...updates].flatMap(({ inputs }) => inputs);
  const results = graph.results.filter(({ role }) => role !== 'output' && role !== 'assign').map(({ node }) => node);
  const lasting = new Set([...read, ...results].map(viewedNode));
  return graph.nodes.filter((node) => lasting.has(node) && formulaOf(node) && !node.varying && !updates.has(node));
}

export function requestsAtOnce(
  graph: Graph,
  phases: readonly PhasePlan[],
  { layouts, maxBlocks, groups = 1 }: Pick<MemoryOptions, 'layouts' | 'maxBlocks' | 'groups'>,
): Request[] {
  const steps = phases.flatMap((phase) => phase.steps);
  const made = new Map(steps.flatMap(({ nodes }, position) => nodes.map((node) => [node, position] as const)));
  const lastRead = new Map<Node, number>();
  for (const [node, position] of made) for (const input of node.inputs) lastRead.set(viewedNode(input), position);
  const outputs = new Set(graph.results.flatMap(({ role, node }) => (role === 'output' ? [viewedNode(node)] : [])));
  return graph.nodes.flatMap((node) => {
    const isInput = node.varying && sourceOf(node) !== undefined;
    const position = made.get(node);
    if (!isInput && position === undefined) return [];
    const { length } = layoutOfValue(node, layouts);
    const size = align(length);
    const copies = node.varying ? maxBlocks : isBatchSum(node) ? groups : 1;
    const from = position ?? 0;
    // Inputs are written before a step, and may be needed for it once more; outputs are fetched behind it.
    const to = isInput || outputs.has(node) ? steps.length : Math.max(from, lastRead.get(node) ?? from);
    const perGroup = isBatchSum(node) && groups > 1 ? size : 0;
    return { node, length, total: size * copies, perBlock: node.varying ? size : 0, perGroup, arena: true, from, to };
  });
}
