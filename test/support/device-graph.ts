/**
 * @file A graph made ready for a graphics card, as `check/execute-graph.ts` runs it in this process: shaders, memory with
 * its inputs and states, and where results are found.
 */
import type { ExecutionInput } from '../../src/check/execute-graph.ts';
import { elementCount, type Graph, type Node, type State, sourceOf, viewedNode } from '../../src/ir/graph.ts';
import type { TargetTraits } from '../../src/loop/schedule.ts';
import { lowerProgram } from '../../src/plan/lowered-program.ts';
import { align } from '../../src/plan/plan-memory.ts';
import { deviceProgram, Shaders } from '../../src/targets/webgpu/device-program.ts';
import type { DeviceProgram } from '../../src/targets/webgpu/device-types.ts';
import { shaderOf } from '../../src/targets/webgpu/header.ts';
import type { DeviceJob } from './run-on-device.ts';

export interface DeviceGraph {
  readonly job: DeviceJob;
  /** Of a result or a uniform node; those of a varying one image by image. */
  values(memory: Float32Array, node: Node): number[];
  state(memory: Float32Array, state: State): number[];
}

export interface DeviceGraphOptions extends ExecutionInput {
  readonly traits: TargetTraits;
  /** More than `count` where a batch is not full. */
  readonly maxCount?: number;
  readonly groups?: number;
  /** Rounds of a sum from which on a workgroup shares it. */
  readonly worthSharing?: number;
}

function statesOf(graph: Graph): Map<State, number> {
  const places = new Map<State, number>();
  let end = 0;
  const place = (state: State) => {
    if (places.has(state)) return;
    places.set(state, end);
    end = align(end + elementCount(state.shape));
  };
  for (const node of graph.nodes) {
    const source = sourceOf(node);
    if (source?.role === 'state') place(source.state);
  }
  for (const result of graph.results) if (result.role === 'assign') place(result.state);
  return places;
}

export function deviceGraph(graph: Graph, options: DeviceGraphOptions): DeviceGraph {
  const { count, data, traits, update, maxCount = count, groups = 1 } = options;
  const states = statesOf(graph);
  const start = [...states].reduce((end, [state, at]) => Math.max(end, align(at + elementCount(state.shape))), 0);
  const lowered = lowerProgram({ name: 'run', graph, traits, maxBlocks: maxCount, states, start, groups });
  const shaders = new Shaders(options.worthSharing);
  const program: DeviceProgram = deviceProgram(lowered, shaders);
  const memory = new Float32Array(program.length).fill(Number.NaN);
  for (const node of graph.nodes)
    if (sourceOf(node) && !node.varying) memory.set(data[node.name]!, lowered.slotOf(node).start);
  lowered.inputs.forEach((node, k) => {
    const { start: first, each } = program.inputs[k]!;
    const size = elementCount(node.shape);
    for (let image = 0; image < count; image++)
      for (let i = 0; i < size; i++)
        memory[first + image * each + i] =
          sourceOf(node)!.role === 'weight' ? 1 / count : data[node.name]![image * size + i]!;
  });
  const outputs = graph.results.filter(({ role }) => role === 'output').map(({ node }) => viewedNode(node));
  const read = (from: Float32Array, at: number, length: number) => [...from.subarray(at, at + length)];
  const dispatches = update ? [...program.steps, ...program.update] : program.steps;
  return {
    job: { shaders: shaders.texts.map(shaderOf), dispatches, groups, blocks: count, memory },
    values(result, node) {
      const size = elementCount(node.shape);
      const output = outputs.indexOf(viewedNode(node));
      if (output < 0 || !node.varying) return read(result, lowered.slotOf(node).start, size);
      const { start: first, each } = program.outputs[output]!;
      return Array.from({ length: count }, (_, image) => read(result, first + image * each, size)).flat();
    },
    state: (result, state) => read(result, states.get(state)!, elementCount(state.shape)),
  };
}
