/**
 * @file The syntax tree of a `.cnn` file. It says what was written and where, and nothing about what it means: whether
 * a name is a layer, a block or a number is decided by the semantics.
 */
import type { Span } from '../diagnostics/diagnostic.ts';

export interface Program {
  readonly kind: 'program';
  readonly items: readonly Item[];
  /** All comments of the file in source order, with their text as written (`// …` or `/* … *​/`). */
  readonly comments: readonly Comment[];
  readonly span: Span;
}

export interface Comment {
  readonly text: string;
  readonly span: Span;
}

export interface Name {
  readonly text: string;
  readonly span: Span;
}

export type Item =
  | ImportItem
  | NetworkItem
  | BlockItem
  | FunctionItem
  | OperatorItem
  | TrainItem
  | Binding
  | AllowStatement;

/** `import { Basic, Bottleneck } from "std/residual"` */
export interface ImportItem {
  readonly kind: 'import';
  readonly names: readonly Name[];
  readonly from: StringLiteral;
  readonly span: Span;
}

/** `channels` or `stride = 1` in a list of parameters. */
export interface Parameter {
  readonly kind: 'parameter';
  readonly name: Name;
  readonly defaultValue?: Expression;
  readonly span: Span;
}

/** `network Name(parameters) { … }` */
export interface NetworkItem {
  readonly kind: 'network';
  readonly name: Name;
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
  readonly span: Span;
}

/** `block Name(parameters) { … }`: `in` is what flows into it, `return` what flows out. */
export interface BlockItem {
  readonly kind: 'block';
  readonly name: Name;
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
  readonly span: Span;
}

/** `fn swish(x) = x * sigmoid(x)` */
export interface FunctionItem {
  readonly kind: 'fn';
  readonly name: Name;
  readonly parameters: readonly Parameter[];
  readonly body: Expression;
  readonly span: Span;
}

/** `x[c, h, w]` in the head of an `op`, the names being those of its axes. */
export interface TensorPattern {
  readonly kind: 'pattern';
  readonly name: Name;
  readonly axes: readonly Name[];
  readonly span: Span;
}

/** `op name(x[c, h, w], k[o, c, p, q], stride = 1) -> y[o, i, j] = sum(c, p, q) …` */
export interface OperatorItem {
  readonly kind: 'op';
  readonly name: Name;
  readonly operands: readonly TensorPattern[];
  /** Numbers that applications may give. */
  readonly parameters: readonly Parameter[];
  readonly result: TensorPattern;
  readonly body: Expression;
  readonly span: Span;
}

/** `train Name { … }` */
export interface TrainItem {
  readonly kind: 'train';
  readonly network: Name;
  readonly settings: readonly Setting[];
  /** Those before a setting, or at the end. */
  readonly allowances: readonly AllowStatement[];
  readonly span: Span;
}

/** One line of a `train` block: `optimizer sgd(lr: 0.1)`, `batch 128`, `normalize mean: [0.5], std: [0.2]`. */
export interface Setting {
  readonly kind: 'setting';
  readonly name: Name;
  readonly arguments: readonly Argument[];
  readonly span: Span;
}

export type Statement =
  | InputStatement
  | TargetStatement
  | Binding
  | LossStatement
  | MetricStatement
  | OutputStatement
  | AssertStatement
  | FreezeStatement
  | ReturnStatement
  | ForStatement
  | AllowStatement;

/** `input image: [3, 32, 32]` */
export interface InputStatement {
  readonly kind: 'input';
  readonly name: Name;
  readonly type: Expression;
  readonly span: Span;
}

/** `target label: class(10)` or `target depth: [1, 32, 32]` */
export interface TargetStatement {
  readonly kind: 'target';
  readonly name: Name;
  readonly type: Expression;
  readonly span: Span;
}

/** `name = value`; at the top level of a file it defines a constant. */
export interface Binding {
  readonly kind: 'binding';
  readonly name: Name;
  readonly value: Expression;
  readonly span: Span;
}

export interface LossStatement {
  readonly kind: 'loss';
  readonly value: Expression;
  readonly span: Span;
}

export interface MetricStatement {
  readonly kind: 'metric';
  /** `metric error = 1 - accuracy(…)`; without a name it is called after the function. */
  readonly name?: Name;
  readonly value: Expression;
  readonly span: Span;
}

/** `output probs = softmax(logits)` or `output logits` */
export interface OutputStatement {
  readonly kind: 'output';
  readonly name: Name;
  readonly value?: Expression;
  readonly span: Span;
}

export interface AssertStatement {
  readonly kind: 'assert';
  readonly condition: Expression;
  readonly span: Span;
}

/** `allow CNN5001 "reason"`: what the rule finds in the next statement, setting or item is not told. */
export interface AllowStatement {
  readonly kind: 'allow';
  readonly code: Name;
  readonly reason: StringLiteral;
  readonly span: Span;
}

/** `freeze backbone` */
export interface FreezeStatement {
  readonly kind: 'freeze';
  readonly name: Expression;
  readonly span: Span;
}

export interface ReturnStatement {
  readonly kind: 'return';
  readonly value: Expression;
  readonly span: Span;
}

/** `for width in [16, 32] { x = x -> Basic(width) }` rebinds names of the enclosing body. */
export interface ForStatement {
  readonly kind: 'for';
  /** Several take the items of lists in the list. */
  readonly variables: readonly Name[];
  readonly list: Expression;
  readonly body: readonly Statement[];
  readonly span: Span;
}

export type Expression =
  | NumberLiteral
  | PairLiteral
  | StringLiteral
  | BooleanLiteral
  | Identifier
  | ListExpression
  | CallExpression
  | MemberExpression
  | IndexExpression
  | ReduceExpression
  | UnaryExpression
  | BinaryExpression
  | IfExpression
  | PipelineExpression;

/** `0.1`, `300k`, `45M`, `512KB`, `10%`, `2 epochs`. */
export interface NumberLiteral {
  readonly kind: 'number';
  /** The value with its suffix applied: `300k` is 300000, `10%` is 0.1, `4KB` is 4096. */
  readonly value: number;
  /** The suffix or unit as written: `k`, `KB`, `%`, `epochs`, `steps`; absent for a plain number. */
  readonly unit?: string;
  /** As written, for the formatter. */
  readonly text: string;
  readonly span: Span;
}

/** `3x3`, `5x1`: vertical, horizontal. */
export interface PairLiteral {
  readonly kind: 'pair';
  readonly values: readonly [number, number];
  readonly span: Span;
}

export interface StringLiteral {
  readonly kind: 'string';
  readonly value: string;
  readonly span: Span;
}

export interface BooleanLiteral {
  readonly kind: 'boolean';
  readonly value: boolean;
  readonly span: Span;
}

/** Any name, `in` included. */
export interface Identifier {
  readonly kind: 'identifier';
  readonly text: string;
  readonly span: Span;
}

export interface ListExpression {
  readonly kind: 'list';
  readonly items: readonly Expression[];
  readonly span: Span;
}

/** `16` or `stride: 2` */
export interface Argument {
  readonly kind: 'argument';
  readonly name?: Name;
  readonly value: Expression;
  readonly span: Span;
}

/** `conv(16, 3x3, pad: same)` */
export interface CallExpression {
  readonly kind: 'call';
  readonly callee: Name;
  readonly arguments: readonly Argument[];
  readonly span: Span;
}

/** `in.channels` */
export interface MemberExpression {
  readonly kind: 'member';
  readonly object: Expression;
  readonly member: Name;
  readonly span: Span;
}

/** `x[c, i + p, j + q]`: an access in a formula, or an element of a list. */
export interface IndexExpression {
  readonly kind: 'index';
  readonly object: Expression;
  readonly indices: readonly Expression[];
  readonly span: Span;
}

/** `sum(c, p, q) body` or `max(p, q) body`; `body` extends as far as a product does: `sum(c) a * b + d` is `(sum(c) a * b) + d`. */
export interface ReduceExpression {
  readonly kind: 'reduce';
  readonly operator: 'sum' | 'max';
  readonly axes: readonly Name[];
  readonly body: Expression;
  readonly span: Span;
}

export interface UnaryExpression {
  readonly kind: 'unary';
  readonly operator: '-' | 'not';
  readonly operand: Expression;
  readonly span: Span;
}

export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '^' | '==' | '!=' | '<' | '<=' | '>' | '>=' | 'and' | 'or';

export interface BinaryExpression {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly span: Span;
}

/** `if stride == 1 { in } else { in -> conv(…) }`; `else if` nests. The branches are single expressions. */
export interface IfExpression {
  readonly kind: 'if';
  readonly condition: Expression;
  readonly consequent: Expression;
  readonly alternate: Expression;
  readonly span: Span;
}

/** `source -> stage -> stage` */
export interface PipelineExpression {
  readonly kind: 'pipeline';
  readonly source: Expression;
  readonly stages: readonly Stage[];
  readonly span: Span;
}

/** `conv1: conv(6, 5x5)`, `"features.0": conv(6, 5x5)`, `relu`, `repeat(n) Basic(16)`, `if deep { Basic(16) } else { relu }`. */
export interface Stage {
  readonly kind: 'stage';
  /** The in-place name. */
  readonly name?: Name;
  /** Written in quotation marks: it names layers, and no value. */
  readonly quoted?: true;
  /** The count of `repeat(count)`, when written. */
  readonly repeat?: Expression;
  /** An identifier, a call, or an `if` whose branches are stages. */
  readonly target: Expression;
  readonly span: Span;
}

/** Whatever has a kind and a place: all of a tree but names and comments. */
export type SyntaxNode =
  | Program
  | Item
  | Parameter
  | TensorPattern
  | Setting
  | Statement
  | Expression
  | Argument
  | Stage;

export type SyntaxKind = SyntaxNode['kind'];
