/**
 * @file From an optimised graph to a program: phases of kernels, and a place in memory for every value. This is the last
 * form that all targets share; each prints its kernels.
 */
import { InternalError } from '../diagnostics/diagnostic.ts';
import { printAffine } from '../ir/affine.ts';
import { elementCount, formulaOf, type Graph, type Node, type State, sourceOf, viewedNode } from '../ir/graph.ts';
import { hashText } from '../ir/hash-text.ts';
import { describe } from '../ir/origin.ts';
import { printScalar, reductionOf } from '../ir/scalar.ts';
import { reductionsOf } from '../ir/verifier.ts';
import type { Buffer, Kernel } from '../loop/ir.ts';
import { layoutOf } from '../loop/layout.ts';
import { lowerFormulas } from '../loop/lower.ts';
import type { Placed } from '../loop/nest.ts';
import type { ScheduleChoice, TargetTraits } from '../loop/schedule.ts';
import { canonicalText } from '../passes/eliminate-common.ts';
import { blocksOf, formulaByLanes, isElementwise } from './flatten-uniform.ts';
import { paddedDimensions } from './padded-dimensions.ts';
import {
  align,
  type MemoryPlan,
  placeArena,
  planMemory,
  type Slot,
  type SumRegion,
  sumRegions,
} from './plan-memory.ts';
import type { Step } from './shared-loops.ts';
import { isBatchSum, type PhasePlan, splitPhases } from './split-phases.ts';

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
  /** Groups of blocks, and copies of every sum over the batch. */
  readonly groups: number;
  /** What the host writes block by block. */
  readonly inputs: readonly Node[];
  readonly phases: readonly LoweredPhase[];
  readonly plan: MemoryPlan;
  readonly slotOf: (node: Node) => Slot;
}

export interface ProgramRequest {
  /** Prefix of the kernels' names. */
  readonly name: string;
  readonly graph: Graph;
  readonly traits: TargetTraits;
  readonly maxBlocks: number;
  readonly states: ReadonlyMap<State, number>;
  /** First float that is free for values. */
  readonly start: number;
  /** 1 unless given. */
  readonly groups?: number;
}

export function lowerProgram(request: ProgramRequest): LoweredProgram {
  return lowerPrograms([request])[0]!;
}

/** Programs over one memory: those after the first share its places where they can, and all have the same arena. */
export function lowerPrograms(requests: readonly ProgramRequest[]): LoweredProgram[] {
  const planned: { request: ProgramRequest; phases: PhasePlan[]; plan: MemoryPlan }[] = [];
  for (const request of requests) {
    const { maxBlocks, traits } = request;
    const phases = splitPhases(request.graph, { waitingSums: maxBlocks > 1 ? traits.waitingSums : undefined });
    const options = { ...request, lanes: request.traits.lanes, like: planned[0]?.plan };
    planned.push({ request, phases, plan: planMemory(request.graph, phases, options) });
  }
  const arena = align(Math.max(...planned.map(({ plan }) => plan.sharedEnd)));
  const library = new KernelLibrary(requests[0]!.traits);
  return planned.map(({ request, phases, plan }) => lowerPlanned(request, phases, placeArena(plan, arena), library));
}

function lowerPlanned(
  request: ProgramRequest,
  phases: readonly PhasePlan[],
  plan: MemoryPlan,
  library: KernelLibrary,
): LoweredProgram {
  const { graph, traits, groups = 1 } = request;
  checkAssignments(graph);
  const slotOf = (node: Node): Slot => {
    const slot = plan.slots.get(viewedNode(node));
    if (!slot) throw new InternalError('lower', `%${node.name} has no place in memory`);
    return slot;
  };
  const names = new KernelNames();
  const padded = paddedDimensions(graph);
  const outputs = graph.results.filter(({ role }) => role === 'output').map(({ node }) => viewedNode(node));
  const lowered = phases.map((phase): LoweredPhase => {
    const kernels = phase.steps.map((step): PlacedKernel => {
      const blocks = phase.kind === 'groups' ? request.maxBlocks : undefined;
      const place = ({ kernel, values }: FoundKernel) => ({ kernel, slots: values.map(slotOf) });
      const found = library.find({ step, padded, blocks });
      return {
        name: names.next(request.name, step.nodes.at(-1)!),
        documentation: step.nodes.flatMap(documentationOf),
        ...place(found),
        nodes: step.nodes,
        hash: found.hash,
        reschedule: (choice) => place(library.reschedule({ step, padded, blocks }, choice)),
      };
    });
    return {
      kind: phase.kind,
      update: phase.update,
      stages: [],
      collects: phase.kind === 'blocks' ? [...outputs.keys()].filter((k) => phase.nodes.includes(outputs[k]!)) : [],
      combines: [],
      ...carryOf(phase, Math.ceil(request.maxBlocks / groups), slotOf),
      kernels,
    };
  });
  const inputs = graph.nodes.filter((node) => node.varying && sourceOf(node) !== undefined);
  const all = groups > 1 ? combineSums(phases, lowered, slotOf) : lowered;
  return { name: request.name, graph, traits, groups, inputs, phases: stageInputs(all, inputs, slotOf), plan, slotOf };
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
  result.splice(update < 0 ? result.length : update, 0, { kind: 'parts', ...idle, combines: sumsOf(phases, false) });
  return result;
}

/** The new value of a state takes its place, so whatever reads the old one must come first. */
function checkAssignments(graph: Graph): void {
  const position = new Map(graph.nodes.map((node, k) => [node, k]));
  const sources = new Map<State, Node>();
  const readers = new Map<Node, Node[]>();
  for (const node of graph.nodes) {
    const source = sourceOf(node);
    if (source?.role === 'state') sources.set(source.state, node);
    if (node.definition.kind === 'view') continue;
    for (const input of node.inputs.map(viewedNode)) readers.set(input, [...(readers.get(input) ?? []), node]);
  }
  for (const result of graph.results) {
    const source = result.role === 'assign' ? sources.get(result.state) : undefined;
    const late = source && readers.get(source)?.find((node) => position.get(node)! > position.get(result.node)!);
    if (late) throw new InternalError('lower', `%${late.name} reads %${source.name} after its new value is stored`);
  }
}

interface WantedKernel {
  readonly step: Step;
  /** How many outer dimensions of the program's values are padded. */
  readonly padded: ReadonlyMap<Node, number>;
  /** Blocks of which the kernel runs over all at once. */
  readonly blocks?: number;
}

interface FoundKernel {
  readonly kernel: Kernel;
  /** In the order of the kernel's buffers. */
  readonly values: readonly Node[];
}

/** Kernels by what they compute over which shapes: equal layers of a network have one. */
class KernelLibrary {
  readonly #kernels = new Map<string, OrderedKernel & { readonly hash: string }>();

  constructor(readonly traits: TargetTraits) {}

  find(wanted: WantedKernel): FoundKernel & { hash: string } {
    const { step, blocks } = wanted;
    const { operands, values } = numberedOperands(step);
    const text = step.nodes.map((node, k) => textOf(node, operands[k]!, wanted)).join(';');
    const key = `${blocks};${text}`;
    let known = this.#kernels.get(key);
    if (!known) {
      // How many blocks there are at most makes no other kernel of it.
      const hash = hashText(`${blocks !== undefined};${text}`);
      known = { ...this.#lower(wanted, { ...this.traits, ...this.traits.tuned?.get(hash) }), hash };
      this.#kernels.set(key, known);
    }
    const { kernel, order, hash } = known;
    return { kernel, hash, values: order.map((number) => values[number]!) };
  }

  /** Not kept: whoever compares schedules holds them. */
  reschedule(wanted: WantedKernel, choice: ScheduleChoice): FoundKernel {
    const { kernel, order } = this.#lower(wanted, { ...this.traits, ...choice });
    const { values } = numberedOperands(wanted.step);
    return { kernel, values: order.map((number) => values[number]!) };
  }

  #lower({ step, padded, blocks }: WantedKernel, traits: TargetTraits): OrderedKernel {
    const { operands, values } = numberedOperands(step);
    if (this.traits.width > 1 && step.nodes.every(isElementwise)) return this.#lowerElementwise(step, operands, values);
    const buffers = values.map((node, k): Buffer => {
      const held = node.shape.map((extent, dimension) => (dimension === step.contracted.get(node) ? 1 : extent));
      const variance = node.varying ? 'varying' : 'uniform';
      const { length } = layoutOf(held, node.varying ? this.traits.lanes : 1, padded.get(node));
      return { name: `v${k}`, variance, length: blocks && node.varying ? align(length) * blocks : length };
    });
    const problems = step.nodes.map((node, k) => {
      const places = operands[k]!.map(({ value, number }): Placed => {
        const contracted = step.contracted.get(value);
        const buffer = buffers[number]!;
        const perBlock = blocks ? { perBlock: buffer.length / blocks } : {};
        return { shape: value.shape, buffer, contracted, padded: padded.get(viewedNode(value)), ...perBlock };
      });
      return {
        formula: formulaOf(node)!,
        operands: places.slice(0, -1),
        result: places.at(-1)!,
        lanes: this.traits.lanes,
        blocks,
      };
    });
    const kernel = lowerFormulas(problems, traits);
    return { kernel, order: kernel.buffers.map((buffer) => buffers.indexOf(buffer)) };
  }

  #lowerElementwise(step: Step, operands: readonly (readonly NumberedValue[])[], values: readonly Node[]) {
    const { lanes } = this.traits;
    const shapeOf = (node: Node) => (node.shape.length === 0 ? [] : [blocksOf(node, lanes)]);
    const buffers = values.map((node, k): Buffer => {
      const isNumber = node.shape.length === 0;
      const length = isNumber ? 1 : blocksOf(node, lanes) * lanes;
      return { name: `v${k}`, variance: isNumber ? 'uniform' : 'varying', length };
    });
    const problems = step.nodes.map((node, k) => {
      const places = operands[k]!.map(({ value, number }) => ({ shape: shapeOf(value), buffer: buffers[number]! }));
      return { formula: formulaByLanes(node, lanes), operands: places.slice(0, -1), result: places.at(-1)!, lanes };
    });
    const kernel = lowerFormulas(problems, this.traits);
    return { kernel, order: kernel.buffers.map((buffer) => buffers.indexOf(buffer)) };
  }
}

interface OrderedKernel {
  readonly kernel: Kernel;
  /** Numbers of the values that are its buffers. */
  readonly order: readonly number[];
}

interface NumberedValue {
  readonly value: Node;
  readonly number: number;
}

/** The operands and the result of each formula, numbered where they first occur. */
function numberedOperands(step: Step): { operands: NumberedValue[][]; values: Node[] } {
  const values: Node[] = [];
  const numberOf = (node: Node): number => {
    const viewed = viewedNode(node);
    const known = values.indexOf(viewed);
    return known >= 0 ? known : values.push(viewed) - 1;
  };
  const operands = step.nodes.map((node) =>
    [...node.inputs, node].map((value) => ({ value, number: numberOf(value) })),
  );
  return { operands, values };
}

/** Text that is equal where the kernel is; names of axes do not matter. */
function textOf(node: Node, operands: readonly NumberedValue[], { step, padded }: WantedKernel): string {
  const formula = formulaOf(node)!;
  const { axes, output, shared } = formula;
  const values = operands.map(
    ({ value, number }) =>
      `${number}${value.varying ? 'v' : 'u'}${value.shape}/${step.contracted.get(value)}/${padded.get(viewedNode(value))}`,
  );
  const all = [...axes, ...reductionsOf(node).flatMap((reduction) => reduction.axes)];
  const numberOf = (name: string) => all.findIndex((axis) => axis.name === name);
  const places = output?.map(({ constant, terms }) => [constant, ...terms.map(([name, by]) => [numberOf(name), by])]);
  const body = canonicalText(formula);
  return [values, axes.map(({ extent }) => extent), places, shared && numberOf(shared.axis), body].join('|');
}

function documentationOf(node: Node): string[] {
  const formula = formulaOf(node)!;
  const axes = formula.axes.map((axis) => axis.name).join(', ');
  const places = formula.output?.map(printAffine).join(', ') ?? axes;
  const left = places ? `${node.name}[${places}]` : node.name;
  const body = printScalar(formula.body, (operand) => node.inputs[operand]!.name);
  const extents = formula.axes.map((axis) => `${axis.name} < ${axis.extent}`).join(', ');
  const head = describe(node.origins);
  return [
    `${head}${node.varying ? '' : ' (uniform)'}, ${elementCount(node.shape)} elements${extents ? `: ${extents}` : ''}`,
    `${left} = ${body}`,
  ];
}

/** Identifiers that say what a kernel computes, unique in the module. */
class KernelNames {
  readonly #used = new Set<string>();

  next(prefix: string, node: Node): string {
    const base = `${prefix}_${node.name.replace(/[^A-Za-z0-9]+/g, '_')}`;
    let name = base;
    for (let number = 2; this.#used.has(name); number++) name = `${base}_${number}`;
    this.#used.add(name);
    return name;
  }
}
