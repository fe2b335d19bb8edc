/**
 * @file The derived backward graph for readers: each value as mathematics over the user's names, forward, then the
 * gradients in the order they are computed. Nothing is fused yet, so that every step shows.
 */
import { formulaOf, type Graph, type Node } from '../ir/graph.ts';
import { isBackward } from '../ir/origin.ts';
import { printScalar } from '../ir/scalar.ts';
import { type RunOptions, runPasses } from '../passes/pass.ts';
import { GRADIENT_PASSES } from '../passes/pipeline.ts';
import type { Elaboration } from '../semantics/model.ts';
import { requireLoss } from '../semantics/network.ts';

/** Reports CNN2008. */
export function gradientReport(elaboration: Elaboration, passes?: Pick<RunOptions, 'skip'>): string {
  requireLoss(elaboration);
  const { graph } = elaboration.training;
  const results = graph.results.filter((result) => result.role === 'loss');
  return reportOf(runPasses({ ...graph, results }, GRADIENT_PASSES, passes));
}

function reportOf(graph: Graph): string {
  const formulas = graph.nodes.filter((node) => node.definition.kind !== 'source');
  const forward = formulas.filter(({ origins }) => !isBackward(origins)).map(mathematics);
  const backward = formulas.filter(({ origins }) => isBackward(origins)).map(mathematics);
  const gradients = graph.results.flatMap((result) =>
    result.role === 'gradient' ? [`  d loss / d ${result.state.name} = ${result.node.name}`] : [],
  );
  return [
    `Forward, ${graph.name}`,
    ...forward,
    '',
    'Backward (d.v is the derivative of the loss by v; out of range, a value reads 0)',
    ...backward,
    '',
    'Gradients of the parameters',
    ...(gradients.length > 0 ? gradients : ['  none: no parameter is trained']),
    '',
  ].join('\n');
}

/** `  name[axes] = formula`, in the names of the graph. */
export function mathematics(node: Node): string {
  const formula = formulaOf(node);
  if (!formula) return `  ${node.name} = ${node.inputs[0]!.name} as [${node.shape.join(', ')}]`;
  const axes = formula.axes.map((axis) => axis.name).join(', ');
  const left = axes ? `${node.name}[${axes}]` : node.name;
  return `  ${left} = ${printScalar(formula.body, (operand) => node.inputs[operand]!.name)}`;
}
