/**
 * @file Prediction runs the kernels of inference that outputs depend on: not the loss and the metrics, for which there are
 * no labels, and not what stands on such a side branch alone, such as the heads that only help training.
 */
import { type Node, sourceOf, viewedNode } from '../ir/graph.ts';
import { type LoweredProgram, stageInputs } from './lowered-program.ts';
import { isBatchSum } from './split-phases.ts';

export function predictProgram(inference: LoweredProgram): LoweredProgram {
  const inputs = inference.inputs.filter((node) => sourceOf(node)?.role === 'image');
  const needed = neededForOutputs(inference);
  const name = 'predict';
  // What is summed over the batch has phases of its own to clear and combine it.
  if ([...needed].some(isBatchSum)) return { ...inference, name, inputs };
  const phases = inference.phases.map((phase) => {
    const kernels = phase.kernels.filter(({ nodes }) => nodes.some((node) => needed.has(node)));
    return { ...phase, carry: undefined, combines: [], kernels };
  });
  const left = phases.filter(({ kernels }) => kernels.length > 0);
  return { ...inference, name, inputs, phases: stageInputs(left, inputs, inference.slotOf) };
}

function neededForOutputs({ graph }: LoweredProgram): Set<Node> {
  const needed = new Set<Node>();
  for (const result of graph.results) if (result.role === 'output') needed.add(viewedNode(result.node));
  for (const node of [...graph.nodes].reverse())
    if (needed.has(node)) for (const input of node.inputs) needed.add(viewedNode(input)).add(input);
  return needed;
}
