/**
 * @file The loop language that every target prints: scalar loops for one image, in the manner of ISPC. A value is
 * *uniform* or *varying* (one per lane); where they meet, the uniform one is spread over the lanes. Addresses are affine
 * in the loop variables and counted in floats from the start of a buffer; a varying load reads `lanes` floats from there.
 */
import type { Affine } from '../ir/affine.ts';
import type { Arithmetic, Comparison, Table } from '../ir/scalar.ts';

export type Variance = 'uniform' | 'varying';

/** A region of memory as a kernel sees it. Its place is decided by the memory plan. */
export interface Buffer {
  readonly name: string;
  readonly variance: Variance;
  /** Floats, of one block if varying. */
  readonly length: number;
}

/**
 * `folded`: a varying sum whose lanes are partly added already; only `laneSum` may read it. `wide`: a sum in f64, rounded
 * to f32 where it is read.
 */
export interface Local {
  readonly kind: 'local';
  readonly name: string;
  readonly variance: Variance;
  readonly folded?: boolean;
  readonly wide?: boolean;
}

export type Expression =
  | { readonly kind: 'constant'; readonly value: number }
  | Local
  | { readonly kind: 'load'; readonly buffer: Buffer; readonly address: Affine }
  | { readonly kind: 'position'; readonly index: Affine }
  /** A number, as soon as the axes of its place are written out. */
  | { readonly kind: 'entry'; readonly table: Table; readonly row: Affine; readonly column: Affine }
  /** The value where every condition holds, else 0; the value is not touched otherwise. */
  | { readonly kind: 'guarded'; readonly conditions: readonly Condition[]; readonly value: Expression }
  | {
      readonly kind: 'arithmetic';
      readonly operator: Arithmetic;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Expression[] }
  | {
      readonly kind: 'select';
      readonly comparison: Comparison;
      readonly left: Expression;
      readonly right: Expression;
      readonly whenTrue: Expression;
      readonly whenFalse: Expression;
    }
  | { readonly kind: 'random'; readonly seed: Expression; readonly stream: number; readonly element: Affine }
  /** Sum over the lanes, in lane order: varying to uniform. */
  | { readonly kind: 'laneSum'; readonly operand: Expression }
  /** Stands for the value of the reduction, until the accumulators are known. */
  | { readonly kind: 'reduction'; readonly variance: Variance };

/** `0 <= index / divisor < extent`, the division exact. */
export interface Condition {
  readonly index: Affine;
  readonly divisor: number;
  readonly extent: number;
}

/** `affine / divisor` rounded down (of an upper bound) or up (of a lower bound). */
export interface BoundTerm {
  readonly affine: Affine;
  readonly divisor: number;
}

export type Statement =
  /** From the largest of `from` up to, and without, the smallest of `to`. */
  | {
      readonly kind: 'loop';
      readonly variable: string;
      readonly from: readonly BoundTerm[];
      readonly to: readonly BoundTerm[];
      readonly step: number;
      readonly body: readonly Statement[];
      /** Its rounds do not depend on each other. */
      readonly free?: boolean;
      /** Each of the threads that run the kernel takes a share of the rounds. */
      readonly divided?: boolean;
    }
  /** `divisor`: the value is divided by it, towards 0. */
  | { readonly kind: 'int'; readonly name: string; readonly value: Affine; readonly divisor?: number }
  /** `width`: lanes of a varying value that it covers, where that is not all of them; its loads read as many floats. */
  | {
      readonly kind: 'let';
      readonly name: string;
      readonly variance: Variance;
      readonly value: Expression;
      readonly width?: number;
    }
  | {
      readonly kind: 'var';
      readonly name: string;
      readonly variance: Variance;
      readonly folded?: boolean;
      /** Its value is 0, then. */
      readonly wide?: boolean;
      readonly value: Expression;
    }
  /** Adds a sum of few terms to a wide local, lane by lane. */
  | { readonly kind: 'widen'; readonly name: string; readonly value: Local }
  /** Adds a varying value to a folded local, in whatever order of lanes suits the target: one register holds it. */
  | { readonly kind: 'accumulate'; readonly name: string; readonly value: Expression; readonly width?: number }
  | { readonly kind: 'assign'; readonly name: string; readonly variance: Variance; readonly value: Expression }
  | {
      readonly kind: 'store';
      readonly buffer: Buffer;
      readonly address: Affine;
      readonly value: Expression;
      /** `add`: onto what is there. */
      readonly mode: 'set' | 'add';
      /** Lanes of a varying value that are stored, where that is not all of them. */
      readonly width?: number;
    };

/** Names of the integers that a kernel over blocks is given. */
export const FIRST_BLOCK = 'first';
export const END_BLOCK = 'end';

/** And those of one that threads divide: which of them this one is, and how many others there are. */
export const PART = 'part';
export const OTHERS = 'others';

/** Code over buffers that may lie anywhere: layers of equal shape share it. */
export interface Kernel {
  /** Runs over blocks, from the integer `FIRST_BLOCK` to `END_BLOCK`, instead of on one. */
  readonly overBlocks: boolean;
  /** Threads may run it together; they are told which part each of them has. */
  readonly divided?: boolean;
  readonly body: readonly Statement[];
  /** Buffers in order of first use. */
  readonly buffers: readonly Buffer[];
}

export function varianceOf(expression: Expression): Variance {
  switch (expression.kind) {
    case 'constant':
    case 'entry':
    case 'position':
    case 'laneSum':
      return 'uniform';
    case 'local':
    case 'reduction':
      return expression.variance;
    case 'load':
      return expression.buffer.variance;
    default:
      return operandsOf(expression).some((operand) => varianceOf(operand) === 'varying') ? 'varying' : 'uniform';
  }
}

export function operandsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'arithmetic':
      return [expression.left, expression.right];
    case 'call':
      return expression.arguments;
    case 'select':
      return [expression.left, expression.right, expression.whenTrue, expression.whenFalse];
    case 'random':
      return [expression.seed];
    case 'laneSum':
      return [expression.operand];
    case 'guarded':
      return [expression.value];
    default:
      return [];
  }
}

/** Rebuilds with operands and affine parts replaced. */
export function mapExpression(
  expression: Expression,
  map: (operand: Expression) => Expression,
  mapAffine: (affine: Affine) => Affine = (affine) => affine,
): Expression {
  switch (expression.kind) {
    case 'arithmetic':
      return {
        kind: 'arithmetic',
        operator: expression.operator,
        left: map(expression.left),
        right: map(expression.right),
      };
    case 'call':
      return { ...expression, arguments: expression.arguments.map(map) };
    case 'select':
      return {
        ...expression,
        left: map(expression.left),
        right: map(expression.right),
        whenTrue: map(expression.whenTrue),
        whenFalse: map(expression.whenFalse),
      };
    case 'random':
      return { ...expression, seed: map(expression.seed), element: mapAffine(expression.element) };
    case 'laneSum':
      return { ...expression, operand: map(expression.operand) };
    case 'guarded':
      return {
        ...expression,
        value: map(expression.value),
        conditions: expression.conditions.map((condition) => ({ ...condition, index: mapAffine(condition.index) })),
      };
    case 'load':
      return { kind: 'load', buffer: expression.buffer, address: mapAffine(expression.address) };
    case 'entry':
      return entryAt({ ...expression, row: mapAffine(expression.row), column: mapAffine(expression.column) });
    case 'position':
      return { ...expression, index: mapAffine(expression.index) };
    default:
      return expression;
  }
}

/** Affine parts of the expression itself, not of its operands. */
export function affinesOf(expression: Expression): readonly Affine[] {
  switch (expression.kind) {
    case 'load':
      return [expression.address];
    case 'entry':
      return [expression.row, expression.column];
    case 'position':
      return [expression.index];
    case 'random':
      return [expression.element];
    case 'guarded':
      return expression.conditions.map((condition) => condition.index);
    default:
      return [];
  }
}

function entryAt(entry: Extract<Expression, { kind: 'entry' }>): Expression {
  const { table, row, column } = entry;
  if (row.terms.length + column.terms.length > 0) return entry;
  return { kind: 'constant', value: table.rows[row.constant]![column.constant]! };
}

export function visitExpression(expression: Expression, see: (part: Expression) => void): void {
  see(expression);
  for (const operand of operandsOf(expression)) visitExpression(operand, see);
}
