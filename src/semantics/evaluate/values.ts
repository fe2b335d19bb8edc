/**
 * @file What an expression can stand for while a network is elaborated. Tensors are nodes of the graph; layers and block
 * instances are values too until something flows into them, so they can be named, passed to blocks and applied again.
 */
import { printShape } from '../../common/shape.ts';
import type { Span } from '../../diagnostics/diagnostic.ts';
import type { FormulaFunction, FormulaNames } from '../../formula/scalar-from-syntax.ts';
import { type ChosenInitialization, type Node, sourceOf } from '../../ir/graph.ts';
import type { OperatorDefinition } from '../../ops/operator.ts';
import type { AttributeValues } from '../../specs/attributes.ts';
import type { Argument, BlockItem, OperatorItem } from '../../syntax/ast.ts';
import type { Initializer } from '../../training/initializers/initializer.ts';
import type { Identity } from '../layers/naming.ts';
import type { Entry, Scope } from '../names/scope.ts';

export type Value =
  | NumberValue
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  /** A word with a meaning of its own as an argument, such as `same` or `half`. */
  | { readonly kind: 'word'; readonly value: string }
  | { readonly kind: 'pair'; readonly values: readonly [number, number] }
  | ListValue
  | InitializerValue
  | TensorValue
  | CallableValue
  | LayerValue
  | InstanceValue;

export interface NumberValue {
  readonly kind: 'number';
  readonly value: number;
  /** `epochs` or `steps`. */
  readonly unit?: string;
}

export interface ListValue {
  readonly kind: 'list';
  readonly items: readonly Value[];
}

/** `normal(0.02)` */
export interface InitializerValue {
  readonly kind: 'initializer';
  readonly initialization: ChosenInitialization;
}

export interface TensorValue {
  readonly kind: 'tensor';
  readonly node: Node;
}

/** A tensor and where the program mentions it. */
export interface PlacedTensor {
  readonly node: Node;
  readonly span: Span;
}

/** A constant in the place of a tensor, as in `2 - x`. */
export interface PlacedNumber {
  readonly number: number;
  readonly span: Span;
}

export type PlacedOperand = (PlacedTensor | PlacedNumber) & {
  /** Of a function of the program: the name of its parameter. */
  readonly parameter?: string;
};

/** The bare name of something that takes arguments. */
export interface CallableValue {
  readonly kind: 'callable';
  readonly target: Callable;
}

export type Callable =
  | { readonly kind: 'operator'; readonly operator: OperatorDefinition }
  | { readonly kind: 'block'; readonly block: BlockDefinition }
  | { readonly kind: 'initializer'; readonly initializer: Initializer }
  | { readonly kind: 'op'; readonly formula: OperatorFormula }
  /** A pointwise function, or `floor` and the like for constants. */
  | {
      readonly kind: 'function';
      readonly name: string;
      /** For one of the program. */
      readonly definition?: FormulaFunction;
      /** The arguments after the tensor that is still to flow in. */
      readonly rest?: readonly EvaluatedArgument[];
    };

/** An operator of the program, and the file in which it stands. */
export interface OperatorFormula {
  readonly item: OperatorItem;
  readonly names: FormulaNames;
}

export interface BlockDefinition {
  readonly item: BlockItem;
  /** Of the file. */
  readonly scope: Scope<Value>;
}

export interface EvaluatedArgument {
  readonly name?: Argument['name'];
  readonly value: Value;
  readonly span: Span;
  /** What it names, where it is a name that has a value of the program. */
  readonly from?: Pick<Entry<Value>, 'name' | 'span'>;
}

/** How the parameters of one layer start and are trained, where that differs from the `train` block. */
export interface LayerTraining {
  /** Of weights, and of biases. */
  readonly init?: ChosenInitialization;
  readonly biasInit?: ChosenInitialization;
  /** Where the start of biases is named. */
  readonly biasSpan?: Span;
  /** Of the learning rate. */
  readonly rateFactor?: number;
  readonly weightDecay?: number;
}

/** An operator with its attributes, and all its tensors but the one that flows in. */
export interface LayerValue {
  readonly kind: 'layer';
  readonly operator: OperatorDefinition;
  readonly attributes: AttributeValues;
  readonly attributeSpans: ReadonlyMap<string, Span>;
  readonly tensors: readonly PlacedTensor[];
  readonly training?: LayerTraining & { readonly span: Span };
  readonly span: Span;
  /** Where it is written, however it is applied. */
  readonly written: Span;
  readonly declaration?: LayerDeclaration;
}

/** Shared by all applications of a layer that was bound to a name. */
export interface LayerDeclaration {
  readonly name: string;
  identity?: Identity;
}

/** A block with its arguments. */
export interface InstanceValue {
  readonly kind: 'instance';
  readonly block: BlockDefinition;
  readonly arguments: ReadonlyMap<string, Value>;
  readonly span: Span;
  readonly declaration?: InstanceDeclaration;
}

export interface InstanceDeclaration {
  readonly name: string;
  /** The layers of the first application, in order; later ones share their weights. */
  layers?: readonly Identity[];
}

/** For messages: `the number 3`, `a tensor [16, 8, 8]`. */
export function describe(value: Value): string {
  switch (value.kind) {
    case 'number':
      return `the number ${value.value}${value.unit && /s$/.test(value.unit) ? ` ${value.unit}` : ''}`;
    case 'boolean':
      return `${value.value}`;
    case 'string':
      return `the text "${value.value}"`;
    case 'word':
      return `the word \`${value.value}\``;
    case 'pair':
      return `the pair ${value.values.join('x')}`;
    case 'initializer':
      return `the initialiser \`${value.initialization.kind}\``;
    case 'list':
      return `a list of ${value.items.length}`;
    case 'tensor':
      return describeNode(value.node);
    case 'callable':
      return `the ${describeCallable(value.target)}`;
    case 'layer':
      return `a layer \`${value.operator.name}\``;
    case 'instance':
      return `a block \`${value.block.item.name.text}\``;
  }
}

export function describeCallable(target: Callable): string {
  switch (target.kind) {
    case 'operator':
      return `layer \`${target.operator.name}\``;
    case 'block':
      return `block \`${target.block.item.name.text}\``;
    case 'initializer':
      return `initialiser \`${target.initializer.name}\``;
    case 'op':
      return `operator \`${target.formula.item.name.text}\``;
    case 'function':
      return `function \`${target.name}\``;
  }
}

export function describeNode(node: Node): string {
  const classes = classesOf(node);
  if (classes !== undefined)
    return node.shape.length > 0 ? `a map ${printShape(node.shape)} of ${classes} classes` : `a class of ${classes}`;
  if (node.shape.length === 0) return node.varying ? 'one number per image' : 'one number';
  return `a tensor ${printShape(node.shape)}`;
}

/** The number of classes, for a class target. */
export function classesOf(node: Node): number | undefined {
  const source = sourceOf(node);
  return source?.role === 'target' ? source.classes : undefined;
}
