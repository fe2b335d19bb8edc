/**
 * @file Appends the optimiser: for every parameter with a gradient, the formulas of the update rule over its elements and
 * an `assign` of each new state. They are formulas like all others and are fused and lowered like all others.
 */
import { Instantiations } from '../formula/instantiations.ts';
import { GraphBuilder } from '../ir/builder.ts';
import { elementCount, type Graph, type HostExpression, type Node, type State } from '../ir/graph.ts';
import type { OperatorItem } from '../syntax/ast.ts';
import { parseOperator } from '../syntax/parse.ts';
import type { UpdateRule } from './update-rule.ts';

export function appendUpdate(graph: Graph, rule: UpdateRule): Graph {
  const builder = GraphBuilder.from(graph);
  const scalars = new Map<string, Node>();
  const formulas = new Instantiations();
  const prepared = new Map<string, PreparedRule>();
  for (const result of graph.results) {
    if (result.role !== 'gradient') continue;
    const { state, node } = result;
    const key = `${state.rateFactor},${state.weightDecay}`;
    const known = prepared.get(key) ?? prepare(builder, scalars, ruleFor(rule, state));
    prepared.set(key, known);
    appendForParameter({ builder, formulas }, known, state, node);
  }
  return builder.finish();
}

function ruleFor(rule: UpdateRule, parameter: State): UpdateRule {
  const isUsual = parameter.rateFactor === undefined && parameter.weightDecay === undefined;
  return isUsual ? rule : (rule.variant?.(parameter) ?? rule);
}

/** A rule with its scalars in the graph; `known` are those of all rules, by what they compute. */
interface PreparedRule {
  readonly rule: UpdateRule;
  readonly statements: readonly ParsedStatement[];
  readonly scalars: ReadonlyMap<string, Node>;
}

function prepare(builder: GraphBuilder, known: Map<string, Node>, rule: UpdateRule): PreparedRule {
  const scalars = new Map<string, Node>();
  for (const [wanted, expression] of Object.entries(rule.scalars)) {
    const key = JSON.stringify(expression);
    const node = known.get(key) ?? appendScalar(builder, wanted, expression);
    known.set(key, node);
    scalars.set(wanted, node);
  }
  return { rule, scalars, statements: rule.statements.map((statement) => parseStatement(rule, statement)) };
}

function appendScalar(builder: GraphBuilder, wanted: string, expression: HostExpression): Node {
  const name = builder.uniqueName(wanted);
  builder.release(name);
  return builder.source({ role: 'scalar', scalar: { name, expression } }, [], name);
}

interface ParsedStatement {
  readonly name: string;
  readonly item: OperatorItem;
  readonly operands: readonly string[];
}

function parseStatement(rule: UpdateRule, { name, formula }: UpdateRule['statements'][number]): ParsedStatement {
  const isUsed = (operand: string) => new RegExp(`\\b${operand}\\b`).test(formula);
  const vectors = [...new Set(['w', 'g', ...rule.states, ...rule.statements.map(({ name }) => name)])].filter(isUsed);
  const scalars = Object.keys(rule.scalars).filter(isUsed);
  const head = [...vectors.map((operand) => `${operand}[k]`), ...scalars.map((operand) => `${operand}[]`)].join(', ');
  return { name, item: parseOperator(`op update(${head}) -> y[k] = ${formula}`), operands: [...vectors, ...scalars] };
}

function appendForParameter(
  { builder, formulas }: { builder: GraphBuilder; formulas: Instantiations },
  { rule, statements, scalars }: PreparedRule,
  parameter: State,
  gradient: Node,
): void {
  const size = elementCount(parameter.shape);
  const options = (name: string) => ({
    name: `${parameter.name}.${name}`,
    origins: [{ layer: parameter.name, operator: rule.name, role: 'update' as const }],
  });
  const flat = (node: Node) => builder.view(node, [size], options('flat'));
  const values = new Map<string, Node>(scalars);
  const states = new Map<string, State>([['w', parameter]]);
  values.set('w', flat(builder.state(parameter)));
  values.set('g', flat(gradient));
  for (const name of rule.states) {
    const state = optimizerState(parameter, name);
    states.set(name, state);
    values.set(name, flat(builder.state(state)));
  }
  for (const { name, item, operands } of statements) {
    const inputs = operands.map((operand) => values.get(operand)!);
    const { axes, body } = formulas.builtin(item, {
      shapes: inputs.map((input) => input.shape),
      constants: rule.constants,
    });
    // One loop over the parameter for all of them.
    const shared = statements.length > 1 ? { loop: `${parameter.name}.update`, axis: axes[0]!.name } : undefined;
    const node = builder.formula(inputs, axes, body, options(`next.${name}`), { shared });
    values.set(name, node);
    const state = states.get(name);
    if (state) builder.results.push({ role: 'assign', state, node });
  }
}

/** `optimizer.velocity.conv1.weight`, shaped like its parameter and starting at 0. */
export function optimizerState(parameter: State, slot: string): State {
  return {
    name: `optimizer.${slot}.${parameter.name}`,
    optimizer: { slot, of: parameter },
    role: 'optimizer',
    shape: parameter.shape,
    trainable: false,
    initializer: { kind: 'zeros', fanIn: 1, fanOut: 1 },
  };
}
