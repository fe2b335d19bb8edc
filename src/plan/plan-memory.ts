/**
 * @file A place in memory for every value, decided at compile time. A varying value that is used in its own phase only
 * needs room for one block, and shares it with others that live at other times; one that is read in a later phase has
 * room for every block. Uniform values keep a place of their own: they are small. States and gradients come first, so
 * that their offsets do not depend on the batch size.
 *
 * Threads share all of it but the *arena*, the room for one block, which lies at the end: each thread has an arena of its
 * own behind the first one's. A sum over the batch has one copy per group of blocks, so that threads never add to the
 * same place; the copies are added up in a fixed order (see groups.ts).
 */
import { InternalError } from '../diagnostics/diagnostic.ts';
import { elementCount, type Graph, type Node, type State, sourceOf, viewedNode } from '../ir/graph.ts';
import { layoutOfValue, type ValueLayouts } from './lanes.ts';
import { Occupied } from './occupied.ts';
import { isBatchSum, type PhasePlan } from './split-phases.ts';

/** In floats. */
export interface Slot {
  readonly start: number;
  /** Distance between the copies of two blocks, 0 for a single copy. */
  readonly perBlock: number;
  /** Distance between the copies of two groups of blocks, 0 for what is no sum over the batch. */
  readonly perGroup: number;
  /** Distance between the copies of threads that run a kernel together, of what its shared loop holds. */
  readonly perThread?: number;
  /** Lies in the arena, of which each thread has one. */
  readonly arena: boolean;
  readonly length: number;
}

/** Sums over the batch that lie side by side. */
export interface SumRegion {
  readonly offset: number;
  readonly length: number;
  readonly perGroup: number;
}

export interface MemoryPlan {
  readonly slots: ReadonlyMap<Node, Slot>;
  /** Sums over the batch, all copies of which are to be zeroed before a run. */
  readonly zero: readonly SumRegion[];
  /** First float after what threads share. */
  readonly sharedEnd: number;
  readonly arenaStart: number;
  readonly arenaLength: number;
  /** First float after everything planned, for one thread. */
  readonly end: number;
}

export interface MemoryOptions {
  readonly layouts: ValueLayouts;
  readonly maxBlocks: number;
  /** Copies of every sum over the batch, 1 unless given. */
  readonly groups?: number;
  /** Threads that run kernels together, 1 unless given. */
  readonly crew?: number;
  /** Where the states lie. */
  readonly states: ReadonlyMap<State, number>;
  /** First free float. */
  readonly start: number;
  /**
   * The plan of another program over the same memory. Values of the same name take the same places where they can, so
   * that kernels which both programs have are the same code; what threads share of the others lies behind it. The arena
   * is the same.
   */
  readonly like?: MemoryPlan;
}

/** Allocation is aligned to 16 floats, a cache line. */
const ALIGNMENT = 16;

export function align(floats: number): number {
  return Math.ceil(floats / ALIGNMENT) * ALIGNMENT;
}

/** A value, and how much room it needs for how long. */
export interface Request {
  readonly node: Node;
  readonly length: number;
  readonly total: number;
  readonly perBlock: number;
  readonly perGroup?: number;
  readonly perThread?: number;
  readonly arena: boolean;
  /** Positions in the whole schedule, inclusive. */
  readonly from: number;
  readonly to: number;
}

export function planMemory(graph: Graph, phases: readonly PhasePlan[], options: MemoryOptions): MemoryPlan {
  const slots = slotsOfStates(graph, options.states);
  const { like } = options;
  // Places in the arena are counted from its beginning until all others are known.
  const known = new Map([...(like ? placeArena(like, 0).slots : [])].map(([node, slot]) => [node.name, slot]));
  const start = placeUniform(graph.nodes, slots, { ...options, start: like?.sharedEnd ?? options.start }, known);
  const requests = varyingRequests(graph, phases, options);
  const occupied = placeKnown(requests, known, slots, options.maxBlocks);
  const [crossing, local] = [false, true].map((arena) => requests.filter((request) => request.arena === arena));
  const sharedEnd = placeAll(crossing!, occupied.shared, start, slots);
  const arenaLength = placeAll(local!, occupied.arena, 0, slots);
  const plan = {
    slots,
    zero: sumRegions(graph.nodes.filter(isBatchSum).map((node) => slots.get(node)!)),
    sharedEnd,
    arenaStart: 0,
    arenaLength,
    end: sharedEnd + arenaLength,
  };
  return placeArena(plan, align(sharedEnd));
}

/** Where the states lie, and their new values: those are computed in place. */
export function slotsOfStates(graph: Graph, states: MemoryOptions['states']): Map<Node, Slot> {
  const slots = new Map<Node, Slot>();
  for (const node of graph.nodes) {
    const source = sourceOf(node);
    if (source?.role !== 'state') continue;
    const start = states.get(source.state);
    if (start === undefined) throw new InternalError('plan-memory', `no place for state ${source.state.name}`);
    slots.set(node, uniformSlot(start, elementCount(node.shape)));
  }
  for (const result of graph.results) {
    const start = result.role === 'assign' ? states.get(result.state) : undefined;
    if (start !== undefined) slots.set(result.node, uniformSlot(start, elementCount(result.node.shape)));
  }
  return slots;
}

/** The plan with its arena at `arenaStart`. */
export function placeArena(plan: MemoryPlan, arenaStart: number): MemoryPlan {
  const slots = new Map(plan.slots);
  const moved = arenaStart - plan.arenaStart;
  for (const [node, slot] of slots) if (slot.arena) slots.set(node, { ...slot, start: slot.start + moved });
  return { ...plan, slots, arenaStart, end: arenaStart + plan.arenaLength };
}

function uniformSlot(start: number, length: number, perGroup = 0): Slot {
  return { start, perBlock: 0, perGroup, arena: false, length };
}

/** Neighbours joined; lengths are whole cache lines. */
export function sumRegions(slots: readonly Slot[]): SumRegion[] {
  const regions: SumRegion[] = [];
  for (const { start: offset, length, perGroup } of [...slots].sort((a, b) => a.start - b.start)) {
    const last = regions.at(-1);
    if (last && last.offset + last.length === offset && last.perGroup === perGroup)
      regions[regions.length - 1] = { ...last, length: last.length + align(length) };
    else regions.push({ offset, length: align(length), perGroup });
  }
  return regions;
}

/** Sums over the batch lie side by side, so that one fill zeroes them; behind them lie their copies. */
export function placeUniform(
  nodes: readonly Node[],
  slots: Map<Node, Slot>,
  { start, groups = 1, layouts }: Pick<MemoryOptions, 'start' | 'groups' | 'layouts'>,
  known: ReadonlyMap<string, Slot> = new Map(),
): number {
  const lengthOf = (node: Node) => layoutOfValue(node, layouts).length;
  const isNew = (node: Node): boolean => {
    if (node.varying || node.definition.kind === 'view' || slots.has(node)) return false;
    const same = known.get(node.name);
    const copied = groups > 1 && isBatchSum(node);
    if (same?.length !== lengthOf(node) || same.arena || same.perBlock !== 0 || same.perGroup > 0 !== copied)
      return true;
    slots.set(node, same);
    return false;
  };
  const fresh = nodes.filter(isNew);
  const sums = fresh.filter(isBatchSum);
  const sumFloats = sums.reduce((floats, node) => floats + align(lengthOf(node)), 0);
  let free = start;
  const place = (node: Node, perGroup: number) => {
    const length = lengthOf(node);
    slots.set(node, uniformSlot(free, length, perGroup));
    free = align(free + length);
  };
  for (const node of sums) place(node, groups > 1 ? sumFloats : 0);
  free = start + groups * sumFloats;
  for (const node of fresh) if (!isBatchSum(node)) place(node, 0);
  return free;
}

export function varyingRequests(
  graph: Graph,
  phases: readonly PhasePlan[],
  options: Pick<MemoryOptions, 'layouts' | 'maxBlocks' | 'crew'>,
): Request[] {
  const { crew = 1 } = options;
  const schedule = new Schedule(graph, phases);
  const contracted = new Map(phases.flatMap(({ steps }) => steps.flatMap((step) => [...step.contracted])));
  return graph.nodes
    .filter((node) => node.varying && node.definition.kind !== 'view')
    .map((node) => {
      const { length } = layoutOfValue(node, options.layouts, contracted.get(node));
      const life = schedule.lifeOf(node);
      const size = align(length);
      return life.crosses
        ? { node, length, perBlock: size, total: size * options.maxBlocks, arena: false, from: life.from, to: life.to }
        : {
            node,
            length,
            perBlock: 0,
            ...(crew > 1 && contracted.has(node) ? { total: size * crew, perThread: size } : { total: size }),
            arena: true,
            from: life.from,
            to: life.to,
          };
    });
}

/** When each value is made and last read. */
class Schedule {
  readonly #position = new Map<Node, number>();
  readonly #phase = new Map<Node, number>();
  readonly #readers = new Map<Node, Node[]>();
  readonly #bounds: [first: number, last: number][] = [];
  readonly #outputs: Set<Node>;

  constructor(
    graph: Graph,
    readonly phases: readonly PhasePlan[],
  ) {
    let position = 0;
    phases.forEach((phase, index) => {
      const first = position;
      for (const { nodes } of phase.steps) {
        for (const node of nodes) {
          this.#phase.set(node, index);
          this.#position.set(node, position);
          for (const input of node.inputs) this.#addReader(viewedNode(input), node);
        }
        position++;
      }
      this.#bounds.push([first, position]);
    });
    this.#outputs = new Set(graph.results.map((result) => viewedNode(result.node)));
  }

  #addReader(node: Node, reader: Node): void {
    const readers = this.#readers.get(node);
    if (readers) readers.push(reader);
    else this.#readers.set(node, [reader]);
  }

  lifeOf(node: Node): { from: number; to: number; crosses: boolean } {
    // Inputs are staged before each block of every phase that reads them, so nothing may take their place.
    if (node.definition.kind === 'source') return { from: 0, to: this.#bounds.at(-1)![1], crosses: false };
    const readers = this.#readers.get(node) ?? [];
    const phaseNumbers = readers.map((reader) => this.#phase.get(reader)!);
    const own = this.#phase.get(node)!;
    const last = Math.max(own, ...phaseNumbers);
    if (last > own) return { from: this.#bounds[own]![0], to: this.#bounds[last]![1], crosses: true };
    // An output must be there until the end of its phase.
    const isOutput = this.#outputs.has(node);
    const positions = readers.map((reader) => this.#position.get(reader)!);
    const to = isOutput ? this.#bounds[own]![1] : Math.max(this.#position.get(node)!, ...positions);
    return { from: this.#position.get(node)!, to, crosses: false };
  }
}

/** Values that the other program has too, at their places there, unless something here is in the way. */
function placeKnown(
  requests: readonly Request[],
  known: ReadonlyMap<string, Slot>,
  slots: Map<Node, Slot>,
  maxBlocks: number,
): { shared: Occupied; arena: Occupied } {
  const occupied = { shared: new Occupied(requests.length), arena: new Occupied(requests.length) };
  for (const request of requests) {
    const same = known.get(request.node.name);
    if (!same || same.length !== request.length || request.perBlock !== 0) continue;
    const extent = same.perBlock === 0 ? request.total : same.perBlock * maxBlocks;
    const part = same.arena ? occupied.arena : occupied.shared;
    if (!part.isFree(request, same.start, extent)) continue;
    part.add(request, same.start, extent);
    slots.set(request.node, same);
  }
  return occupied;
}

/** Largest first, each at the lowest place where nothing that lives at the same time lies. */
export function placeAll(
  requests: readonly Request[],
  occupied: Occupied,
  start: number,
  slots: Map<Node, Slot>,
): number {
  let end = start;
  for (const request of [...requests].sort((a, b) => b.total - a.total || a.from - b.from)) {
    if (slots.has(request.node)) continue;
    const at = occupied.firstPlace(request, start);
    occupied.add(request, at, request.total);
    const { perBlock, perGroup = 0, perThread, arena, length } = request;
    slots.set(request.node, { start: at, perBlock, perGroup, perThread, arena, length });
    end = Math.max(end, at + request.total);
  }
  return end;
}
