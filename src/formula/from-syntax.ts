/**
 * @file From an `op` declaration to a formula, for given operand shapes and constants. Built-in operators are written in
 * the same notation as a user's own: `op dense(x[k], w[o, k]) -> y[o] = sum(k) w[o, k] * x[k]`.
 *
 * An axis that the head names has the extent of that dimension. An axis of the result that it does not name takes the
 * extent given for it, or else the largest range in which every access stays inside its operand.
 */
import { DiagnosticError, InternalError } from '../diagnostics/diagnostic.ts';
import {
  type Affine,
  affineAdd,
  affineAxis,
  affineConstant,
  affineRange,
  type Index,
  plainIndex,
  reduceIndex,
} from '../ir/affine.ts';
import { type Axis, access, accessesOf, constant, type Reduction, type Scalar, visitScalar } from '../ir/scalar.ts';
import type { BinaryExpression, CallExpression, Expression, Name, OperatorItem } from '../syntax/ast.ts';
import { FormulaError, type FormulaNames, scalarFromSyntax } from './scalar-from-syntax.ts';
import { simplifyScalar } from './simplify-scalar.ts';

export interface FormulaArguments {
  /** Shape of each operand, in the order of the head. */
  readonly shapes: readonly (readonly number[])[];
  readonly constants?: Readonly<Record<string, number>>;
  /** What the file around the `op` knows. */
  readonly names?: FormulaNames;
  /** Extents of axes that the head does not name. */
  readonly extents?: Readonly<Record<string, number>>;
}

export interface InstantiatedFormula {
  readonly axes: readonly Axis[];
  readonly body: Scalar;
}

export function instantiateFormula(item: OperatorItem, given: FormulaArguments): InstantiatedFormula {
  return new Instantiation(item, given).run();
}

class Instantiation {
  readonly #extents = new Map<string, number>();
  readonly #operands = new Map<string, number>();
  readonly #constants: ReadonlyMap<string, number>;

  constructor(
    readonly item: OperatorItem,
    readonly given: FormulaArguments,
  ) {
    this.#constants = new Map(Object.entries(given.constants ?? {}));
    item.operands.forEach((operand, k) => {
      this.#operands.set(operand.name.text, k);
      this.#bindPattern(k);
    });
  }

  run(): InstantiatedFormula {
    for (const [name, extent] of Object.entries(this.given.extents ?? {})) this.#extents.set(name, extent);
    const body = simplifyScalar(this.#scalar(this.item.body));
    const axes = this.item.result.axes.map(({ text, span }) => {
      const extent = this.#extents.get(text) ?? this.#inferExtent(text, body);
      if (extent === undefined)
        throw new FormulaError(
          `nothing gives the extent of axis \`${text}\``,
          span,
          'CNN2102',
          `give it: \`${text}: …\``,
        );
      if (extent < 1)
        throw new FormulaError(
          `axis \`${text}\` has no room: its extent would be ${extent}`,
          span,
          'CNN3014',
          'make the operand larger, or what is summed over smaller',
        );
      this.#extents.set(text, extent);
      return { name: text, extent };
    });
    return { axes, body };
  }

  #bindPattern(k: number): void {
    const pattern = this.item.operands[k]!;
    const shape = this.given.shapes[k]!;
    if (shape.length !== pattern.axes.length)
      throw new FormulaError(
        `\`${pattern.name.text}\` has ${pattern.axes.length === 1 ? 'one axis' : `${pattern.axes.length} axes`} here but the shape [${shape.join(', ')}]`,
        pattern.span,
      );
    pattern.axes.forEach(({ text, span }, dimension) => {
      const extent = shape[dimension]!;
      const known = this.#extents.get(text);
      if (known !== undefined && known !== extent)
        throw new FormulaError(
          `axis \`${text}\` is ${known} elsewhere and ${extent} in \`${pattern.name.text}\``,
          span,
        );
      this.#extents.set(text, extent);
    });
  }

  /** The largest extent that keeps every access in range whose other axes are known. */
  #inferExtent(axis: string, body: Scalar): number | undefined {
    const reduced = new Map<string, number>();
    visitScalar(body, (part) => {
      if (part.kind === 'reduce') for (const { name, extent } of part.axes) reduced.set(name, extent);
    });
    let inferred: number | undefined;
    for (const read of accessesOf(body))
      read.indices.forEach(({ affine, divisor }, dimension) => {
        const coefficient = affine.terms.find(([name]) => name === axis)?.[1];
        if (coefficient === undefined || coefficient <= 0) return;
        const rest = affineAdd(affineAxis(axis, -coefficient), affine);
        if (rest.terms.some(([name]) => !reduced.has(name) && !this.#extents.has(name))) return;
        const [, high] = affineRange(rest, (name) => [0, (reduced.get(name) ?? this.#extents.get(name)!) - 1]);
        const room = (this.given.shapes[read.operand]![dimension]! - 1) * divisor - high;
        const extent = Math.floor(room / coefficient) + 1;
        inferred = Math.min(inferred ?? extent, extent);
      });
    return inferred;
  }

  #scalar(expression: Expression): Scalar {
    return scalarFromSyntax(expression, {
      names: this.given.names,
      local: (name) => this.#name(name),
      other: (part) => {
        if (part.kind === 'index') return this.#access(part);
        if (part.kind === 'call' && part.callee.text === 'inside') return this.#inside(part);
        return part.kind === 'reduce' ? this.#reduce(part) : undefined;
      },
      callers: [],
    });
  }

  #name({ text, span }: Name): Scalar | undefined {
    const operand = this.#operands.get(text);
    if (operand !== undefined) {
      if (this.given.shapes[operand]!.length > 0)
        throw new FormulaError(`\`${text}\` needs indices here`, span, 'CNN2102', `write \`${text}[…]\``);
      return access(operand, []);
    }
    const value = this.#constants.get(text);
    if (value !== undefined) return constant(value);
    return this.#isAxis(text) ? { kind: 'position', index: affineAxis(text) } : undefined;
  }

  #isAxis(text: string): boolean {
    return this.#extents.has(text) || this.item.result.axes.some((axis) => axis.text === text);
  }

  #access(expression: Extract<Expression, { kind: 'index' }>): Scalar {
    const { object } = expression;
    const operand = object.kind === 'identifier' ? this.#operands.get(object.text) : undefined;
    if (operand === undefined)
      throw new FormulaError(
        'only operands of the `op` can be indexed',
        object.span,
        'CNN2102',
        'read an operand that the head names',
      );
    const wanted = this.given.shapes[operand]!.length;
    if (expression.indices.length !== wanted)
      throw new FormulaError(
        `expected ${wanted} indices, found ${expression.indices.length}`,
        expression.span,
        'CNN2102',
        'give one index for each axis of the operand',
      );
    return access(
      operand,
      expression.indices.map((index) => this.#index(index)),
    );
  }

  /** `inside(i - top, height)`: 1 where the index is at least 0 and less than the extent, else 0. */
  #inside({ arguments: given, span }: CallExpression): Scalar {
    const [index, extent] = given;
    const size = extent && this.#affine(extent.value);
    if (!index || !size || given.length > 2 || size.terms.length > 0)
      throw new FormulaError(
        '`inside` takes an index and the number of its places',
        span,
        'CNN2102',
        'write `inside(i + p, 28)`',
      );
    return { kind: 'inside', index: this.#index(index.value), extent: size.constant };
  }

  /** A sum of axes, which a whole number may divide; where the division leaves a remainder there is no element. */
  #index(expression: Expression): Index {
    if (expression.kind !== 'binary' || expression.operator !== '/') return plainIndex(this.#wholeAffine(expression));
    const divisor = this.#affine(expression.right);
    if (divisor.terms.length > 0 || !Number.isInteger(divisor.constant) || divisor.constant < 1)
      throw new FormulaError(
        'an index is divided by a whole number above 0',
        expression.right.span,
        'CNN2102',
        'write such as `(i - p) / 2`; where a remainder is left, nothing is read',
      );
    return reduceIndex({ affine: this.#wholeAffine(expression.left), divisor: divisor.constant });
  }

  /** The coefficients are whole. */
  #wholeAffine(expression: Expression): Affine {
    const affine = this.#affine(expression);
    if ([affine.constant, ...affine.terms.map(([, factor]) => factor)].every(Number.isInteger)) return affine;
    throw notAffine(expression);
  }

  #affine(expression: Expression): Affine {
    switch (expression.kind) {
      case 'number':
        return affineConstant(expression.value);
      case 'identifier': {
        if (this.#isAxis(expression.text)) return affineAxis(expression.text);
        const value = this.#constants.get(expression.text) ?? this.given.names?.constant(expression.text);
        if (value !== undefined) return affineConstant(value);
        throw new FormulaError(
          `\`${expression.text}\` is neither an axis nor a number`,
          expression.span,
          'CNN2001',
          'define it before',
        );
      }
      case 'unary':
        return affineAdd(this.#affine(expression.operand), affineConstant(0), -1);
      case 'binary':
        return this.#affineBinary(expression);
      default:
        throw notAffine(expression);
    }
  }

  #affineBinary(expression: BinaryExpression): Affine {
    const [left, right] = [this.#affine(expression.left), this.#affine(expression.right)];
    if (expression.operator === '+') return affineAdd(left, right);
    if (expression.operator === '-') return affineAdd(right, left, -1);
    if (expression.operator === '*' && left.terms.length === 0)
      return affineAdd(right, affineConstant(0), left.constant);
    if (expression.operator === '*' && right.terms.length === 0)
      return affineAdd(left, affineConstant(0), right.constant);
    throw notAffine(expression);
  }

  #reduce(expression: Extract<Expression, { kind: 'reduce' }>): Reduction {
    // `batch` is not an axis: it says that the images are reduced over too.
    const batch = expression.axes.some((axis) => axis.text === 'batch');
    const axes = expression.axes
      .filter((axis) => axis.text !== 'batch')
      .map(({ text, span }) => {
        const extent = this.#extents.get(text);
        if (extent === undefined)
          throw new FormulaError(
            `no operand has an axis \`${text}\``,
            span,
            'CNN2102',
            `give its extent: \`${text}: …\``,
          );
        return { name: text, extent };
      });
    return { kind: 'reduce', operator: expression.operator, axes, batch, body: this.#scalar(expression.body) };
  }
}

function notAffine({ span }: Expression): FormulaError {
  const message = 'an index is a sum of axes times whole numbers';
  return new FormulaError(message, span, 'CNN2102', 'write such as `2 * i + p - 1`');
}

/** For built-in formulas, whose mistakes are ours. */
export function instantiateBuiltin(item: OperatorItem, given: FormulaArguments): InstantiatedFormula {
  try {
    return instantiateFormula(item, given);
  } catch (error) {
    if (error instanceof DiagnosticError || !(error instanceof FormulaError)) throw error;
    throw new InternalError('ops', `${item.name.text}: ${error.message}`);
  }
}
