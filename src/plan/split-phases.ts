/**
 * @file Orders a graph for block-major execution. A block of images runs its whole stretch, forward and backward, before
 * the next block starts; only where a value needs the whole batch (a statistic, a parameter's gradient) does a stretch
 * end. So nodes get a time: block phases 0, 2, 4, … each run once per block, and after each comes a `once` phase (1, 3,
 * …; -1 before the first) for uniform work. Between the two, at 0.5,
 * 2.5, …, sums may run over all blocks of a group. What only new values of states depend on forms the update.
 *
 * A loss that divides by a sum over the labels of the batch (class weights, ignored labels) needs that sum before the
 * backward pass begins. It takes the labels alone, so the images wait for the second stretch and nothing of them is kept.
 */
import { elementCount, formulaOf, type Graph, type Node, sourceOf, usersOf, viewedNode } from '../ir/graph.ts';
import { accessesOf, reductionOf } from '../ir/scalar.ts';
import type { TargetTraits } from '../loop/schedule.ts';
import { type Step, separateSteps, stepsOf } from './shared-loops.ts';

export interface PhaseOptions {
  /** Elements from which on a sum waits for all blocks of its group, of which there must be several; none if left out. */
  readonly waitingSums?: number;
  /** All blocks run at once, one kernel after the other: see `phasesAtOnce`. */
  readonly atOnce?: boolean;
}

/** What of a target decides about phases. */
export function phaseOptions({ waitingSums, allAtOnce }: TargetTraits, maxBlocks: number): PhaseOptions {
  return { waitingSums: maxBlocks > 1 ? waitingSums : undefined, atOnce: allAtOnce };
}

export interface PhasePlan {
  readonly kind: 'blocks' | 'groups' | 'once';
  readonly update: boolean;
  readonly steps: readonly Step[];
  /** Of all steps, in order. */
  readonly nodes: readonly Node[];
}

/** The phases in order of execution; views and sources, which compute nothing, are not in them. */
export function splitPhases(graph: Graph, options: PhaseOptions = {}): PhasePlan[] {
  if (options.atOnce) return phasesAtOnce(graph);
  const times = timesOf(graph, options);
  const updates = updateNodes(graph);
  const groups = new Map<string, { time: number; update: boolean; nodes: Node[] }>();
  for (const node of graph.nodes) {
    if (node.definition.kind !== 'formula') continue;
    const update = updates.has(node);
    // All of the update is one phase, after everything else.
    const time = update ? Number.POSITIVE_INFINITY : times.get(node)!;
    const key = `${time}`;
    const group = groups.get(key) ?? { time, update, nodes: [] };
    group.nodes.push(node);
    groups.set(key, group);
  }
  const users = usersOf(graph);
  const results = new Set(graph.results.map(({ node }) => viewedNode(node)));
  return [...groups.values()]
    .sort((a, b) => (a.time < b.time ? -1 : 1))
    .map(({ time, update, nodes }) => {
      const steps = stepsOf(nodes, users, results);
      const kind = update ? 'once' : kindAt(time);
      return { kind, update, steps, nodes: steps.flatMap((step) => step.nodes) };
    });
}

/**
 * The order of the graph, but for the update. A phase ends where values of images are followed by others, and where a sum over
 * the batch is read, whose copies are added up before.
 */
function phasesAtOnce(graph: Graph): PhasePlan[] {
  const updates = updateNodes(graph);
  const phases: { readonly kind: PhasePlan['kind']; readonly nodes: Node[] }[] = [];
  for (const node of graph.nodes) {
    if (!formulaOf(node) || updates.has(node)) continue;
    const kind = node.varying || isBatchSum(node) ? 'blocks' : 'once';
    const last = phases.at(-1);
    const waits = node.inputs.some((input) => isBatchSum(viewedNode(input)) && last?.nodes.includes(viewedNode(input)));
    if (last?.kind === kind && !waits) last.nodes.push(node);
    else phases.push({ kind, nodes: [node] });
  }
  const plans = [
    ...phases.map(({ kind, nodes }) => ({ kind, update: false, steps: separateSteps(nodes) })),
    { kind: 'once' as const, update: true, steps: separateSteps([...updates]) },
  ].filter(({ steps }) => steps.length > 0);
  return plans.map((plan) => ({ ...plan, nodes: plan.steps.flatMap(({ nodes }) => nodes) }));
}

function isBlockTime(time: number): boolean {
  return time % 2 === 0;
}

function kindAt(time: number): PhasePlan['kind'] {
  if (isBlockTime(time)) return 'blocks';
  return Number.isInteger(time) ? 'once' : 'groups';
}

export function isBatchSum(node: Node): boolean {
  const formula = formulaOf(node);
  return formula !== undefined && (reductionOf(formula.body)?.batch ?? false);
}

/**
 * The gradient of dense weights adds one product per image. Block by block, each of many sums would be fetched, added to
 * and stored for a few products; so they wait until all blocks of a group have run, and are added up at once. What they
 * read is kept for every block; inputs are not, being staged anew for each.
 */
function waitsForGroup(node: Node): boolean {
  const formula = formulaOf(node);
  const reduction = formula && reductionOf(formula.body);
  if (!formula || !reduction?.batch || formula.body !== reduction) return false;
  // What a shared loop computes beside it is that of one block, also where the loop has a single round.
  if (formula.shared) return false;
  if (reduction.axes.some(({ extent }) => extent > 1) || accessesOf(reduction.body).length < 2) return false;
  return node.inputs.every((input) => input.varying && viewedNode(input).definition.kind !== 'source');
}

function timesOf(graph: Graph, { waitingSums = Number.POSITIVE_INFINITY }: PhaseOptions): Map<Node, number> {
  const times = new Map<Node, number>();
  for (const node of graph.nodes) {
    const ready = Math.max(-1, ...node.inputs.map((input) => readyTime(input, times)));
    if (node.definition.kind === 'source') times.set(node, node.varying ? 0 : -1);
    else if (isBlockTime(ready) && elementCount(node.shape) >= waitingSums && waitsForGroup(node))
      times.set(node, ready + 0.5);
    else if (node.varying || isBatchSum(node)) times.set(node, isBlockTime(ready) ? ready : ready + 1);
    else times.set(node, isBlockTime(ready) ? ready + 1 : ready);
  }
  letImagesWait(graph, times);
  return withSharedLoops(times);
}

/** Where the sums that end the first stretch are of targets alone, all else in it runs in the second. */
function letImagesWait(graph: Graph, times: Map<Node, number>): void {
  const users = usersOf(graph);
  const first = graph.nodes.filter((node) => times.get(node) === 0 && node.definition.kind === 'formula');
  const needed = new Set(first.filter((node) => isBatchSum(node) && users.get(node)!.length > 0));
  if (needed.size === 0) return;
  for (const node of [...graph.nodes].reverse())
    if (needed.has(node)) for (const input of node.inputs) needed.add(input);
  if ([...needed].some((node) => sourceOf(node)?.role === 'image')) return;
  for (const node of first) if (!needed.has(node)) times.set(node, 2);
}

/** The formulas of a shared loop run when the last of them can. */
function withSharedLoops(times: Map<Node, number>): Map<Node, number> {
  const latest = new Map<string, number>();
  const loopOf = (node: Node) => formulaOf(node)?.shared?.loop;
  for (const [node, time] of times) {
    const loop = loopOf(node);
    if (loop !== undefined) latest.set(loop, Math.max(latest.get(loop) ?? time, time));
  }
  for (const node of times.keys()) times.set(node, latest.get(loopOf(node) ?? '') ?? times.get(node)!);
  return times;
}

/** From when on a value can be read: a sum over the batch only after its phase. */
function readyTime(node: Node, times: ReadonlyMap<Node, number>): number {
  const time = times.get(node)!;
  return isBatchSum(viewedNode(node)) && kindAt(time) !== 'once' ? Math.floor(time) + 1 : time;
}

/** Uniform nodes that only assignments need. */
function updateNodes(graph: Graph): Set<Node> {
  const users = usersOf(graph);
  const wanted = new Set<Node>();
  for (const result of graph.results) if (result.role !== 'assign') wanted.add(result.node);
  for (const node of [...graph.nodes].reverse())
    if (users.get(node)!.some((user) => wanted.has(user)) || node.varying || isBatchSum(node)) wanted.add(node);
  return new Set(graph.nodes.filter((node) => !wanted.has(node)));
}
