/**
 * @file docs/operators.md, made from the operators themselves: what they say of themselves, and what the compiler derives
 * from their formulas on the first sample that tests each of them.
 */
import { countFlops, multiplyAdds } from '../../src/analysis/cost.ts';
import { receptiveFields } from '../../src/analysis/receptive-field.ts';
import { functionNamed, functionNames } from '../../src/formula/functions.ts';
import { simplifyScalar } from '../../src/formula/simplify-scalar.ts';
import { axisIndex } from '../../src/ir/affine.ts';
import type { Graph, Node } from '../../src/ir/graph.ts';
import { isOfLayer } from '../../src/ir/origin.ts';
import { access, multiply, printScalar } from '../../src/ir/scalar.ts';
import type { OperatorDefinition } from '../../src/ops/operator.ts';
import { findOperator, OPERATORS } from '../../src/ops/registry.ts';
import { deriveBackward } from '../../src/passes/derive-backward.ts';
import { eliminateDead } from '../../src/passes/eliminate-dead.ts';
import { mathematics } from '../../src/report/gradient-report.ts';
import type { Layer, Model } from '../../src/semantics/model.ts';
import { type Attribute, type AttributeSpec, type AttributeValue, isRequired } from '../../src/specs/attributes.ts';
import { NetworkBuilder, recordOf } from '../support/build-network.ts';
import { featuresOf, LOSSES, lossOf, lossOperator, MIDDLES } from '../support/middles.ts';
import { type Cell, coverage, DIRECTIONS, FUNCTIONS, TARGETS } from '../support/suites.ts';

export function operatorsPage(): string {
  return [
    INTRODUCTION,
    matrix(),
    ...KINDS.flatMap(({ kind, title }) => [
      `## ${title}\n`,
      ...OPERATORS.filter((operator) => operator.kind === kind).map(section),
    ]),
    functionsSection(),
  ].join('\n');
}

/** Of all functions, since formulas may call those that are layers too. */
function functionsSection(): string {
  const rows = functionNames().map((name) => {
    const { arity, meaning, derivative } = functionNamed(name);
    const names = [...ARGUMENTS.slice(0, arity), 'y'];
    const values = names.map((_, k) => access(k, []));
    const [byFirst] = derivative(values.slice(0, arity), values[arity]!);
    const text = printScalar(simplifyScalar(byFirst!), (operand) => names[operand]!);
    return [`\`${name}(${names.slice(0, arity).join(', ')})\``, meaning, `\`${text}\``];
  });
  return `${FUNCTIONS_INTRODUCTION}\n${table([['function', 'y', 'derivative by x'], ...rows])}\n`;
}

const ARGUMENTS = ['x', 'a', 'b'];

const FUNCTIONS_INTRODUCTION = `## Functions

Expressions, \`fn\` and \`op\` may call these; on tensors they work element by element. \`x ^ a\` is \`pow(x, a)\`.
`;

const KINDS = [
  { kind: 'layer', title: 'Layers' },
  { kind: 'loss', title: 'Losses' },
  { kind: 'metric', title: 'Metrics' },
] as const;

const INTRODUCTION = `# Operators

This page is made from the operators and from their tests; \`UPDATE=1 npx vitest run test/docs/operators.test.ts\` makes it
again. What is derived from the formulas is shown for one use: y is the result, d.v the derivative of the loss by v; \`inside(k, n)\` is
1 for 0 ≤ k < n and 0 otherwise; out of range, and where a division leaves a remainder, a value reads 0 (−∞ within \`max\`);
\`weight\` without an index is 1/N for each of N images. A receptive field is given in pixels of the input. Work is counted
per image: multiply-adds with parameters (MACs), and all operations forward and backward.

Formulas are shown for maps \`[channels, height, width]\`. What slides over a map, pools, pads or resizes it works on a signal
\`[channels, length]\` too, by the same formula without its second axis: \`conv(16, 5)\` on [1, 187] is
\`y[o, i] = b[o] + sum(c, p) x[c, s*i + d*p - P] * w[o, c, p]\`, with a weight [16, 1, 5].

## What is tested

A cell counts cases whose numbers come from PyTorch, and networks around the operator. All are computed by the interpreter in
f64, by JavaScript, by WebAssembly and by WGSL, forward and backward. The gradients of the networks are compared with central
differences as well. Of WGSL the tests compute a few everywhere, and all where \`GPU=all\` is set: \`GPU=all npx vitest run
test/webgpu/operators.test.ts\`, with a graphics card or a program in its place.
`;

function matrix(): string {
  const heads = DIRECTIONS.flatMap((direction) => TARGETS.map((target) => `${direction}, ${target}`));
  const rows = [...coverage()].map(([name, cellOf]) => {
    const cells = DIRECTIONS.flatMap((direction) => TARGETS.map((target) => cellText(cellOf(direction, target))));
    return [`[${name}](#${FUNCTIONS.includes(name) ? 'functions' : name})`, ...cells];
  });
  return `${table([['operator', ...heads], ...rows])}\n`;
}

function cellText({ pytorch, networks, differentiated }: Cell): string {
  return differentiated ? `${pytorch} + ${networks}` : 'no gradient';
}

/** Columns of one width, as the formatter of this repository has them. */
function table(rows: readonly (readonly string[])[]): string {
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = escaped[0]!.map((_, k) => Math.max(...escaped.map((row) => row[k]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, k) => cell.padEnd(widths[k]!)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(escaped[0]!), rule, ...escaped.slice(1).map(line)].join('\n');
}

function section(operator: OperatorDefinition): string {
  const { name, summary, formula, example } = operator;
  return [
    `### ${name}\n`,
    `${summary}\n`,
    fence('', formula),
    fence('cnn', example),
    ...(operator.attributes.length > 0 ? [`${attributeTable(operator.attributes)}\n`] : []),
    ...derived(operator),
  ].join('\n');
}

const fence = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\`\n`;

function attributeTable(attributes: readonly AttributeSpec[]): string {
  const rows = attributes.map((spec) => [
    `\`${spec.name}\``,
    spec.type === 'choice' ? spec.choices!.map((choice) => `\`${choice}\``).join(', ') : typeText(spec),
    isRequired(spec) ? 'required' : spec.default === undefined ? '' : `\`${valueText(spec.default)}\``,
    spec.doc,
  ]);
  return table([['attribute', 'type', 'default', 'meaning'], ...rows]);
}

function typeText({ type, item }: Attribute): string {
  if (item) return `list of ${item.type}s`;
  return type === 'sizes' ? 'number or pair' : type;
}

function valueText(value: AttributeValue): string {
  if (!Array.isArray(value)) return `${value}`;
  return value.length <= 2 ? value.join('x') : `[${value.join(', ')}]`;
}

/** An operator alone, in a model of its own. */
interface Alone {
  readonly model: Model;
  readonly layer: Layer;
  readonly y: Node;
  /** With the gradients by the parameters and by the inputs. */
  readonly graph: Graph;
}

function derived(operator: OperatorDefinition): string[] {
  if (operator.kind === 'metric') return ['No gradient: metrics are measured, not trained.\n'];
  const alone = operator.kind === 'loss' ? lossAlone(operator.name) : layerAlone(operator.name);
  return [
    `\`${callText(operator, alone.layer)}\` on ${shapesText(alone.layer)}: ${[...fieldText(alone), workText(alone)].join('; ')}.\n`,
    fence('', formulasOf(alone).join('\n')),
  ];
}

/** The layer of the first network that tests the operator, on inputs of its own. */
function layerAlone(name: string): Alone {
  const [, middle, image] = MIDDLES.find(([sample]) => sample.split(' ')[0] === name)!;
  const around = new NetworkBuilder(name);
  middle(around, around.input('x', featuresOf(image)));
  const sample = around.model().layers.findLast(({ operator }) => operator === name)!;
  const net = new NetworkBuilder(name);
  const inputs = sample.inputs.map(({ shape }, k) => net.input(INPUTS[k]!, shape));
  const y = net.layer(name, inputs, sample.attributes, 'layer');
  const model = net.model();
  const layer = model.layers[0]!;
  const axes = y.shape.map((extent, k) => ({ name: `a${k}`, extent }));
  const indices = axes.map((axis) => axisIndex(axis.name));
  const { builder } = net;
  const wanted = builder.source({ role: 'target', name: 'wanted' }, y.shape, 'wanted');
  const product = multiply(access(0, indices), access(1, indices));
  const body = { kind: 'reduce', operator: 'sum', axes, batch: true, body: product } as const;
  builder.results.push({ role: 'loss', node: builder.formula([y, wanted], [], body, { name: 'loss' }) });
  return { model, layer, y, graph: eliminateDead(deriveBackward(builder.finish(), layer.inputs)) };
}

const INPUTS = ['x', 'z', 'v', 'u'];

function lossAlone(name: string): Alone {
  const net = new NetworkBuilder(name);
  const x = net.input('x', [3]);
  const y = lossOf(net, LOSSES.find((loss) => lossOperator(loss) === name)!, x);
  const model = net.model();
  const attributes = {};
  const layer = recordOf(findOperator(name)!, { name: 'loss', attributes, operands: [x], output: y, states: [] });
  return { model, layer, y, graph: eliminateDead(deriveBackward(model.graph, [x])) };
}

function shapesText({ inputs }: Layer): string {
  return inputs.map(({ shape }) => `[${shape.join(', ')}]`).join(' and ');
}

/** A default of one number stands for all axes. */
const differing = (value: AttributeValue) => [...new Set([value].flat())].join();

/** The operator with what differs from its defaults. */
function callText({ name, attributes }: OperatorDefinition, layer: Layer): string {
  const given = attributes.flatMap((spec) => {
    const value = layer.attributes[spec.name];
    const isDefault = value === undefined || differing(value) === differing(spec.default);
    return isDefault ? [] : [`${spec.name}: ${valueText(value)}`];
  });
  return given.length > 0 ? `${name}(${given.join(', ')})` : name;
}

function fieldText({ model, y }: Alone): string[] {
  const field = receptiveFields(model).get(y);
  if (field === undefined || y.shape.length === 0) return [];
  if (field === null) return ['sees the whole map'];
  const { size, stride, padding } = field;
  const pair = (values: readonly number[]) => values.map((value) => Number(value.toFixed(2))).join('×');
  return [`sees ${pair(size)} pixels in steps of ${pair(stride)}, padding ${pair(padding)}`];
}

function workText({ model, graph, layer }: Alone): string {
  const own = { ...graph, nodes: graph.nodes.filter(({ origins }) => isOfLayer(origins, layer.name)) };
  const macs = multiplyAdds(model.graph).get(layer.name) ?? 0;
  const { forward, backward } = countFlops(own);
  const number = (value: number) => Math.round(value).toLocaleString('en-US');
  return `${number(macs)} MACs, ${number(forward)} operations forward, ${number(backward)} backward`;
}

/** Forward and backward, the layer's name left out. */
function formulasOf({ graph, layer, y }: Alone): string[] {
  const inputs = layer.inputs.map(({ name }) => `d.${name}`);
  // The sum of what several uses of an input contribute belongs to no layer.
  const isOwn = ({ name, origins }: Node) =>
    isOfLayer(origins, layer.name) || inputs.includes(name.replace(/\.\d+$/, ''));
  const lines = graph.nodes.filter((node) => node.definition.kind !== 'source' && isOwn(node)).map(mathematics);
  const rename = (name: string, by: string) => [new RegExp(`\\b${quoted(name)}`, 'g'), by] as const;
  const renamings = [
    rename(`d.${y.name}.by.loss`, 'd.y'),
    rename(`${y.name}(?!\\.)\\b`, layer.name === 'loss' ? 'loss' : 'y'),
    rename(`${layer.name}.`, ''),
    // The result in another shape, before the view that is y.
    rename(`${layer.name}\\b`, layer.name === 'loss' ? 'loss' : 'flat'),
  ];
  return lines.map((line) => renamings.reduce((text, [name, by]) => text.replaceAll(name, by), line.trim()));
}

/** A name in a pattern, in which nothing but dots is special. */
const quoted = (text: string) => text.replaceAll(/\.(?=\w|$)/g, '\\.');
