/**
 * @file Appends the optimiser: for every parameter with a gradient, the formulas of the update rule over its elements and
 * an `assign` of each new state. They are formulas like all others and are fused and lowered like all others.
 */
import { Instantiations } from '../formula/instantiations.ts';
import { GraphBuilder } from '../ir/builder.ts';
import { elementCount, type Graph, type HostExpression, type Node, type State } from '../ir/graph.ts';
import type { OperatorItem } from '../syntax/ast.ts';
import { parseOperator } from '../syntax/parse.ts';

/** One statement of an update: `name[k] = formula`. Names of `states` persist from step to step. */
export interface UpdateRule {
  readonly name: string;
  /** State per parameter, all of the parameter's shape and starting at 0. */
  readonly states: readonly string[];
  /** Scalars computed by the host in f64 before the step. */
  readonly scalars: Readonly<Record<string, HostExpression>>;
  readonly constants: Readonly<Record<string, number>>;
  /** In order; a name on the left may be used afterwards. What is no state is gone after the step. */
  readonly statements: readonly { readonly name: string; readonly formula: string }[];
  /** Stored before all else, and taken for the gradient then: the sum of several steps. */
  readonly gathers?: { readonly name: string; readonly formula: string };
  /** The formulas need `norm`, the length of all gradients. */
  readonly measures?: boolean;
  /** What a state becomes, from its `next` and its `old` value. */
  readonly takes?: string;
  /** The rule for a parameter, which may have a learning rate or weight decay of its own. */
  readonly variant?: (parameter: State) => UpdateRule;
}

export function appendUpdate(graph: Graph, rule: UpdateRule): Graph {
  const builder = GraphBuilder.from(graph);
  const formulas = new Instantiations();
  const scalars = new Map<string, Node>();
  const prepared = new Map<string, PreparedRule>();
  const update = ({ state, node }: Gradient) => {
    const own = rule.variant?.(state) ?? rule;
    const key = JSON.stringify(own);
    const known = prepared.get(key) ?? prepare(builder, scalars, own);
    prepared.set(key, known);
    const begun = new ParameterUpdate(builder, formulas, known, state, node);
    begun.gather();
    return begun;
  };
  const gradients = graph.results.filter((result): result is Gradient => result.role === 'gradient');
  if (rule.measures) limitTogether(builder, formulas, gradients.map(update));
  else for (const gradient of gradients) update(gradient).step();
  return builder.finish();
}

type Gradient = Extract<Graph['results'][number], { readonly role: 'gradient' }>;

/** The length of all gradients is known before the first update. */
function limitTogether(builder: GraphBuilder, formulas: Instantiations, updates: readonly ParameterUpdate[]): void {
  if (updates.length === 0) return;
  const length = lengthOf(
    builder,
    formulas,
    updates.map(({ gradient }) => gradient),
  );
  for (const update of updates) {
    update.values.set('norm', length);
    update.step();
  }
}

const SQUARES = 'op squares(g[k]) -> y[] = sum(k) g[k] * g[k]';
const PLUS = 'op plus(a[], b[]) -> y[] = a + b';
const ROOT = 'op root(a[]) -> y[] = sqrt(a)';

/** Of all gradients as one vector. */
function lengthOf(builder: GraphBuilder, formulas: Instantiations, gradients: readonly Node[]): Node {
  const apply = (text: string, inputs: readonly Node[], name: string) => {
    const { axes, body } = formulas.builtin(parseOperator(text), { shapes: inputs.map(({ shape }) => shape) });
    const origins = [{ layer: 'gradients', operator: 'clip', role: 'update' as const }];
    return builder.formula(inputs, axes, body, { name: builder.uniqueName(name), origins });
  };
  const squares = gradients.map((gradient) => apply(SQUARES, [gradient], 'gradients.squares'));
  return apply(ROOT, [squares.reduce((sum, square) => apply(PLUS, [sum, square], 'gradients.sum'))], 'gradients.norm');
}

/** A rule with its scalars in the graph; `known` are those of all rules, by what they compute. */
interface PreparedRule {
  readonly rule: UpdateRule;
  readonly gathers: ParsedStatement | undefined;
  readonly statements: readonly ParsedStatement[];
  readonly takes: ParsedStatement | undefined;
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
  const { gathers, takes } = rule;
  return {
    rule,
    scalars,
    gathers: gathers && parseStatement(rule, gathers),
    statements: rule.statements.map((statement) => parseStatement(rule, statement)),
    takes: takes === undefined ? undefined : parseStatement(rule, { name: 'taken', formula: takes }),
  };
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
  const names = ['w', 'g', 'next', 'old', ...rule.states, ...rule.statements.map(({ name }) => name)];
  const vectors = [...new Set(names)].filter(isUsed);
  const scalars = [...Object.keys(rule.scalars), 'norm'].filter(isUsed);
  const head = [...vectors.map((operand) => `${operand}[k]`), ...scalars.map((operand) => `${operand}[]`)].join(', ');
  return { name, item: parseOperator(`op update(${head}) -> y[k] = ${formula}`), operands: [...vectors, ...scalars] };
}

/** The formulas of one parameter. */
class ParameterUpdate {
  /** By the names that formulas have for them. */
  readonly values: Map<string, Node>;
  readonly #states: ReadonlyMap<string, State>;

  constructor(
    readonly builder: GraphBuilder,
    readonly formulas: Instantiations,
    readonly prepared: PreparedRule,
    readonly parameter: State,
    gradient: Node,
  ) {
    const { rule, scalars } = prepared;
    const slots = rule.states.map((slot) => [slot, optimizerState(parameter, slot)] as const);
    this.#states = new Map([['w', parameter], ...slots]);
    this.values = new Map(scalars);
    this.values.set('w', this.#flat(builder.state(parameter)));
    this.values.set('g', this.#flat(gradient));
    for (const [slot, state] of slots) this.values.set(slot, this.#flat(builder.state(state)));
  }

  get gradient(): Node {
    return this.values.get('g')!;
  }

  /** Adds the gradient to those of the steps before; the sum is the gradient from here on. */
  gather(): void {
    const { gathers } = this.prepared;
    if (!gathers) return;
    const node = this.#compute(gathers, 'next.sum', false);
    this.#assign(gathers.name, node);
    this.values.set('g', node);
  }

  step(): void {
    const { statements, takes } = this.prepared;
    const old = new Map(this.values);
    for (const statement of statements) {
      const { name } = statement;
      // One loop over the parameter for all of them.
      const node = this.#compute(statement, `next.${name}`, statements.length > 1);
      this.values.set(name, node);
      if (!takes) this.#assign(name, node);
    }
    if (!takes) return;
    for (const name of new Set(statements.map((statement) => statement.name)))
      if (this.#states.has(name)) {
        this.values.set('next', this.values.get(name)!).set('old', old.get(name)!);
        this.#assign(name, this.#compute(takes, `taken.${name}`, true));
      }
  }

  #flat(node: Node): Node {
    return this.builder.view(node, [elementCount(this.parameter.shape)], this.#options('flat'));
  }

  #options(name: string) {
    const { parameter, prepared } = this;
    const origins = [{ layer: parameter.name, operator: prepared.rule.name, role: 'update' as const }];
    return { name: `${parameter.name}.${name}`, origins };
  }

  #compute({ item, operands }: ParsedStatement, name: string, shares: boolean): Node {
    const inputs = operands.map((operand) => this.values.get(operand)!);
    const { axes, body } = this.formulas.builtin(item, {
      shapes: inputs.map((input) => input.shape),
      constants: this.prepared.rule.constants,
    });
    const shared = shares ? { loop: `${this.parameter.name}.update`, axis: axes[0]!.name } : undefined;
    return this.builder.formula(inputs, axes, body, this.#options(name), { shared });
  }

  #assign(name: string, node: Node): void {
    const state = this.#states.get(name);
    if (state) this.builder.results.push({ role: 'assign', state, node });
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
