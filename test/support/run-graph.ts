/** @file Runs a graph through lowering, by the interpreter in f64 or by the printed JavaScript, for tests. */
import { printKernel } from '../../src/emit/js/print-kernel.ts';
import { type LoweredProgram, lowerProgram } from '../../src/emit/lowered-program.ts';
import { elementCount, type Graph, type Node, type State, sourceOf, viewedNode } from '../../src/ir/graph.ts';
import { type InterpreterContext, runKernel } from '../../src/loop/interpret.ts';
import { RANDOM_SOURCE } from '../../src/loop/random.ts';
import type { TargetTraits } from '../../src/loop/schedule.ts';
import { align } from '../../src/passes/plan-memory.ts';
import { splitPhases } from '../../src/passes/split-phases.ts';

export const JS_TRAITS: TargetTraits = { lanes: 4, accumulators: 8, registersPerVarying: 4, unrollBudget: 64 };

export interface GraphRun {
  /** Values by node name; varying ones image by image. */
  readonly values: (node: Node) => number[];
  /** New value of a state. */
  readonly state: (state: State) => number[];
  /** Arithmetic per image, as counted by the interpreter. */
  readonly operations: number;
  readonly program: LoweredProgram;
}

export interface GraphRunOptions {
  readonly engine: 'interpreter' | 'js';
  readonly count: number;
  readonly update?: boolean;
  readonly traits?: TargetTraits;
  /** By name of the source node: all images one after the other, or the value of a state or scalar. */
  readonly data: Readonly<Record<string, ArrayLike<number>>>;
}

export function runGraph(graph: Graph, options: GraphRunOptions): GraphRun {
  const traits = options.traits ?? JS_TRAITS;
  const blocks = Math.ceil(options.count / traits.lanes);
  const states = new Map<State, number>();
  let start = 0;
  for (const node of graph.nodes) {
    const source = sourceOf(node);
    if (source?.role !== 'state') continue;
    states.set(source.state, start);
    start = align(start + elementCount(node.shape));
  }
  const program = lowerProgram({ name: 'test', graph, traits, maxBlocks: blocks, states, start });
  const memory = new Float64Array(program.plan.end).fill(Number.NaN);
  const context: InterpreterContext = { lanes: traits.lanes, memory, baseOf: () => 0, operations: 0 };
  writeUniform(graph, program, memory, options);
  for (const { offset, length } of program.plan.zero) memory.fill(0, offset, offset + length);
  const kept = new Map<Node, number[]>();
  const wanted = new Set(graph.results.map((result) => viewedNode(result.node)));
  const phaseResults = splitPhases(graph).map((phase) =>
    phase.nodes.filter((node) => wanted.has(node) && node.varying),
  );
  const run = options.engine === 'js' ? compileKernels(program, memory, traits) : interpretKernels(program, context);
  for (const phase of program.phases) {
    if (phase.update && options.update === false) continue;
    for (let block = 0; block < (phase.kind === 'blocks' ? blocks : 1); block++) {
      if (phase.stages) stage(graph, program, memory, options, block, traits.lanes);
      run(program.phases.indexOf(phase), block);
      collect(phaseResults[program.phases.indexOf(phase)]!, program, memory, kept, block, traits.lanes, options.count);
    }
  }
  return {
    values: (node) => {
      const slot = program.slotOf(node);
      return kept.get(viewedNode(node)) ?? [...memory.subarray(slot.start, slot.start + elementCount(node.shape))];
    },
    state: (state) => [...memory.subarray(states.get(state)!, states.get(state)! + elementCount(state.shape))],
    operations: context.operations / (blocks * traits.lanes),
    program,
  };
}

function interpretKernels(program: LoweredProgram, context: InterpreterContext) {
  return (phase: number, block: number) => {
    const placed = {
      ...context,
      baseOf: (buffer: Parameters<InterpreterContext['baseOf']>[0]) => {
        const slot = program.placementOf(buffer);
        return slot.start + block * slot.perBlock;
      },
    };
    for (const kernel of program.phases[phase]!.kernels) runKernel(kernel, placed);
    context.operations = placed.operations;
  };
}

function compileKernels(program: LoweredProgram, memory: Float64Array, traits: TargetTraits) {
  const options = { lanes: traits.lanes, placementOf: program.placementOf };
  const sources = program.phases.flatMap((phase) => phase.kernels.map((kernel) => printKernel(kernel, options)));
  const table = program.phases.map((phase) => `[${phase.kernels.map((kernel) => kernel.name).join(', ')}]`);
  const code = `"use strict";\n${RANDOM_SOURCE}\n${sources.join('\n')}\nreturn [${table.join(', ')}];`;
  const functions = new Function('M', code)(memory) as ((block: number) => void)[][];
  return (phase: number, block: number) => {
    for (const kernel of functions[phase]!) kernel(block);
  };
}

function writeUniform(graph: Graph, program: LoweredProgram, memory: Float64Array, options: GraphRunOptions): void {
  for (const node of graph.nodes)
    if (sourceOf(node) && !node.varying) memory.set(options.data[node.name]!, program.slotOf(node).start);
}

function stage(
  graph: Graph,
  program: LoweredProgram,
  memory: Float64Array,
  options: GraphRunOptions,
  block: number,
  lanes: number,
): void {
  for (const node of graph.nodes) {
    const source = sourceOf(node);
    if (!source || !node.varying) continue;
    const size = elementCount(node.shape);
    const { start } = program.slotOf(node);
    for (let lane = 0; lane < lanes; lane++)
      for (let k = 0; k < size; k++) {
        const image = block * lanes + lane;
        const given = source.role === 'weight' ? 1 / options.count : options.data[node.name]![image * size + k]!;
        memory[start + k * lanes + lane] = image < options.count ? given : 0;
      }
  }
}

/** Results are read when their phase has run; later their room may serve others. */
function collect(
  nodes: readonly Node[],
  program: LoweredProgram,
  memory: Float64Array,
  kept: Map<Node, number[]>,
  block: number,
  lanes: number,
  count: number,
): void {
  for (const node of nodes) {
    const size = elementCount(node.shape);
    const slot = program.slotOf(node);
    const values = kept.get(node) ?? new Array<number>(count * size).fill(0);
    kept.set(node, values);
    for (let lane = 0; lane < lanes; lane++)
      for (let k = 0; k < size && block * lanes + lane < count; k++)
        values[(block * lanes + lane) * size + k] = memory[slot.start + block * slot.perBlock + k * lanes + lane]!;
  }
}
