/** @file A model as a program again, from its layers. */
import type { Node } from '../../src/ir/graph.ts';
import type { Layer, Model } from '../../src/semantics/model.ts';
import type { AttributeSpec, AttributeValue } from '../../src/specs/attributes.ts';

/** `loss`: of the name of the last layer. */
export function written({ inputs, layers }: Model, loss = (y: string) => `mean(${y})`): string {
  const names = new Map<Node, string>(inputs.map(({ name, node }) => [node, name]));
  const lines = layers.map((layer) => {
    const operands = layer.operands.map((operand) => ('number' in operand ? operand.number : names.get(operand.node)));
    names.set(layer.output, layer.name);
    return `${layer.name} = ${layer.definition.name}(${[...operands, ...argumentsOf(layer)].join(', ')})`;
  });
  const declared = inputs.map(({ name, shape }) => `input ${name}: [${shape.join(', ')}]`);
  return `network test {\n${[...declared, ...lines].join('\n')}\nloss ${loss(layers.at(-1)!.name)}\noutput y = ${layers.at(-1)!.name} * 1\n}`;
}

function argumentsOf({ definition, attributes }: Layer): string[] {
  return definition.attributes.flatMap((spec) => {
    const value = attributes[spec.name];
    return value === undefined ? [] : [`${spec.name}: ${valueText(spec, value)}`];
  });
}

function valueText({ type }: AttributeSpec, value: NonNullable<AttributeValue>): string {
  if (typeof value !== 'object') return `${value}`;
  if (type === 'sizes' && value.length === 1) return `${value[0]}`;
  return type === 'sizes' && !value.some((size) => size === 0) ? value.join('x') : `[${value.join(', ')}]`;
}
