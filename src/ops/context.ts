/** @file The context in which an operator builds its formulas for one layer. */
import type { DiagnosticError } from '../diagnostics/diagnostic.ts';
import type { Instantiations } from '../formula/instantiations.ts';
import type { GraphBuilder } from '../ir/builder.ts';
import {
  type ChosenInitialization,
  type Initialization,
  type Node,
  type Shape,
  type State,
  type StateOwner,
  sourceOf,
  USUAL_START,
} from '../ir/graph.ts';
import type { Axis, Scalar } from '../ir/scalar.ts';
import type { AttributeValue, AttributeValues } from '../specs/attributes.ts';
import { parseOperator } from '../syntax/parse.ts';
import type { ApplyOptions, Failure, Mode, Operand, OperatorContext } from './operator.ts';

/** States by name, shared by the graphs of one network: training and inference read the same weights. */
export class StateRegistry {
  readonly #states = new Map<string, State>();

  get all(): readonly State[] {
    return [...this.#states.values()];
  }

  find(name: string): State | undefined {
    return this.#states.get(name);
  }

  obtain(state: State): State {
    const known = this.#states.get(state.name);
    if (known) return known;
    this.#states.set(state.name, state);
    return state;
  }
}

/** What an operator tells of a layer while it is built. */
export class Facts {
  /** Attributes that became other than what was given: `pad: same` in numbers. */
  readonly resolved: Record<string, AttributeValue> = {};
  /** Shapes under which inputs are read that have another of their own, by the number of the input. */
  readonly shapes = new Map<number, Shape>();
}

export interface LayerSetting {
  readonly builder: GraphBuilder;
  readonly states: StateRegistry;
  readonly formulas: Instantiations;
  /** Full name of the layer: `stage1.0.main.conv`. */
  readonly layer: string;
  readonly operator: string;
  readonly operands: readonly Operand[];
  readonly attributes: AttributeValues;
  readonly mode: Mode;
  readonly weight: () => Node;
  readonly seed: () => Node;
  readonly nextStream: () => number;
  /** How weights are initialised unless the operator has its own way (biases, scales). */
  readonly weightInitializer: ChosenInitialization;
  /** How this layer's weights and biases are, in any case. */
  readonly layerInitializer?: ChosenInitialization;
  readonly biasInitializer?: ChosenInitialization;
  /** Learns what the operator makes of its attributes and inputs. */
  readonly facts?: Facts;
  /** Makes the diagnostic; the context throws it as a `DiagnosticError`. */
  readonly fail: (failure: Failure) => DiagnosticError;
}

export class LayerContext implements OperatorContext {
  readonly operands: readonly Operand[];
  readonly inputs: readonly Node[];
  readonly attributes: AttributeValues;
  readonly mode: Mode;

  constructor(readonly setting: LayerSetting) {
    const { operands, attributes, mode } = setting;
    this.operands = operands;
    this.inputs = operands.filter((operand) => typeof operand !== 'number');
    this.attributes = attributes;
    this.mode = mode;
  }

  get weight(): Node {
    return this.setting.weight();
  }

  get seed(): Node {
    return this.setting.seed();
  }

  parameter(
    name: string,
    shape: Shape,
    initialization: Initialization,
    part: 'weight' | 'bias' = initialization.kind === 'zeros' ? 'bias' : 'weight',
  ): Node {
    const scales = part === 'weight' && initialization.kind === 'ones';
    return this.#state(name, part, shape, withChoice(initialization, part, this.setting), scales);
  }

  buffer(name: string, shape: Shape, value: number): Node {
    return this.#state(name, 'statistic', shape, { kind: 'constant', value, fanIn: 1, fanOut: 1 });
  }

  #state(leaf: string, part: StateOwner['part'], shape: Shape, initializer: Initialization, scales = false): Node {
    const { builder, states, layer } = this.setting;
    const role = part === 'statistic' ? 'buffer' : 'parameter';
    const owner: StateOwner = { layer, leaf, part, ...(scales && { scales }) };
    const trainable = role === 'parameter';
    return builder.state(states.obtain({ name: `${layer}.${leaf}`, role, owner, shape, trainable, initializer }));
  }

  assign(buffer: Node, value: Node): void {
    const source = sourceOf(buffer);
    if (source?.role === 'state')
      this.setting.builder.results.push({ role: 'assign', state: source.state, node: value });
  }

  apply(text: string, operands: readonly Node[], options: ApplyOptions = {}): Node {
    const { axes, body } = this.setting.formulas.builtin(parseOperator(text), {
      shapes: operands.map((operand) => operand.shape),
      ...options,
    });
    return this.formula(operands, axes, body, options.name);
  }

  formula(operands: readonly Node[], axes: readonly Axis[], body: Scalar, name?: string): Node {
    return this.setting.builder.formula(operands, axes, body, this.#named(name));
  }

  view(node: Node, shape: Shape): Node {
    return this.setting.builder.view(node, shape, this.#named('view'));
  }

  #named(suffix: string | undefined) {
    const { layer, operator } = this.setting;
    return {
      name: suffix ? `${layer}.${suffix}` : layer,
      origins: [{ layer, operator, role: 'forward' as const }],
    };
  }

  resolves(values: Readonly<Record<string, AttributeValue | undefined>>): void {
    const { facts } = this.setting;
    if (facts) Object.assign(facts.resolved, values);
  }

  reads(input: number, shape: Shape): void {
    this.setting.facts?.shapes.set(input, shape);
  }

  nextStream(): number {
    return this.setting.nextStream();
  }

  fail(failure: Failure): never {
    throw this.setting.fail(failure);
  }
}

/** The `init` of a layer counts more than what its operator asks for, that of the network where that is nothing in particular. */
function withChoice(wanted: Initialization, part: 'weight' | 'bias', setting: LayerSetting): Initialization {
  const chosen = part === 'bias' ? setting.biasInitializer : setting.layerInitializer;
  if (chosen) return { ...wanted, ...chosen };
  return wanted.kind === USUAL_START ? { ...wanted, ...setting.weightInitializer } : wanted;
}
