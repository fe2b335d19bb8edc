/**
 * @file Runs an optimised graph in this process, in f64: by the interpreter of the loop language or by the JavaScript
 * that a module would contain. Gradient checks and tests stand on it.
 */
import { elementCount, type Graph, type Node, type Shape, type State, sourceOf, viewedNode } from '../ir/graph.ts';
import { memoize, obtain } from '../ir/memoize.ts';
import { type InterpreterContext, runKernel } from '../loop/interpret.ts';
import type { TargetTraits } from '../loop/schedule.ts';
import { layoutOfValue, layoutsOfImages, type ValueLayouts } from '../plan/lanes.ts';
import { type LoweredProgram, lowerProgram } from '../plan/lowered-program.ts';
import { align } from '../plan/plan-memory.ts';
import { phaseOptions, splitPhases } from '../plan/split-phases.ts';
import { functionSources, printKernel } from '../targets/js/print-kernel.ts';
import { compileWasm } from '../targets/wasm/compile-module.ts';
import { fuseMultiplyAdd } from '../targets/wasm/fuse-multiply-add.ts';

export interface GraphExecution {
  /** Values of a result or of a uniform node; those of a varying one image by image. */
  readonly values: (node: Node) => number[];
  readonly state: (state: State) => number[];
  /** Arithmetic per lane, as the interpreter counts it; 0 for printed code. */
  readonly operations: number;
}

export interface ExecutionInput {
  /** Images in the batch. */
  readonly count: number;
  /** By name of the source node: all images one after the other, or the value of a state or scalar. */
  readonly data: Readonly<Record<string, ArrayLike<number>>>;
  /** Also run the phases that store new states. */
  readonly update: boolean;
}

export interface GraphExecutor {
  readonly program: LoweredProgram;
  run(input: ExecutionInput): GraphExecution;
}

export interface ExecutorOptions {
  /** The interpreter and JavaScript compute in f64, WebAssembly in f32; `js-f32` stores in f32, as modules do. */
  readonly engine: 'interpreter' | 'js' | 'js-f32' | 'wasm' | 'wasm-fused';
  readonly traits: TargetTraits;
  readonly maxCount: number;
  /** Of a graph of one image: how its values lie. */
  readonly layouts?: ValueLayouts;
}

/** Over blocks: from `block` to `end`. */
type RunPhase = (phase: number, block: number, end: number) => void;

export function createExecutor(graph: Graph, options: ExecutorOptions): GraphExecutor {
  return new Executor(graph, options);
}

/** Engines of equal traits run the same program. */
const programsOf = memoize((_: Graph) => new Map<string, LoweredProgram>());

function programOf(graph: Graph, { traits, maxCount, layouts }: ExecutorOptions): LoweredProgram {
  const maxBlocks = Math.ceil(maxCount / traits.lanes);
  const lower = () => lowerProgram({ name: 'run', graph, traits, maxBlocks, layouts, ...placesOf(graph) });
  if (traits.tuned || layouts) return lower();
  return obtain(programsOf(graph), JSON.stringify([traits, maxBlocks]), lower);
}

const compiled = memoize((program: LoweredProgram) => compileWasm([program], program.plan.end, false));

function instantiateWasm(program: LoweredProgram, fused: boolean): { memory: Float32Array; runPhase: RunPhase } {
  const { phases, ...kernels } = compiled(program);
  const bytes = fused ? fuseMultiplyAdd(kernels.bytes, kernels.fusible) : kernels.bytes;
  const pages = Math.ceil((program.plan.end * 4) / 65536);
  const memory = new WebAssembly.Memory({ initial: pages });
  const module = new WebAssembly.Module(bytes as BufferSource);
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return {
    memory: new Float32Array(memory.buffer),
    runPhase: (phase, block, end) =>
      (exports[phases[phase]!.export] as (...given: number[]) => void)(
        block,
        0,
        program.phases[phase]!.kind === 'groups' ? end : 0,
      ),
  };
}

/** What is read or stored: a running mean with momentum 1 is stored without being read. */
function statesOf(graph: Graph): Set<State> {
  const sources = graph.nodes.map(sourceOf);
  const read = sources.flatMap((source) => (source?.role === 'state' ? [source.state] : []));
  return new Set([...read, ...graph.results.flatMap((result) => (result.role === 'assign' ? [result.state] : []))]);
}

/** Of the states, one after the other; and where they end. */
const placesOf = memoize((graph: Graph): { readonly states: ReadonlyMap<State, number>; readonly start: number } => {
  const states = new Map<State, number>();
  let start = 0;
  for (const state of statesOf(graph)) {
    states.set(state, start);
    start = align(start + elementCount(state.shape));
  }
  return { states, start };
});

class Executor implements GraphExecutor {
  readonly program: LoweredProgram;
  readonly #memory: Float64Array | Float32Array;
  readonly #runPhase: RunPhase;
  /** Varying results that each phase completes. */
  readonly #completed: Node[][];
  readonly #layouts: ValueLayouts;
  #operations = 0;

  constructor(
    readonly graph: Graph,
    readonly options: ExecutorOptions,
  ) {
    const { traits } = options;
    this.#layouts = options.layouts ?? layoutsOfImages(graph, traits.lanes);
    const maxBlocks = Math.ceil(options.maxCount / traits.lanes);
    this.program = programOf(graph, options);
    // Memory that nothing has written reads as NaN, so that reading it shows.
    if (options.engine === 'wasm' || options.engine === 'wasm-fused') {
      const { memory, runPhase } = instantiateWasm(this.program, options.engine === 'wasm-fused');
      this.#memory = memory.fill(Number.NaN);
      this.#runPhase = runPhase;
    } else {
      const { end } = this.program.plan;
      this.#memory = (options.engine === 'js-f32' ? new Float32Array(end) : new Float64Array(end)).fill(Number.NaN);
      this.#runPhase = options.engine === 'interpreter' ? this.#interpreted() : this.#compiled();
    }
    const wanted = new Set(graph.results.map((result) => viewedNode(result.node)));
    const phases = splitPhases(graph, phaseOptions(traits, maxBlocks));
    this.#completed = phases.map(({ nodes }) => nodes.filter((node) => node.varying && wanted.has(node)));
  }

  run(input: ExecutionInput): GraphExecution {
    const { program } = this;
    const blocks = Math.ceil(input.count / this.options.traits.lanes);
    this.#operations = 0;
    this.#writeUniform(input);
    for (const { offset, length } of program.plan.zero) this.#memory.fill(0, offset, offset + length);
    const kept = new Map<Node, number[]>();
    program.phases.forEach((phase, index) => {
      if (phase.update && !input.update) return;
      for (let block = 0; block < (phase.kind === 'blocks' ? blocks : 1); block++) {
        this.#stage(phase.stages, input, block);
        this.#runPhase(index, block, blocks);
        for (const node of this.#completed[index]!) this.#collect(node, kept, block, input.count);
      }
    });
    return {
      values: (node) => kept.get(viewedNode(node)) ?? this.#read(program.slotOf(node).start, elementCount(node.shape)),
      state: (state) => this.#read(placesOf(this.graph).states.get(state)!, elementCount(state.shape)),
      operations: this.#operations / (blocks * this.options.traits.lanes),
    };
  }

  #read(start: number, length: number): number[] {
    return [...this.#memory.subarray(start, start + length)];
  }

  #interpreted(): RunPhase {
    return (phase, block, end) => {
      for (const { kernel, slots } of this.program.phases[phase]!.kernels) {
        const bases = new Map(
          kernel.buffers.map((buffer, k) => [buffer, slots[k]!.start + block * slots[k]!.perBlock]),
        );
        const context: InterpreterContext = {
          lanes: this.options.traits.lanes,
          memory: this.#memory,
          baseOf: (buffer) => bases.get(buffer)!,
          blocks: [block, end],
          operations: 0,
        };
        runKernel(kernel, context);
        this.#operations += context.operations;
      }
    };
  }

  #compiled(): RunPhase {
    const { program, options } = this;
    const { lanes } = options.traits;
    const sources = program.phases.flatMap((phase) => phase.kernels.map((kernel) => printKernel(kernel, lanes)));
    const table = program.phases.map((phase) => `[${phase.kernels.map((kernel) => kernel.name).join(', ')}]`);
    const code = `"use strict";\n${[...functionSources(sources), ...sources].join('\n')}\nreturn [${table.join(', ')}];`;
    const kernels = new Function('M', code)(this.#memory) as ((block: number, end: number) => void)[][];
    return (phase, block, end) => {
      for (const kernel of kernels[phase]!) kernel(block, end);
    };
  }

  #writeUniform(input: ExecutionInput): void {
    for (const node of this.graph.nodes)
      if (sourceOf(node) && !node.varying) this.#memory.set(input.data[node.name]!, this.program.slotOf(node).start);
  }

  /** Lanes beyond the last image compute it again, and weigh nothing. */
  #stage(inputs: readonly number[], { count, data }: ExecutionInput, block: number): void {
    const { lanes } = this.options.traits;
    for (const input of inputs) {
      const node = this.program.inputs[input]!;
      const size = elementCount(node.shape);
      const slot = this.program.slotOf(node);
      const start = slot.start + block * slot.perBlock;
      const { strides } = layoutOfValue(node, this.#layouts);
      if (this.#layouts.lanesOf(node) !== 'images') {
        for (let k = 0; k < size; k++) this.#memory[start + placeIn(node.shape, strides, k)] = data[node.name]![k]!;
        continue;
      }
      for (let lane = 0; lane < lanes; lane++) {
        const place = block * lanes + lane;
        const image = Math.min(place, count - 1);
        const weight = image < place ? 0 : (data[node.name]?.[image] ?? 1 / count);
        for (let k = 0; k < size; k++)
          this.#memory[start + k * lanes + lane] =
            sourceOf(node)!.role === 'weight' ? weight : data[node.name]![image * size + k]!;
      }
    }
  }

  /** Results are read when their phase has run; later their room may serve others. */
  #collect(node: Node, kept: Map<Node, number[]>, block: number, count: number): void {
    const { lanes } = this.options.traits;
    const size = elementCount(node.shape);
    const slot = this.program.slotOf(node);
    if (this.#layouts.lanesOf(node) !== 'images') {
      kept.set(node, this.#read(slot.start, size));
      return;
    }
    const values = kept.get(node) ?? new Array<number>(count * size).fill(0);
    kept.set(node, values);
    for (let lane = 0; lane < lanes && block * lanes + lane < count; lane++)
      for (let k = 0; k < size; k++)
        values[(block * lanes + lane) * size + k] =
          this.#memory[slot.start + block * slot.perBlock + k * lanes + lane]!;
  }
}

/** Where element number `k` lies. */
function placeIn(shape: Shape, strides: readonly number[], k: number): number {
  let [place, rest] = [0, k];
  for (let dimension = shape.length - 1; dimension >= 0; dimension--) {
    place += (rest % shape[dimension]!) * strides[dimension]!;
    rest = Math.floor(rest / shape[dimension]!);
  }
  return place;
}
