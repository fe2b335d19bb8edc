/** @file Networks made layer by layer, without text: the models that tests of everything behind the semantics need. */

import type { DiagnosticCode } from '../../src/diagnostics/catalogue.ts';
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts';
import { Instantiations } from '../../src/formula/instantiations.ts';
import { GraphBuilder } from '../../src/ir/builder.ts';
import type { Node } from '../../src/ir/graph.ts';
import { Facts, LayerContext, StateRegistry } from '../../src/ops/context.ts';
import type { Mode, Operand, OperatorDefinition } from '../../src/ops/operator.ts';
import { findOperator } from '../../src/ops/registry.ts';
import { settleAttributes } from '../../src/ops/settle.ts';
import { functionOperator } from '../../src/semantics/evaluate/elementwise.ts';
import type { Layer, LayerOperand, Model, ModelInput, ModelTarget } from '../../src/semantics/model.ts';
import type { AttributeType, AttributeValue, AttributeValues } from '../../src/specs/attributes.ts';

export interface NetworkOptions {
  readonly mode?: Mode;
  readonly states?: StateRegistry;
}

export class NetworkBuilder {
  readonly builder: GraphBuilder;
  readonly states: StateRegistry;
  readonly mode: Mode;
  readonly #inputs: ModelInput[] = [];
  readonly #targets: ModelTarget[] = [];
  readonly #layers: Layer[] = [];
  readonly #outputs: { name: string; node: Node }[] = [];
  #weight: Node | undefined;
  #seed: Node | undefined;
  #streams = 0;

  constructor(
    readonly name = 'test',
    options: NetworkOptions = {},
  ) {
    this.builder = new GraphBuilder(name);
    this.mode = options.mode ?? 'training';
    this.states = options.states ?? new StateRegistry();
  }

  input(name: string, shape: readonly number[]): Node {
    const node = this.builder.source({ role: 'image', name }, shape, name);
    this.#inputs.push({ name, shape, node });
    return node;
  }

  classTarget(name: string, classes: number, shape: readonly number[] = [], ignore?: number): Node {
    const type = { kind: 'class' as const, classes, shape, ...(ignore !== undefined && { ignore }) };
    const node = this.builder.source(
      { role: 'target', name, classes, ...(ignore !== undefined && { ignore }) },
      shape,
      name,
    );
    this.#targets.push({ name, type, node });
    return node;
  }

  tensorTarget(name: string, shape: readonly number[]): Node {
    const node = this.builder.source({ role: 'target', name }, shape, name);
    this.#targets.push({ name, type: { kind: 'tensor', shape }, node });
    return node;
  }

  /** Applies an operator; attributes are written as in the language: a number for a pair, any form of padding. */
  layer(operator: string, inputs: Node | readonly Node[], given: Record<string, unknown> = {}, name?: string): Node {
    const definition = definitionOf(operator);
    const operands = Array.isArray(inputs) ? (inputs as readonly Node[]) : [inputs as Node];
    const layer = name ?? `${operator}${this.#layers.length}`;
    const known = new Set(this.states.all);
    const attributes = attributesOf(definition, given, operands[0]?.shape ?? []);
    const facts = new Facts();
    const output = this.#apply(definition, layer, operands, attributes, facts);
    const states = this.states.all.filter((state) => state.owner!.layer === layer || !known.has(state));
    this.#layers.push(recordOf(definition, { name: layer, attributes, operands, output, states, facts }));
    return output;
  }

  /** A function of the language, as expressions apply it to values and constants. */
  call(name: string, operands: readonly Operand[]): Node {
    const definition = functionOperator(name);
    const layer = `${name}${this.#layers.length}`;
    const facts = new Facts();
    const output = this.#apply(definition, layer, operands, {}, facts);
    this.#layers.push(recordOf(definition, { name: layer, attributes: {}, operands, output, states: [], facts }));
    return output;
  }

  loss(operator: string, inputs: readonly Node[], given: Record<string, unknown> = {}): Node {
    const definition = definitionOf(operator);
    const node = this.#apply(definition, 'loss', inputs, attributesOf(definition, given, inputs[0]!.shape));
    this.builder.results.push({ role: 'loss', node });
    return node;
  }

  metric(operator: string, inputs: readonly Node[], given: Record<string, unknown> = {}): Node {
    const definition = definitionOf(operator);
    const node = this.#apply(definition, operator, inputs, attributesOf(definition, given, inputs[0]!.shape));
    this.builder.results.push({ role: 'metric', name: operator, node });
    return node;
  }

  output(name: string, node: Node): void {
    this.#outputs.push({ name, node });
    this.builder.results.push({ role: 'output', name, node });
  }

  model(): Model {
    return {
      name: this.name,
      mode: this.mode,
      inputs: this.#inputs,
      targets: this.#targets,
      outputs: this.#outputs,
      layers: this.#layers,
      steps: this.#layers,
      graph: this.builder.finish(),
    };
  }

  #apply(
    definition: OperatorDefinition,
    layer: string,
    operands: readonly Operand[],
    attributes: AttributeValues,
    facts = new Facts(),
  ): Node {
    const weight = () => (this.#weight ??= this.builder.source({ role: 'weight' }, [], 'weight'));
    const seed = () => (this.#seed ??= this.builder.source({ role: 'seed' }, [], 'seed'));
    return definition.build(
      new LayerContext({
        builder: this.builder,
        states: this.states,
        formulas: new Instantiations(),
        layer,
        operator: definition.name,
        operands,
        facts,
        attributes,
        mode: this.mode,
        weight,
        seed,
        nextStream: () => this.#streams++,
        weightInitializer: { kind: 'kaiming' },
        fail: ({ code, message }) => new DiagnosticError({ code, severity: 'error', message, notes: [] }),
      }),
    );
  }
}

interface Built extends Pick<Layer, 'name' | 'attributes' | 'output' | 'states'> {
  readonly operands: readonly Operand[];
  readonly facts?: Facts;
}

/** As the semantics would record it. */
export function recordOf(definition: OperatorDefinition, { facts = new Facts(), operands, ...built }: Built): Layer {
  const inputs = operands.filter((operand) => typeof operand !== 'number');
  const span = { file: 'test.cnn', start: 0, end: 0 };
  return {
    ...built,
    path: [built.name],
    operator: definition.name,
    definition,
    via: 'call',
    resolved: { ...built.attributes, ...facts.resolved },
    attributeSpans: new Map(),
    operands: operands.map((operand): LayerOperand => {
      if (typeof operand === 'number') return { number: operand, span };
      const shape = facts.shapes.get(inputs.indexOf(operand));
      return { node: operand, span, ...(shape && { shape }) };
    }),
    inputs,
    span,
    written: span,
  };
}

function definitionOf(operator: string): OperatorDefinition {
  const definition = findOperator(operator);
  if (!definition) throw new Error(`there is no operator ${operator}`);
  return definition;
}

/** The attributes as the semantics would give them for an input of this shape. */
export function attributesOf(
  definition: OperatorDefinition,
  given: Readonly<Record<string, unknown>>,
  shape: readonly number[],
): AttributeValues {
  for (const name of Object.keys(given))
    if (!definition.attributes.some((spec) => spec.name === name))
      throw new Error(`\`${definition.name}\` has no attribute ${name}`);
  const written = definition.attributes.map(({ name, type, default: preset }) => {
    const value = (given[name] ?? preset) as AttributeValue;
    return [name, type === 'sizes' || type === 'padding' || type === 'sides' ? numbersOf(type, value, shape) : value];
  });
  return settleAttributes(definition, Object.fromEntries(written), shape, ({ code, message }) => {
    throw new DiagnosticError({ code: code as DiagnosticCode, severity: 'error', message, notes: [] });
  });
}

/** A number for every axis, or a pair for the sides of a map. */
function numbersOf(type: AttributeType, value: AttributeValue, shape: readonly number[]): AttributeValue {
  if (typeof value === 'number') return [value];
  const isPair = type !== 'sizes' && Array.isArray(value) && value.length === 2 && shape.length === 3;
  return isPair ? ([...value, ...value] as AttributeValue) : value;
}
