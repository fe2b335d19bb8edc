/**
 * @file Scalar expressions: the right-hand sides of formulas. An access reads one element of an operand; out of range it
 * reads the identity of the reduction around it (0 for `sum`, -∞ for `max`), 0 where there is none. `call` applies a
 * pointwise function by name; what the functions mean and how they differentiate is the business of `formula/functions`.
 */
import {
  type Affine,
  affineRename,
  type Index,
  indexEqual,
  indexRename,
  indexSubstitute,
  printAffine,
  printIndex,
} from './affine.ts';
import { memoize } from './memoize.ts';

export interface Axis {
  readonly name: string;
  readonly extent: number;
}

/** A constant matrix. Loops over its rows and columns are always written out, so that entries become numbers. */
export interface Table {
  readonly name: string;
  readonly rows: readonly (readonly number[])[];
}

export type Comparison = '<' | '<=' | '==' | '!=' | '>' | '>=';
export type Arithmetic = '+' | '-' | '*' | '/';

export type Scalar =
  | { readonly kind: 'constant'; readonly value: number }
  /** Element of operand number `operand` of the formula's node. */
  | { readonly kind: 'access'; readonly operand: number; readonly indices: readonly Index[] }
  /** An entry of a small matrix known at compile time. */
  | { readonly kind: 'entry'; readonly table: Table; readonly row: Affine; readonly column: Affine }
  /** The value of an index expression, as a number. */
  | { readonly kind: 'position'; readonly index: Affine }
  /** 1 where the index is in [0, extent), else 0. */
  | { readonly kind: 'inside'; readonly index: Index; readonly extent: number }
  | { readonly kind: 'arithmetic'; readonly operator: Arithmetic; readonly left: Scalar; readonly right: Scalar }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Scalar[] }
  | {
      readonly kind: 'select';
      readonly comparison: Comparison;
      readonly left: Scalar;
      readonly right: Scalar;
      readonly whenTrue: Scalar;
      readonly whenFalse: Scalar;
    }
  /** Uniform in [0, 1): a hash of a per-image seed, the number of the random layer and the element. */
  | { readonly kind: 'random'; readonly seed: Scalar; readonly stream: number; readonly element: Affine }
  | Reduction;

/** `argmax` is the number of the first winning tap, the axes counted row-major. `batch`: also over the images. */
export interface Reduction {
  readonly kind: 'reduce';
  readonly operator: 'sum' | 'max' | 'argmax';
  readonly axes: readonly Axis[];
  readonly batch: boolean;
  readonly body: Scalar;
}

export type Access = Extract<Scalar, { kind: 'access' }>;

export const constant = (value: number): Scalar => ({ kind: 'constant', value });
export const access = (operand: number, indices: readonly Index[]): Access => ({ kind: 'access', operand, indices });
export const call = (name: string, ...args: Scalar[]): Scalar => ({ kind: 'call', name, arguments: args });

const arithmetic = (operator: Arithmetic, left: Scalar, right: Scalar): Scalar => ({
  kind: 'arithmetic',
  operator,
  left,
  right,
});
export const add = (left: Scalar, right: Scalar): Scalar => arithmetic('+', left, right);
export const subtract = (left: Scalar, right: Scalar): Scalar => arithmetic('-', left, right);
export const multiply = (left: Scalar, right: Scalar): Scalar => arithmetic('*', left, right);
export const divide = (left: Scalar, right: Scalar): Scalar => arithmetic('/', left, right);
export const negate = (operand: Scalar): Scalar => subtract(constant(0), operand);

export function select(
  left: Scalar,
  comparison: Comparison,
  right: Scalar,
  whenTrue: Scalar,
  whenFalse: Scalar,
): Scalar {
  return { kind: 'select', comparison, left, right, whenTrue, whenFalse };
}

export const isConstant = (scalar: Scalar, value?: number): boolean =>
  scalar.kind === 'constant' && (value === undefined || scalar.value === value);

/** Rebuilds `scalar` with its direct operands replaced; shares the node when nothing changed. */
export function mapOperands(scalar: Scalar, map: (operand: Scalar) => Scalar): Scalar {
  switch (scalar.kind) {
    case 'constant':
    case 'access':
    case 'entry':
    case 'position':
    case 'inside':
      return scalar;
    case 'arithmetic': {
      const left = map(scalar.left);
      const right = map(scalar.right);
      return left === scalar.left && right === scalar.right ? scalar : arithmetic(scalar.operator, left, right);
    }
    case 'call': {
      const args = scalar.arguments.map(map);
      return args.every((argument, k) => argument === scalar.arguments[k]) ? scalar : { ...scalar, arguments: args };
    }
    case 'select': {
      const [left, right] = [map(scalar.left), map(scalar.right)];
      const [whenTrue, whenFalse] = [map(scalar.whenTrue), map(scalar.whenFalse)];
      const same = left === scalar.left && right === scalar.right;
      if (same && whenTrue === scalar.whenTrue && whenFalse === scalar.whenFalse) return scalar;
      return select(left, scalar.comparison, right, whenTrue, whenFalse);
    }
    case 'random': {
      const seed = map(scalar.seed);
      return seed === scalar.seed ? scalar : { ...scalar, seed };
    }
    case 'reduce': {
      const body = map(scalar.body);
      return body === scalar.body ? scalar : { ...scalar, body };
    }
  }
}

/** Replaces bottom-up: `rewrite` sees each expression after its operands were rewritten. */
export function rewriteScalar(scalar: Scalar, rewrite: (scalar: Scalar) => Scalar): Scalar {
  const rewritten = (part: Scalar): Scalar => rewrite(mapOperands(part, rewritten));
  return rewritten(scalar);
}

/** Calls `see` on the expression and everything in it, outermost first. */
export function visitScalar(scalar: Scalar, see: (scalar: Scalar) => void): void {
  const visit = (part: Scalar): Scalar => {
    see(part);
    return mapOperands(part, visit);
  };
  visit(scalar);
}

/** Whether a scalar has more parts than `limit`, shared ones counted each time; looks at no more than that. */
export function isLarger(scalar: Scalar, limit: number): boolean {
  let parts = 0;
  const visit = (part: Scalar): void => {
    if (++parts > limit) return;
    mapOperands(part, (operand) => {
      visit(operand);
      return operand;
    });
  };
  visit(scalar);
  return parts > limit;
}

export const accessesOf: (scalar: Scalar) => readonly Access[] = memoize((scalar) => {
  const found: Access[] = [];
  visitScalar(scalar, (part) => {
    if (part.kind === 'access') found.push(part);
  });
  return found;
});

/** The reduction of a formula: normal form allows one at most. */
export const reductionOf: (scalar: Scalar) => Reduction | undefined = memoize((scalar) => {
  let found: Reduction | undefined;
  visitScalar(scalar, (part) => {
    if (part.kind === 'reduce') found ??= part;
  });
  return found;
});

/** Substitutes axes everywhere; axes bound by reductions must not be among them. */
export function substituteAxes(scalar: Scalar, substitution: ReadonlyMap<string, Index>): Scalar {
  return mapIndices(scalar, (index) => indexSubstitute(index, substitution));
}

/** Replaces all index expressions, in a fixed order. */
export function mapIndices(scalar: Scalar, map: (index: Index) => Index): Scalar {
  const whole = (affine: Affine) => exact(map({ affine, divisor: 1 }));
  return rewriteScalar(scalar, (part) => {
    switch (part.kind) {
      case 'access':
        return access(part.operand, part.indices.map(map));
      case 'inside':
        return { ...part, index: map(part.index) };
      case 'entry':
        return { ...part, row: whole(part.row), column: whole(part.column) };
      case 'position':
        return placeAsNumber(map({ affine: part.index, divisor: 1 }));
      case 'random':
        return { ...part, element: whole(part.element) };
      default:
        return part;
    }
  });
}

/** Where a remainder is left the number is a fraction: no place, and what is read there is 0. */
function placeAsNumber({ affine, divisor }: Index): Scalar {
  const index: Scalar = { kind: 'position', index: affine };
  return divisor === 1 ? index : { kind: 'arithmetic', operator: '/', left: index, right: constant(divisor) };
}

/** Gives axes other names, those of reductions by `boundName`; none may meet another. */
export function renameAxes(
  scalar: Scalar,
  names: ReadonlyMap<string, string>,
  boundName: (axis: Axis, k: number) => string,
): Scalar {
  const index = (given: Index) => indexRename(given, names);
  switch (scalar.kind) {
    case 'access':
      return access(scalar.operand, scalar.indices.map(index));
    case 'inside':
      return { ...scalar, index: index(scalar.index) };
    case 'entry':
      return { ...scalar, row: affineRename(scalar.row, names), column: affineRename(scalar.column, names) };
    case 'position':
      return { ...scalar, index: affineRename(scalar.index, names) };
    case 'reduce': {
      const axes = scalar.axes.map((axis, k) => ({ name: boundName(axis, k), extent: axis.extent }));
      const inner = new Map(names);
      for (const [k, { name }] of axes.entries()) inner.set(scalar.axes[k]!.name, name);
      return { ...scalar, axes, body: renameAxes(scalar.body, inner, boundName) };
    }
    default: {
      const renamed = mapOperands(scalar, (operand) => renameAxes(operand, names, boundName));
      return renamed.kind === 'random' ? { ...renamed, element: affineRename(renamed.element, names) } : renamed;
    }
  }
}

function exact(index: Index): Affine {
  if (index.divisor !== 1) throw new Error(`position ${printIndex(index)} is not whole`);
  return index.affine;
}

/** Renumbers operands. */
export function mapAccesses(scalar: Scalar, map: (access: Access) => Scalar): Scalar {
  return rewriteScalar(scalar, (part) => (part.kind === 'access' ? map(part) : part));
}

export function accessEqual(a: Access, b: Access): boolean {
  return a.operand === b.operand && a.indices.every((index, k) => indexEqual(index, b.indices[k]!));
}

const PRECEDENCE = { '+': 1, '-': 1, '*': 2, '/': 2 } as const;

/** Text of an expression; `operandName` says what to call operand k. Equal texts mean equal expressions. */
export function printScalar(scalar: Scalar, operandName: (operand: number) => string, outer = 0): string {
  const print = (part: Scalar, level = 0) => printScalar(part, operandName, level);
  switch (scalar.kind) {
    case 'constant':
      return `${scalar.value}`;
    case 'access': {
      const name = operandName(scalar.operand);
      return scalar.indices.length === 0 ? name : `${name}[${scalar.indices.map(printIndex).join(', ')}]`;
    }
    case 'entry':
      return `${scalar.table.name}[${printAffine(scalar.row)}, ${printAffine(scalar.column)}]`;
    case 'position':
      return scalar.index.terms.length === 1 && scalar.index.constant === 0
        ? printAffine(scalar.index)
        : `(${printAffine(scalar.index)})`;
    case 'inside':
      return `inside(${printIndex(scalar.index)}, ${scalar.extent})`;
    case 'arithmetic': {
      const level = PRECEDENCE[scalar.operator];
      if (scalar.operator === '-' && isConstant(scalar.left, 0)) return `-${print(scalar.right, 3)}`;
      const text = `${print(scalar.left, level)} ${scalar.operator} ${print(scalar.right, level + 1)}`;
      return level < outer ? `(${text})` : text;
    }
    case 'call':
      return `${scalar.name}(${scalar.arguments.map((argument) => print(argument)).join(', ')})`;
    case 'select': {
      const condition = `${print(scalar.left, 1)} ${scalar.comparison} ${print(scalar.right, 1)}`;
      return `select(${condition}, ${print(scalar.whenTrue)}, ${print(scalar.whenFalse)})`;
    }
    case 'random':
      return `random(${print(scalar.seed)}, ${scalar.stream}, ${printAffine(scalar.element)})`;
    case 'reduce': {
      const axes = [...(scalar.batch ? ['batch'] : []), ...scalar.axes.map((axis) => axis.name)];
      const text = `${scalar.operator}(${axes.join(', ')}) ${print(scalar.body, 2)}`;
      return outer > 1 ? `(${text})` : text;
    }
  }
}
