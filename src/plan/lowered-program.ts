/**
 * @file From a plan to a program: phases of kernels whose buffers have places. This is the last form that all targets
 * share; each prints its kernels.
 */
import { InternalError } from '../diagnostics/diagnostic.ts';
import { formulaOf, type Graph, type Node, sourceOf, viewedNode } from '../ir/graph.ts';
import { reductionOf } from '../ir/scalar.ts';
import type { Kernel } from '../loop/ir.ts';
import type { ScheduleChoice, TargetTraits } from '../loop/schedule.ts';
import { checkAssignments } from './check-assignments.ts';
import { documentationOf, KernelNames } from './describe-kernel.ts';
import { type FoundKernel, KernelLibrary } from './kernel-library.ts';
import type { ValueLayouts } from './lanes.ts';
import { type MemoryPlan, type Slot, type SumRegion, sumRegions } from './plan-memory.ts';
import { type ProgramPlan, type ProgramRequest, placeOf, placePrograms } from './program-plan.ts';
import { isBatchSum, type PhasePlan } from './split-phases.ts';

export interface LoweredPhase {
  /** `parts`: the combining of sums alone, in as many parts as there are groups. */
  readonly kind: 'blocks' | 'groups' | 'once' | 'parts';
  readonly update: boolean;
  /** The inputs, by number, that must be written before each block. */
  readonly stages: readonly number[];
  /** The outputs, by number, that are complete after each block. */
  readonly collects: readonly number[];
  /** After how many blocks of a group its sums go on in f64, where there may be more. */
  readonly carry?: { readonly every: number; readonly sums: readonly SumRegion[] };
  /** Sums whose copies are added up before the kernels run. */
  readonly combines: readonly SumRegion[];
  readonly kernels: readonly PlacedKernel[];
}

/** A kernel and the places that its buffers have in one step of a program. */
export interface PlacedKernel {
  /** An identifier that tells program and value: `train_conv1`. */
  readonly name: string;
  /** The formulas and the layer, for the reader of the generated code. */
  readonly documentation: readonly string[];
  readonly kernel: Kernel;
  /** In the order of the kernel's buffers. */
  readonly slots: readonly Slot[];
  /** What it computes. */
  readonly nodes: readonly Node[];
  /** Says the same of kernels that compute the same: they are one. */
  readonly hash: string;
  /** The same computation in other loops. */
  readonly reschedule: (choice: ScheduleChoice) => Pick<PlacedKernel, 'kernel' | 'slots'>;
}

export interface LoweredProgram {
  readonly name: string;
  readonly graph: Graph;
  readonly traits: TargetTraits;
  readonly layouts: ValueLayouts;
  /** Groups of blocks, and copies of every sum over the batch. */
  readonly groups: number;
  /** What the host writes block by block. */
  readonly inputs: readonly Node[];
  readonly phases: readonly LoweredPhase[];
  readonly plan: MemoryPlan;
  readonly slotOf: (node: Node) => Slot;
}

/** One program that has its memory for itself. */
export function lowerProgram(request: ProgramRequest): LoweredProgram {
  return lowerPrograms(placePrograms([request]))[0]!;
}

export function lowerPrograms(programs: readonly ProgramPlan[]): LoweredProgram[] {
  const libraries = new Map<TargetTraits, KernelLibrary>();
  return programs.map((program) => {
    const { traits } = program;
    const library = libraries.get(traits) ?? new KernelLibrary(traits);
    libraries.set(traits, library);
    return lowerPlanned(program, library);
  });
}

function lowerPlanned(program: ProgramPlan, library: KernelLibrary): LoweredProgram {
  const { graph, traits, groups, crew, layouts, maxBlocks, phases, plan } = program;
  checkAssignments(graph);
  const slotOf = (node: Node) => placeOf(program, node);
  const names = new KernelNames();
  const outputs = graph.results.filter(({ role }) => role === 'output').map(({ node }) => viewedNode(node));
  const lowered = phases.map((phase): LoweredPhase => {
    const kernels = phase.steps.map((step): PlacedKernel => {
      const blocks = phase.kind === 'groups' ? maxBlocks : undefined;
      const place = ({ kernel, values }: FoundKernel) => ({ kernel, slots: values.map(slotOf) });
      const found = library.find({ step, layouts, blocks, divided: crew > 1 });
      return {
        name: names.next(program.name, step.nodes.at(-1)!),
        documentation: step.nodes.flatMap(documentationOf),
        ...place(found),
        nodes: step.nodes,
        hash: found.hash,
        reschedule: (choice) => place(library.reschedule({ step, layouts, blocks }, choice)),
      };
    });
    return {
      kind: phase.kind,
      update: phase.update,
      stages: [],
      collects: phase.kind === 'blocks' ? [...outputs.keys()].filter((k) => phase.nodes.includes(outputs[k]!)) : [],
      combines: [],
      ...carryOf(phase, Math.ceil(maxBlocks / groups), slotOf),
      kernels,
    };
  });
  const inputs = graph.nodes.filter((node) => node.varying && sourceOf(node) !== undefined);
  const all = groups > 1 ? combineSums(phases, lowered, slotOf) : lowered;
  const staged = stageInputs(all, inputs, slotOf);
  return { name: program.name, graph, traits, layouts, groups, inputs, phases: staged, plan, slotOf };
}

/** Numbers that are added to a sum in memory, one after the other, before it goes on in f64. */
const LONGEST_RUN = 64;

/** A block adds to a sum once, or once in each round of a shared loop. */
function carryOf(
  { kind, nodes }: PhasePlan,
  blocks: number,
  slotOf: (node: Node) => Slot,
): Pick<LoweredPhase, 'carry'> {
  const sums = kind === 'blocks' ? nodes.filter(isBatchSum) : [];
  const every = Math.max(1, Math.floor(LONGEST_RUN / Math.max(1, ...sums.map(roundsOf))));
  return sums.length > 0 && blocks > every ? { carry: { every, sums: sumRegions(sums.map(slotOf)) } } : {};
}

function roundsOf(node: Node): number {
  const { body, shared } = formulaOf(node)!;
  return (shared && reductionOf(body)!.axes.find(({ name }) => name === shared.axis)?.extent) ?? 1;
}

/**
 * Before each block of a phase the host writes the inputs that its kernels read. One that has a place for every block keeps
 * what was written for the first of these phases.
 */
export function stageInputs(
  phases: readonly LoweredPhase[],
  inputs: readonly Node[],
  slotOf: (node: Node) => Slot,
): LoweredPhase[] {
  const kept = new Set<Node>();
  return phases.map((phase) => {
    const reads = new Set(phase.kernels.flatMap(({ nodes }) => nodes.flatMap((node) => node.inputs.map(viewedNode))));
    const staged = inputs.filter((input) => reads.has(input) && !kept.has(input));
    for (const input of staged) if (slotOf(input).perBlock > 0) kept.add(input);
    return { ...phase, stages: staged.map((input) => inputs.indexOf(input)) };
  });
}

/**
 * Copies of what a later phase of the program reads are added up right after the phase that sums, by one thread: these
 * are statistics, which are small. All other sums (gradients, loss) are added up together before the update, in parts.
 */
function combineSums(
  phases: readonly PhasePlan[],
  lowered: readonly LoweredPhase[],
  slotOf: (node: Node) => Slot,
): LoweredPhase[] {
  const readers = phases.filter(({ update }) => !update).flatMap(({ nodes }) => nodes.flatMap((node) => node.inputs));
  const read = new Set(readers.map(viewedNode));
  const sumsOf = (plans: readonly PhasePlan[], early: boolean) =>
    sumRegions(
      plans.flatMap(({ nodes }) => nodes.filter((node) => isBatchSum(node) && read.has(node) === early).map(slotOf)),
    );
  if (phases.some(({ nodes }) => nodes.some((node) => isBatchSum(node) && slotOf(node).perGroup === 0)))
    throw new InternalError('lower', 'a sum over the batch has no copies');
  const idle = { update: false, stages: [], collects: [], kernels: [] };
  const result: LoweredPhase[] = [];
  let combines: SumRegion[] = [];
  lowered.forEach((phase, k) => {
    if (phase.kind === 'once' && !phase.update) result.push({ ...phase, combines });
    else if (combines.length > 0) result.push({ kind: 'once', ...idle, combines }, phase);
    else result.push(phase);
    combines = sumsOf([phases[k]!], true);
  });
  const update = result.findIndex((phase) => phase.update);
  const late = sumsOf(phases, false);
  if (late.length > 0)
    result.splice(update < 0 ? result.length : update, 0, { kind: 'parts', ...idle, combines: late });
  return result;
}
