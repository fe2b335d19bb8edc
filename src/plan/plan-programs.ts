/**
 * @file The memory of a module and how its programs run in it, whatever the target prints of them: the one plan that
 * `build` makes kernels for and `summary` takes its figures from.
 */
import { InternalError } from '../diagnostics/diagnostic.ts';
import { elementCount, type Graph, type State, sourceOf } from '../ir/graph.ts';
import type { TargetTraits } from '../loop/schedule.ts';
import type { RunOptions } from '../passes/pass.ts';
import type { StateLayout } from '../runtime/executable.ts';
import type { Elaboration } from '../semantics/model.ts';
import { chooseGroups } from './choose-groups.ts';
import { chooseLanes } from './choose-lanes.ts';
import { drawOf } from './initial-draw.ts';
import type { ValueLayouts } from './lanes.ts';
import { align } from './plan-memory.ts';
import { type ProgramGraph, type ProgramName, programGraph } from './program-graphs.ts';
import { type ProgramPlan, placePrograms } from './program-plan.ts';

/** What of a target decides about places. */
export interface PlanTarget {
  readonly traits: TargetTraits;
  /** Of programs for a single image, whose lanes are no images; one lane where there is no SIMD. */
  readonly oneImage?: TargetTraits;
  /** Whether it can run on several threads. */
  readonly threads: boolean;
}

export interface PlanRequest<Name extends ProgramName> {
  readonly elaboration: Elaboration;
  readonly target: PlanTarget;
  /** What the module can do, the program with most memory first. */
  readonly programs: readonly Name[];
  readonly maxBatch: number;
  /** Only the passes of the first program are shown to `onPass`, checked and stopped. */
  readonly passes?: RunOptions;
  /** The most threads that run each kernel together, where images are not divided among them; 1 unless given. */
  readonly crew?: number;
}

/** A state, and of the optimiser's what it is of which parameter. */
export interface PlannedState extends StateLayout {
  readonly slot?: { readonly name: string; readonly of: string };
}

/** Of the programs asked for and no others; for a reader that does not care, whichever they are. */
export type PerProgram<Name extends ProgramName, Value> = Readonly<Record<Name, Value>> &
  Readonly<Partial<Record<ProgramName, Value>>>;

/** Sizes in floats. */
export interface ProgramsPlan<Name extends ProgramName = ProgramName> {
  readonly elaboration: Elaboration;
  /** As they were asked for. */
  readonly names: readonly ProgramName[];
  readonly traits: TargetTraits;
  readonly maxBatch: number;
  /** For one thread, the arena of which comes last; each further thread has another. */
  readonly memoryLength: number;
  /** Floats that fewer images need less, each at least: what is alive at most is convex in their number. */
  readonly floatsPerImage: () => number;
  readonly arenaLength: number;
  /** Groups that blocks of images fall into: the most threads that can have work. */
  readonly groups: number;
  readonly crew: number;
  readonly state: readonly PlannedState[];
  readonly graphs: PerProgram<Name, ProgramGraph>;
  /** Predicting is a part of evaluating: where both are planned, it has no places of its own. */
  readonly plans: Readonly<Partial<Record<ProgramName, ProgramPlan>>>;
}

export function planPrograms<Name extends ProgramName>(request: PlanRequest<Name>): ProgramsPlan<Name> {
  const { elaboration, target, maxBatch, programs, crew = 1 } = request;
  const { traits } = target;
  const names = programs.filter((name) => name !== 'predict' || !programs.some((other) => other === 'evaluate'));
  const laned = names.map((name, k) =>
    inLanes(name, programGraph(elaboration, name, passOptions(request, name, k === 0)), target),
  );
  const graphs = names.map((name, k) => [name, laned[k]!.graphs] as const);
  const first = graphs[0]![1].graph;
  const { layout: state, offsets, end: start } = layOutStates(statesOf(elaboration, names, first));
  const maxBlocks = Math.ceil(maxBatch / traits.lanes);
  const groups = target.threads ? chooseGroups(first, maxBlocks, maxBatch) : 1;
  const places = { states: offsets, start };
  const placedFor = (blocks: number) =>
    placePrograms(
      laned.map(({ graphs: { graph }, layouts }, k) => ({
        name: PREFIXES[names[k]!],
        graph,
        crew,
        ...places,
        ...(layouts ? { traits: target.oneImage!, maxBlocks: 1, layouts } : { traits, maxBlocks: blocks, groups }),
      })),
    );
  const placed = placedFor(maxBlocks);
  const arenaLength = align(Math.max(...placed.map(({ plan }) => plan.arenaLength)));
  const memoryLength = endOf(placed);
  return {
    elaboration,
    names: programs,
    traits,
    maxBatch,
    memoryLength,
    floatsPerImage: () =>
      maxBlocks > 1 ? (memoryLength - endOf(placedFor(1))) / ((maxBlocks - 1) * traits.lanes) : memoryLength,
    arenaLength,
    groups,
    crew,
    state,
    graphs: Object.fromEntries(graphs) as unknown as PerProgram<Name, ProgramGraph>,
    plans: Object.fromEntries(placed.map((program, k) => [names[k]!, program])),
  };
}

function endOf(programs: readonly ProgramPlan[]): number {
  return align(Math.max(...programs.map(({ plan }) => plan.end)));
}

const PREFIXES: Readonly<Record<ProgramName, string>> = {
  train: 'train',
  evaluate: 'infer',
  predict: 'predict',
  predictOne: 'one',
};

/** Weights that stay in the second cache while a single image runs over them, row after row. */
const MOST_REREAD = 2 ** 16;

function passOptions({ target, passes }: PlanRequest<ProgramName>, name: ProgramName, observed: boolean): RunOptions {
  const { longestTiledKernel, allAtOnce } = target.traits;
  const options = {
    longestTiledKernel,
    allAtOnce,
    ...(name === 'predictOne' && { mostRereadWeights: MOST_REREAD }),
    ...passes,
  };
  return observed ? options : { ...options, verify: undefined, stopAfter: undefined, onPass: undefined };
}

/** Where lanes are no images the graph has the copies that it needs. */
function inLanes(
  name: ProgramName,
  graphs: ProgramGraph,
  { oneImage }: PlanTarget,
): { readonly graphs: ProgramGraph; readonly layouts?: ValueLayouts } {
  if (name !== 'predictOne') return { graphs };
  if (!oneImage) throw new InternalError('plan-programs', 'the target has no traits for one image');
  const { graph, layouts } = chooseLanes(graphs.graph, oneImage.lanes);
  return { graphs: { ...graphs, graph }, layouts };
}

/**
 * A module that trains has all states of the network, so that a file of its weights is one of the network's, and the
 * optimiser's; others have what they read.
 */
function statesOf({ states }: Elaboration, programs: readonly ProgramName[], first: Graph): readonly State[] {
  if (programs.includes('train')) {
    const stored = first.results.flatMap((result) => (result.role === 'assign' ? [result.state] : []));
    return [...states, ...stored.filter(({ role }) => role === 'optimizer')];
  }
  const read = new Set(
    first.nodes.map(sourceOf).map((source) => (source?.role === 'state' ? source.state : undefined)),
  );
  return states.filter((state) => read.has(state));
}

function layOutStates(states: readonly State[]) {
  const offsets = new Map<State, number>();
  const layout: PlannedState[] = [];
  let end = 0;
  for (const state of states) {
    offsets.set(state, end);
    const { name, role, shape, trainable, initializer, optimizer } = state;
    const slot = optimizer && { name: optimizer.slot, of: optimizer.of.name };
    layout.push({ name, role, shape, trainable, offset: end, initializer: drawOf(initializer), ...(slot && { slot }) });
    end = align(end + elementCount(state.shape));
  }
  return { layout, offsets, end };
}
