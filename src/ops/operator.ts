/**
 * @file What an operator is: attributes, documentation, and a `build` that writes its formulas. Everything else (shapes,
 * cost, receptive field, gradient, loops) is derived from the formulas. One file per operator, one line in the registry.
 */
import type { FormulaArguments } from '../formula/from-syntax.ts';
import type { Initialization, Node, Shape } from '../ir/graph.ts';
import type { Axis, Scalar } from '../ir/scalar.ts';
import {
  type AttributeSpec,
  type Attributes,
  type AttributeValue,
  type AttributeValues,
  named,
  type ValuesOf,
} from '../specs/attributes.ts';

export type Mode = 'training' | 'inference';

/** Reported by `fail` at the layer, or at one of its attributes. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly attribute?: string;
  readonly notes?: readonly string[];
  readonly help?: string;
}

/** `2` and `x` in `2 - x`. */
export type Operand = Node | number;

/** `Values`: what the operator's attributes were read to. */
export interface OperatorContext<Values extends AttributeValues = AttributeValues> {
  /** What is computed with, in order; constants stand in expressions only. */
  readonly operands: readonly Operand[];
  /** The values among the operands. */
  readonly inputs: readonly Node[];
  readonly attributes: Values;
  readonly mode: Mode;
  /** Values every network has: 1/N per image, and the random seed per image. */
  readonly weight: Node;
  readonly seed: Node;
  /**
   * A trainable parameter `layer.name`, in PyTorch's shape. What starts at 0 is a bias unless `part` says otherwise: `init`
   * is about weights, `bias_init` about biases.
   */
  parameter(name: string, shape: Shape, initialization: Initialization, part?: 'weight' | 'bias'): Node;
  /** A running statistic `layer.name`. */
  buffer(name: string, shape: Shape, value: number): Node;
  /** Lets the update store `value` as the new value of a buffer. */
  assign(buffer: Node, value: Node): void;
  /** A formula in the notation of `op`, parsed once and instantiated for these operands. */
  apply(formula: string, operands: readonly Node[], options?: ApplyOptions): Node;
  /** A formula that the notation cannot express, written as an expression. */
  formula(operands: readonly Node[], axes: readonly Axis[], body: Scalar, name: string): Node;
  view(node: Node, shape: Shape): Node;
  /** Tells what words and gaps became for these inputs: `pad: same` in numbers. */
  resolves(values: { readonly [Name in keyof Values]?: AttributeValue }): void;
  /** Tells under which shape an input is read, where it is not its own: flattened, or stretched to meet maps. */
  reads(input: number, shape: Shape): void;
  /** A number that differs from one random layer to the next. */
  nextStream(): number;
  fail(failure: Failure): never;
}

export interface ApplyOptions extends Omit<FormulaArguments, 'shapes' | 'names'> {
  /** Suffix of the node's name, for all but the layer's own result. */
  readonly name?: string;
}

/** What rules of advice ask about an operator, where its formulas do not say it plainly. */
export interface Traits<Values extends AttributeValues = AttributeValues> {
  /** A function of each number by itself that bends. */
  readonly activation?: true;
  /** Of so many in a row hardly any gradient is left. */
  readonly saturates?: number;
  /** Of what it gave it makes the same again. */
  readonly idempotent?: true;
  /** Results lie between these, whatever flows in. */
  readonly range?: readonly [low: number, high: number];
  /**
   * `numbers`: gives the numbers of its input, in another shape or order, or scaled alike while training. `range`: what it
   * gives lies between numbers of its input.
   */
  readonly keeps?: 'numbers' | 'range';
  /** Takes scores of any size, and what it makes of them; `margin`: compares them as they are. */
  readonly takesScores?: 'softmax' | 'sigmoid' | 'margin';
  /** Subtracts the mean of each channel, or of values of several channels. */
  readonly normalizes?: 'channels' | 'image';
  /** Drops single numbers or maps while training. */
  readonly drops?: true;
  /** Adds to another path, by which gradients reach the layers before. */
  readonly joins?: true;
  /** Why the result is the same for every input of this shape, in batches of that size; nothing where it is not. */
  constantFor?(input: Shape, attributes: Values, batch: number): string | undefined;
}

export interface OperatorDefinition {
  readonly name: string;
  readonly summary: string;
  /** The formula as mathematics for the documentation. */
  readonly formula: string;
  /** How many tensors flow in: `->` gives the first, arguments the rest. */
  readonly inputs: number | 'many';
  /** Also works on a single number per image, which has no dimension. */
  readonly takesNumbers?: boolean;
  /** In positional order. */
  readonly attributes: readonly AttributeSpec[];
  readonly example: string;
  /** A loss or metric gives one uniform number. */
  readonly kind: 'layer' | 'loss' | 'metric';
  /** The second input, where it is a target itself, holds values from 0 to 1. */
  readonly takesFractions?: boolean;
  /** What the runtime makes of a metric's mean over a data set, where that is not the metric itself. */
  readonly finish?: 'confusion' | 'recall' | 'iou';
  readonly traits?: Traits;
  build(context: OperatorContext): Node;
}

/** An operator as it is written down: attributes by name, from which the types of their values follow. */
interface Written<Set extends Attributes> extends Omit<OperatorDefinition, 'attributes' | 'traits' | 'build'> {
  readonly attributes: Set;
  readonly traits?: Traits<ValuesOf<Set>>;
  build(context: OperatorContext<ValuesOf<Set>>): Node;
}

export function defineOperator<const Set extends Attributes>(written: Written<Set>): OperatorDefinition {
  return { ...written, attributes: named(written.attributes) };
}
