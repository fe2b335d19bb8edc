/**
 * @file Address arithmetic, made explicit. Each address `base + 784*c + 28*i + j + 3` is built up one loop at a time:
 * the part that is fixed in a loop is an integer local computed where that loop begins, and addresses that differ by a
 * constant share their locals. What is left at the access is one local plus one constant.
 */
import { type Affine, affineAxis, printAffine } from '../ir/affine.ts';
import { type Buffer, type Expression, mapExpression, type Statement } from './ir.ts';

/** The variable that holds the start of a buffer which lies elsewhere for each block; undefined for a fixed place. */
export type BaseVariable = (buffer: Buffer) => string | undefined;

interface Scope {
  /** Undefined for the kernel itself. */
  readonly variable: string | undefined;
  /** Integer locals computed at the start of this loop. */
  readonly prelude: Statement[];
  readonly known: Map<string, string>;
}

export interface HoistOptions {
  readonly baseVariable: BaseVariable;
  /** Bytes or floats per step of an address. */
  readonly unit: number;
  /** Constants that an access cannot hold, because it takes no negative offset, go into the locals. */
  readonly foldNegative: boolean;
}

export function hoistAddresses(body: readonly Statement[], options: HoistOptions): Statement[] {
  const root: Scope = { variable: undefined, prelude: [], known: new Map() };
  const statements = new Hoister(options, root).block(body);
  return [...root.prelude, ...statements];
}

class Hoister {
  readonly #scopes: Scope[] = [];
  #count = 0;

  constructor(
    readonly options: HoistOptions,
    readonly root: Scope,
  ) {}

  block(statements: readonly Statement[]): Statement[] {
    return statements.map((statement) => this.#statement(statement));
  }

  #statement(statement: Statement): Statement {
    switch (statement.kind) {
      case 'loop': {
        const scope: Scope = { variable: statement.variable, prelude: [], known: new Map() };
        this.#scopes.push(scope);
        const body = this.block(statement.body);
        this.#scopes.pop();
        return { ...statement, body: [...scope.prelude, ...body] };
      }
      case 'int':
        return statement;
      case 'store': {
        const value = this.#expression(statement.value);
        return { ...statement, value, address: this.#address(statement.buffer, statement.address) };
      }
      default:
        return { ...statement, value: this.#expression(statement.value) };
    }
  }

  #expression(expression: Expression): Expression {
    const mapped = mapExpression(expression, (operand) => this.#expression(operand));
    return mapped.kind === 'load' ? { ...mapped, address: this.#address(mapped.buffer, mapped.address) } : mapped;
  }

  #address(buffer: Buffer, address: Affine): Affine {
    const { baseVariable, unit, foldNegative } = this.options;
    const constant = address.constant * unit;
    let chain = baseVariable(buffer);
    const folded = foldNegative && constant < 0;
    if (folded) chain = this.#local(this.root, { constant, terms: chain === undefined ? [] : [[chain, 1]] });
    for (const scope of this.#scopes) {
      const coefficient = address.terms.find(([variable]) => variable === scope.variable)?.[1];
      if (coefficient !== undefined) chain = this.#extend(scope, chain, coefficient * unit);
    }
    return { constant: folded ? 0 : constant, terms: chain === undefined ? [] : [[chain, 1]] };
  }

  /** The local for `chain + coefficient * variable`. */
  #extend(scope: Scope, chain: string | undefined, coefficient: number): string {
    const variable = scope.variable!;
    if (chain === undefined && coefficient === 1) return variable;
    const step = affineAxis(variable, coefficient);
    return this.#local(scope, chain === undefined ? step : { constant: 0, terms: [[chain, 1], ...step.terms] });
  }

  #local(scope: Scope, value: Affine): string {
    const key = printAffine(value);
    let name = scope.known.get(key);
    if (!name) {
      name = `at${this.#count++}`;
      scope.known.set(key, name);
      scope.prelude.push({ kind: 'int', name, value });
    }
    return name;
  }
}
