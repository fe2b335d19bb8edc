/**
 * @file A place in memory for every value, decided at compile time. A varying value that is used in its own phase only
 * needs room for one block, and shares it with others that live at other times; one that is read in a later phase has
 * room for every block. Uniform values keep a place of their own: they are small. States and gradients come first, so
 * that their offsets do not depend on the batch size.
 */
import { InternalError } from '../diagnostics/diagnostic.ts';
import { elementCount, type Graph, type Node, type State, sourceOf, viewedNode } from '../ir/graph.ts';
import { isBatchSum, type PhasePlan } from './split-phases.ts';

/** In floats; `perBlock` is the distance between the copies of two blocks, 0 for a single copy. */
export interface Slot {
  readonly start: number;
  readonly perBlock: number;
  readonly length: number;
}

export interface MemoryPlan {
  readonly slots: ReadonlyMap<Node, Slot>;
  /** Sums over the batch, to be zeroed before a run. */
  readonly zero: readonly { readonly offset: number; readonly length: number }[];
  /** First float after everything planned. */
  readonly end: number;
  /** Floats taken by values that are kept for one block, and for all blocks. */
  readonly blockFloats: number;
  readonly batchFloats: number;
}

export interface MemoryOptions {
  readonly lanes: number;
  readonly maxBlocks: number;
  /** Where the states lie. */
  readonly states: ReadonlyMap<State, number>;
  /** First free float. */
  readonly start: number;
  /**
   * The plan of another program over the same memory. Values of the same name take the same places where they can, so
   * that kernels which both programs have are the same code; all others lie behind it.
   */
  readonly like?: MemoryPlan;
}

/** Allocation is aligned to 16 floats, a cache line. */
const ALIGNMENT = 16;

export function align(floats: number): number {
  return Math.ceil(floats / ALIGNMENT) * ALIGNMENT;
}

interface Request {
  readonly node: Node;
  readonly length: number;
  readonly total: number;
  readonly perBlock: number;
  /** Positions in the whole schedule, inclusive. */
  readonly from: number;
  readonly to: number;
}

export function planMemory(graph: Graph, phases: readonly PhasePlan[], options: MemoryOptions): MemoryPlan {
  const slots = new Map<Node, Slot>();
  for (const node of graph.nodes) {
    const source = sourceOf(node);
    if (source?.role === 'state') {
      const start = options.states.get(source.state);
      if (start === undefined) throw new InternalError('plan-memory', `no place for state ${source.state.name}`);
      slots.set(node, { start, perBlock: 0, length: elementCount(node.shape) });
    }
  }
  // The new value of a state is computed in its place.
  for (const result of graph.results) {
    const start = result.role === 'assign' ? options.states.get(result.state) : undefined;
    if (start !== undefined) slots.set(result.node, { start, perBlock: 0, length: elementCount(result.node.shape) });
  }
  const known = new Map([...(options.like?.slots ?? [])].map(([node, slot]) => [node.name, slot]));
  let free = placeUniform(graph, slots, options.like?.end ?? options.start, known);
  const zero = zeroRegions(graph, slots);
  const requests = varyingRequests(graph, phases, options);
  const placed = placeKnown(requests, known, slots, options.maxBlocks);
  free = placeAll(requests, placed, free, slots);
  return {
    slots,
    zero,
    end: free,
    blockFloats: total(requests.filter((request) => request.perBlock === 0)),
    batchFloats: total(requests.filter((request) => request.perBlock !== 0)),
  };
}

function total(requests: readonly Request[]): number {
  return requests.reduce((sum, request) => sum + request.total, 0);
}

/** Sums over the batch lie side by side, so that one fill zeroes them. */
function placeUniform(graph: Graph, slots: Map<Node, Slot>, start: number, known: ReadonlyMap<string, Slot>): number {
  const uniform = graph.nodes.filter((node) => !node.varying && node.definition.kind !== 'view' && !slots.has(node));
  const ordered = [...uniform.filter(isBatchSum), ...uniform.filter((node) => !isBatchSum(node))];
  let free = start;
  for (const node of ordered) {
    const length = elementCount(node.shape);
    const same = known.get(node.name);
    if (same && same.length === length && same.perBlock === 0) {
      slots.set(node, same);
      continue;
    }
    slots.set(node, { start: free, perBlock: 0, length });
    free = align(free + length);
  }
  return free;
}

function zeroRegions(graph: Graph, slots: ReadonlyMap<Node, Slot>): { offset: number; length: number }[] {
  const sums = graph.nodes.filter(isBatchSum).map((node) => slots.get(node)!);
  if (sums.length === 0) return [];
  const offset = Math.min(...sums.map((slot) => slot.start));
  return [{ offset, length: Math.max(...sums.map((slot) => slot.start + slot.length)) - offset }];
}

function varyingRequests(graph: Graph, phases: readonly PhasePlan[], options: MemoryOptions): Request[] {
  const schedule = new Schedule(graph, phases);
  return graph.nodes
    .filter((node) => node.varying && node.definition.kind !== 'view')
    .map((node) => {
      const length = elementCount(node.shape) * options.lanes;
      const life = schedule.lifeOf(node);
      const size = align(length);
      return life.crosses
        ? { node, length, perBlock: size, total: size * options.maxBlocks, from: life.from, to: life.to }
        : { node, length, perBlock: 0, total: size, from: life.from, to: life.to };
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
      for (const node of phase.nodes) {
        this.#phase.set(node, index);
        this.#position.set(node, position++);
        for (const input of node.inputs) this.#addReader(viewedNode(input), node);
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
    const readers = this.#readers.get(node) ?? [];
    const isSource = node.definition.kind === 'source';
    const phaseNumbers = readers.map((reader) => this.#phase.get(reader)!);
    const own = isSource ? Math.min(...phaseNumbers) : this.#phase.get(node)!;
    const last = Math.max(own, ...phaseNumbers);
    const isOutput = this.#outputs.has(node);
    // All inputs are staged before each block of every phase that reads any of them, so nothing may take their place.
    if (isSource) return { from: 0, to: this.#bounds.at(-1)![1], crosses: false };
    if (last > own) return { from: this.#bounds[own]![0], to: this.#bounds[last]![1], crosses: true };
    const positions = readers.map((reader) => this.#position.get(reader)!);
    const to = isOutput ? this.#bounds[own]![1] : Math.max(this.#position.get(node)!, ...positions);
    return { from: this.#position.get(node)!, to, crosses: false };
  }
}

type Placed = Request & { readonly start: number; readonly end: number };

/** Values that the other program has too, at their places there, unless something here is in the way. */
function placeKnown(
  requests: readonly Request[],
  known: ReadonlyMap<string, Slot>,
  slots: Map<Node, Slot>,
  maxBlocks: number,
): Placed[] {
  const placed: Placed[] = [];
  for (const request of requests) {
    const same = known.get(request.node.name);
    if (!same || same.length !== request.length || request.perBlock !== 0) continue;
    const extent = same.perBlock === 0 ? request.total : same.perBlock * maxBlocks;
    const candidate: Placed = { ...request, start: same.start, end: same.start + extent };
    if (
      placed.some((other) => liveTogether(other, request) && other.start < candidate.end && candidate.start < other.end)
    )
      continue;
    placed.push(candidate);
    slots.set(request.node, { start: same.start, perBlock: same.perBlock, length: same.length });
  }
  return placed;
}

function liveTogether(a: Request, b: Request): boolean {
  return a.from <= b.to && b.from <= a.to;
}

/** Largest first, each at the lowest place where nothing that lives at the same time lies. */
function placeAll(
  requests: readonly Request[],
  known: readonly Placed[],
  start: number,
  slots: Map<Node, Slot>,
): number {
  const placed = [...known];
  let end = start;
  for (const request of [...requests].sort((a, b) => b.total - a.total || a.from - b.from)) {
    if (slots.has(request.node)) continue;
    const rivals = placed.filter((other) => liveTogether(other, request)).sort((a, b) => a.start - b.start);
    let at = start;
    for (const rival of rivals) {
      if (at + request.total <= rival.start) break;
      at = Math.max(at, rival.end);
    }
    placed.push({ ...request, start: at, end: at + request.total });
    slots.set(request.node, { start: at, perBlock: request.perBlock, length: request.length });
    end = Math.max(end, at + request.total);
  }
  return end;
}
