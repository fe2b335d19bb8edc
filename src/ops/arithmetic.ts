/** @file Arithmetic between tensors of the same shape. */
import type { Node } from '../ir/graph.ts';
import type { OperatorContext, OperatorDefinition } from './operator.ts';

function binary(name: string, sign: string, summary: string): OperatorDefinition {
  return {
    name,
    summary,
    formula: `y = a ${sign} b`,
    kind: 'layer',
    inputs: 2,
    attributes: [],
    example: `a ${sign} b`,
    build(context) {
      const [left, right] = context.inputs as [Node, Node];
      // A single number per image, or per network, meets every element.
      if (left.shape.length > 0 && right.shape.length > 0) requireSameShape(context, sign, left, right);
      const shape = left.shape.length > 0 ? left.shape : right.shape;
      const axes = ['k', 'i', 'j', 'l'].slice(0, shape.length).join(', ');
      const pattern = (operand: string, node: Node) => (node.shape.length > 0 ? `${operand}[${axes}]` : `${operand}[]`);
      const read = (operand: string, node: Node) => (node.shape.length > 0 ? `${operand}[${axes}]` : operand);
      return context.apply(
        `op ${name}(a${pattern('', left)}, b${pattern('', right)}) -> y[${axes}] = ${read('a', left)} ${sign} ${read('b', right)}`,
        [left, right],
      );
    },
  };
}

function requireSameShape(context: OperatorContext, sign: string, left: Node, right: Node): void {
  const same = left.shape.length === right.shape.length && left.shape.every((extent, k) => extent === right.shape[k]);
  if (same) return;
  const differsInChannelsOnly =
    left.shape.length === 3 &&
    right.shape.length === 3 &&
    left.shape[1] === right.shape[1] &&
    left.shape[2] === right.shape[2];
  context.fail({
    code: 'CNN3005',
    message: `\`${sign}\` needs equal shapes, found [${left.shape.join(', ')}] and [${right.shape.join(', ')}]`,
    help: differsInChannelsOnly
      ? `give both sides the same channels, for example with \`conv(${left.shape[0]}, 1x1)\` on the right`
      : 'bring both sides to the same size, for example with the same stride and padding',
  });
}

export const add = binary('add', '+', 'Sum of two tensors, the junction of a residual connection.');
export const sub = binary('sub', '-', 'Difference of two tensors.');
export const mul = binary('mul', '*', 'Product of two tensors, element by element.');
export const div = binary('div', '/', 'Quotient of two tensors, element by element.');
