/**
 * @file From an optimised graph to a program: phases of kernels, and a place in memory for every value. This is the last
 * form that all targets share; each prints its kernels.
 */
import { InternalError } from '../diagnostics/diagnostic.ts';
import { elementCount, formulaOf, type Graph, type Node, type State, sourceOf, viewedNode } from '../ir/graph.ts';
import { printScalar } from '../ir/scalar.ts';
import type { Buffer, Kernel } from '../loop/ir.ts';
import { lowerFormula } from '../loop/lower.ts';
import type { TargetTraits } from '../loop/schedule.ts';
import { type MemoryPlan, planMemory, type Slot } from '../passes/plan-memory.ts';
import { splitPhases } from '../passes/split-phases.ts';

export interface LoweredPhase {
  readonly kind: 'blocks' | 'once';
  readonly update: boolean;
  /** Inputs must be written before each block. */
  readonly stages: boolean;
  /** An output is complete after each block. */
  readonly collects: boolean;
  readonly kernels: readonly Kernel[];
}

export interface LoweredProgram {
  readonly name: string;
  readonly graph: Graph;
  readonly traits: TargetTraits;
  readonly phases: readonly LoweredPhase[];
  readonly plan: MemoryPlan;
  readonly placementOf: (buffer: Buffer) => Slot;
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
  /** Another program over the same memory, to share places and kernels with. */
  readonly like?: LoweredProgram;
}

export function lowerProgram(request: ProgramRequest): LoweredProgram {
  const { graph, traits } = request;
  const phases = splitPhases(graph);
  const plan = planMemory(graph, phases, { ...request, lanes: traits.lanes, like: request.like?.plan });
  checkAssignments(graph);
  const buffers = new Map<Node, Buffer>();
  const places = new Map<Buffer, Slot>();
  const slotOf = (node: Node): Slot => {
    const slot = plan.slots.get(viewedNode(node));
    if (!slot) throw new InternalError('lower', `%${node.name} has no place in memory`);
    return slot;
  };
  const bufferOf = (node: Node): Buffer => {
    const viewed = viewedNode(node);
    let buffer = buffers.get(viewed);
    if (!buffer) {
      const slot = slotOf(viewed);
      buffer = { name: viewed.name, variance: viewed.varying ? 'varying' : 'uniform', length: slot.length };
      buffers.set(viewed, buffer);
      places.set(buffer, slot);
    }
    return buffer;
  };
  const names = new KernelNames();
  const outputs = new Set(graph.results.filter(({ role }) => role === 'output').map(({ node }) => viewedNode(node)));
  const lowered = phases.map((phase): LoweredPhase => {
    const kernels = phase.nodes.map((node) => lowerNode(node, names.next(request.name, node), bufferOf, traits));
    const reads = phase.nodes.flatMap((node) => node.inputs.map(viewedNode));
    return {
      kind: phase.kind,
      update: phase.update,
      stages: phase.kind === 'blocks' && reads.some((node) => node.varying && sourceOf(node) !== undefined),
      collects: phase.kind === 'blocks' && phase.nodes.some((node) => outputs.has(node)),
      kernels,
    };
  });
  return {
    name: request.name,
    graph,
    traits,
    phases: lowered,
    plan,
    placementOf: (buffer) => places.get(buffer)!,
    slotOf,
  };
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

function lowerNode(node: Node, name: string, bufferOf: (node: Node) => Buffer, traits: TargetTraits): Kernel {
  const formula = formulaOf(node)!;
  return lowerFormula(
    {
      name,
      documentation: documentationOf(node),
      formula,
      operands: node.inputs.map((input) => ({ shape: input.shape, buffer: bufferOf(input) })),
      result: { shape: node.shape, buffer: bufferOf(node) },
      lanes: traits.lanes,
    },
    traits,
  );
}

function documentationOf(node: Node): string[] {
  const formula = formulaOf(node)!;
  const axes = formula.axes.map((axis) => axis.name).join(', ');
  const left = axes ? `${node.name}[${axes}]` : node.name;
  const body = printScalar(formula.body, (operand) => node.inputs[operand]!.name);
  const extents = formula.axes.map((axis) => `${axis.name} < ${axis.extent}`).join(', ');
  const head = [node.layer, node.label].filter(Boolean).join(': ');
  return [
    `${head}${node.varying ? '' : ' (uniform)'}, ${elementCount(node.shape)} elements${extents ? `: ${extents}` : ''}`,
    `${left} = ${body}`,
  ];
}

/** Identifiers that say what a kernel computes, unique in the module. */
class KernelNames {
  readonly #used = new Map<string, number>();

  next(prefix: string, node: Node): string {
    const base = `${prefix}_${node.name.replace(/[^A-Za-z0-9]+/g, '_')}`;
    const count = this.#used.get(base) ?? 0;
    this.#used.set(base, count + 1);
    return count === 0 ? base : `${base}_${count + 1}`;
  }
}
