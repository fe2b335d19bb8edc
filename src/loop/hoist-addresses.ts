/**
 * @file Address arithmetic, made explicit. Each address `base + 784*c + 28*i + j + 3` is built up one loop at a time:
 * the part that is fixed in a loop is an integer local computed where that loop begins, and addresses that differ by a
 * constant share their locals. What is left at the access is one local plus one constant.
 *
 * Where an access adds its constant without wrapping around, as in WebAssembly, its local must not be negative: constants
 * below 0 go into the local, and where the loops count an address down, so does the smallest constant of the accesses
 * that go together; the local is then the address of one of them.
 */
import { InternalError } from '../diagnostics/diagnostic.ts';
import { type Affine, affineAxis, printAffine } from '../ir/affine.ts';
import { type Buffer, type Expression, mapExpression, operandsOf, type Statement } from './ir.ts';

/** The variable that holds the start of a buffer which lies elsewhere for each block; undefined for a fixed place. */
export type BaseVariable = (buffer: Buffer) => string | undefined;

interface Scope {
  /** Undefined for the kernel itself. */
  readonly variable: string | undefined;
  /** Integer locals computed at the start of this loop. */
  readonly prelude: Statement[];
  readonly known: Map<string, string>;
  /** Of the accesses that every round of this loop makes: the smallest constant for each sum of terms. */
  readonly smallest: ReadonlyMap<string, number>;
}

export interface HoistOptions {
  readonly baseVariable: BaseVariable;
  /** Bytes or floats per step of an address. */
  readonly unit: number;
  /** An access takes no negative offset, and no negative local. */
  readonly foldNegative: boolean;
}

export function hoistAddresses(body: readonly Statement[], options: HoistOptions): Statement[] {
  const root: Scope = { variable: undefined, prelude: [], known: new Map(), smallest: smallestConstants(body) };
  const statements = new Hoister(options, root).block(body);
  return [...root.prelude, ...statements];
}

function smallestConstants(statements: readonly Statement[]): Map<string, number> {
  const smallest = new Map<string, number>();
  const note = (buffer: Buffer, address: Affine) => {
    const key = termsOf(buffer, address);
    smallest.set(key, Math.min(address.constant, smallest.get(key) ?? address.constant));
  };
  const visit = (expression: Expression): void => {
    if (expression.kind === 'guarded') return;
    if (expression.kind === 'load') note(expression.buffer, expression.address);
    operandsOf(expression).forEach(visit);
  };
  for (const statement of statements) {
    if (statement.kind === 'loop' || statement.kind === 'int') continue;
    if (statement.kind === 'store') note(statement.buffer, statement.address);
    visit(statement.value);
  }
  return smallest;
}

function termsOf(buffer: Buffer, address: Affine): string {
  return `${buffer.name} ${printAffine({ ...address, constant: 0 })}`;
}

class Hoister {
  readonly #scopes: Scope[] = [];
  #count = 0;
  #guarded = false;

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
        const smallest = smallestConstants(statement.body);
        const scope: Scope = { variable: statement.variable, prelude: [], known: new Map(), smallest };
        this.#scopes.push(scope);
        const body = this.block(statement.body);
        this.#scopes.pop();
        return { ...statement, body: [...scope.prelude, ...body] };
      }
      case 'int':
      case 'widen':
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
    const outer = this.#guarded;
    this.#guarded ||= expression.kind === 'guarded';
    const mapped = mapExpression(expression, (operand) => this.#expression(operand));
    this.#guarded = outer;
    return mapped.kind === 'load'
      ? { kind: 'load', buffer: mapped.buffer, address: this.#address(mapped.buffer, mapped.address) }
      : mapped;
  }

  #address(buffer: Buffer, address: Affine): Affine {
    const { baseVariable, unit } = this.options;
    const divisor = denominatorOf(address);
    if (divisor > 1) return this.#quotient(buffer, address, divisor);
    let chain = baseVariable(buffer);
    const folded = this.#foldedConstant(buffer, address) * unit;
    if (folded !== 0)
      chain = this.#local(this.root, { constant: folded, terms: chain === undefined ? [] : [[chain, 1]] });
    for (const scope of this.#scopes) {
      const coefficient = address.terms.find(([variable]) => variable === scope.variable)?.[1];
      if (coefficient !== undefined) chain = this.#extend(scope, chain, coefficient * unit);
    }
    return { constant: address.constant * unit - folded, terms: chain === undefined ? [] : [[chain, 1]] };
  }

  /** What a guard protects, where an index is divided: the division is exact where the guard lets it be read. */
  #quotient(buffer: Buffer, address: Affine, divisor: number): Affine {
    const { baseVariable, unit } = this.options;
    const scope = this.#scopes.at(-1) ?? this.root;
    const whole = (part: number) => Math.round(part * divisor);
    const terms = address.terms.map(([variable, coefficient]) => [variable, whole(coefficient)] as const);
    const quotient = this.#local(scope, { constant: whole(address.constant), terms }, divisor);
    const base = baseVariable(buffer);
    const chain = [...(base === undefined ? [] : [[base, 1] as const]), [quotient, unit] as const];
    return { constant: 0, terms: [[this.#local(scope, { constant: 0, terms: chain }), 1]] };
  }

  /** What of the constant goes into the local. */
  #foldedConstant(buffer: Buffer, address: Affine): number {
    if (!this.options.foldNegative) return 0;
    if (address.constant < 0) return address.constant;
    if (address.terms.every(([, coefficient]) => coefficient > 0)) return 0;
    // What a guard protects may be outside of its buffer in other rounds.
    if (this.#guarded) return address.constant;
    const { smallest } = this.#scopes.at(-1) ?? this.root;
    return Math.max(0, smallest.get(termsOf(buffer, address)) ?? address.constant);
  }

  /** The local for `chain + coefficient * variable`. */
  #extend(scope: Scope, chain: string | undefined, coefficient: number): string {
    const variable = scope.variable!;
    if (chain === undefined && coefficient === 1) return variable;
    const step = affineAxis(variable, coefficient);
    return this.#local(scope, chain === undefined ? step : { constant: 0, terms: [[chain, 1], ...step.terms] });
  }

  #local(scope: Scope, value: Affine, divisor?: number): string {
    const key = `${printAffine(value)}/${divisor}`;
    let name = scope.known.get(key);
    if (!name) {
      name = `at${this.#count++}`;
      scope.known.set(key, name);
      scope.prelude.push({ kind: 'int', name, value, ...(divisor === undefined ? {} : { divisor }) });
    }
    return name;
  }
}

/** Products of divisors in a formula. */
const MOST_PARTS = 2 ** 16;

/** The smallest number by which the address becomes whole: 1 but where an index is divided. */
function denominatorOf({ constant, terms }: Affine): number {
  const parts = [constant, ...terms.map(([, coefficient]) => coefficient)];
  for (let divisor = 1; divisor <= MOST_PARTS; divisor++) {
    const isWhole = (part: number) => Math.abs(part * divisor - Math.round(part * divisor)) < 1e-6;
    if (parts.every(isWhole)) return divisor;
  }
  throw new InternalError('hoist-addresses', 'an address is no fraction');
}
