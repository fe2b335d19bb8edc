/**
 * @file Text of a graph: one line a node, `%name: f32[shape] = body`, with the user's names. Dumps are deterministic and
 * serve as golden files. A varying value is written `f32[…]`, a uniform one `uniform f32[…]`.
 */
import { printAffine } from './affine.ts';
import type { Graph, Node, Result, Source } from './graph.ts';
import { printScalar } from './scalar.ts';

export function printGraph(graph: Graph): string {
  const lines = graph.nodes.map((node) => `  ${printNode(node)}`);
  const results = graph.results.map((result) => `  ${printResult(result)}`);
  return `graph ${graph.name} {\n${[...lines, ...results].join('\n')}\n}\n`;
}

export function printNode(node: Node): string {
  const type = `${node.varying ? '' : 'uniform '}f32[${node.shape.join(',')}]`;
  return `%${node.name}: ${type} = ${printDefinition(node)}`;
}

export function printDefinition(node: Node): string {
  const { definition } = node;
  switch (definition.kind) {
    case 'source':
      return printSource(definition.source);
    case 'view':
      return `view %${node.inputs[0]!.name}`;
    case 'formula': {
      const { axes, body, output, shared } = definition.formula;
      const places = output ? output.map(printAffine) : axes.map((axis) => axis.name);
      const loop = shared ? `with ${shared.loop} over ${shared.axis}: ` : '';
      return `${loop}[${places.join(', ')}] ${printScalar(body, (operand) => `%${node.inputs[operand]!.name}`)}`;
    }
  }
}

function printSource(source: Source): string {
  switch (source.role) {
    case 'image':
      return `input ${source.name}`;
    case 'target':
      return `${source.mixed ? "partner's " : ''}target ${source.name}${source.classes ? ` in ${source.classes} classes` : ''}${source.ignore === undefined ? '' : ` but ${source.ignore}`}`;
    case 'weight':
      return `weight of the image${source.mixed ? ` for its ${source.mixed} target` : ''} in the batch`;
    case 'seed':
      return 'random seed of the image';
    case 'state':
      return `${source.state.role} ${source.state.name}`;
    case 'scalar':
      return `host scalar ${source.scalar.name}`;
  }
}

function printResult(result: Result): string {
  const value = `%${result.node.name}`;
  switch (result.role) {
    case 'loss':
      return `loss ${value}`;
    case 'metric':
    case 'output':
      return `${result.role} ${result.name} = ${value}`;
    case 'gradient':
    case 'assign':
      return `${result.role} ${result.state.name} = ${value}`;
  }
}
