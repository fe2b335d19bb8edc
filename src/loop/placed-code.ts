/**
 * @file The statements being made, loop within loop. Every expression is placed at the outermost loop that it depends on,
 * so loop-invariant code is never inside a loop; equal expressions there are one local (value numbering).
 */
import { printAffine } from '../ir/affine.ts';
import {
  affinesOf,
  type BoundTerm,
  type Expression,
  type Local,
  mapExpression,
  operandsOf,
  type Statement,
  varianceOf,
} from './ir.ts';

/** One loop being filled; `level 0` is the kernel itself. */
interface Level {
  readonly statements: Statement[];
  /** What was computed here, by its text. */
  readonly known: Map<string, Expression>;
}

/** Names are unique in a kernel, so one counter serves all its nests. */
export interface NameSupply {
  next(prefix: string): string;
}

export function createNames(): NameSupply {
  const counts = new Map<string, number>();
  const taken = new Set<string>();
  return {
    next(prefix) {
      let name: string;
      // The tenth `x` and the first `x1` would be one.
      do {
        const count = counts.get(prefix) ?? 0;
        counts.set(prefix, count + 1);
        name = `${prefix}${count}`;
      } while (taken.has(name));
      taken.add(name);
      return name;
    },
  };
}

export class PlacedCode {
  readonly #levels: Level[] = [{ statements: [], known: new Map() }];
  /** Depth of each loop variable and local. */
  readonly #depth = new Map<string, number>();
  /** Lanes that the statements being made cover, where that is not all of them. */
  width: number | undefined;

  constructor(readonly names: NameSupply) {}

  /** Of the innermost open loop. */
  get statements(): Statement[] {
    return this.#levels.at(-1)!.statements;
  }

  loop(
    axis: string,
    from: readonly BoundTerm[],
    to: readonly BoundTerm[],
    step: number,
    fill: (variable: string) => void,
    free = false,
  ): void {
    const variable = this.names.next(axis.replace(/_+$/, '') || 'axis');
    this.#levels.push({ statements: [], known: new Map() });
    this.#depth.set(variable, this.#levels.length - 1);
    fill(variable);
    const { statements } = this.#levels.pop()!;
    // Only now, so that what the body hoisted stands before the loop.
    this.statements.push({ kind: 'loop', variable, from, to, step, body: statements, ...(free && { free }) });
  }

  variable(value: Expression, form: Pick<Local, 'variance' | 'folded' | 'wide'>): Local {
    const name = this.names.next('sum');
    this.#depth.set(name, this.#levels.length - 1);
    this.statements.push({ kind: 'var', name, ...form, value });
    return { kind: 'local', name, ...form };
  }

  assign(target: Local, value: Expression): void {
    this.statements.push({ kind: 'assign', name: target.name, variance: target.variance, value });
  }

  /** Places an expression; what comes back is safe to use in the innermost open loop. */
  emit(expression: Expression): Expression {
    if (expression.kind === 'guarded') {
      // The guard must stay around what it protects.
      return this.#bindIfOuter(expression);
    }
    const placed = mapExpression(expression, (operand) => this.emit(operand));
    const binds = placed.kind === 'load' || placed.kind === 'call' || placed.kind === 'random';
    return binds ? this.bind(placed) : this.#bindIfOuter(placed);
  }

  #bindIfOuter(expression: Expression): Expression {
    const trivial = expression.kind === 'constant' || expression.kind === 'local' || expression.kind === 'position';
    if (trivial || this.#depthOf(expression) === this.#levels.length - 1) return expression;
    return this.bind(expression);
  }

  /** A local holding the value, declared in the outermost loop that it depends on. */
  bind(expression: Expression): Local {
    if (expression.kind === 'local') return expression;
    const depth = this.#depthOf(expression);
    const level = this.#levels[depth]!;
    const key = textOf(expression);
    const known = level.known.get(key);
    if (known) return known as Local;
    const variance = varianceOf(expression);
    const name = this.names.next(prefixOf(expression));
    this.#depth.set(name, depth);
    level.statements.push({ kind: 'let', name, variance, value: expression, width: this.width });
    const local: Local = { kind: 'local', name, variance };
    level.known.set(key, local);
    return local;
  }

  #depthOf(expression: Expression): number {
    let depth = expression.kind === 'local' ? (this.#depth.get(expression.name) ?? 0) : 0;
    for (const affine of affinesOf(expression))
      for (const [variable] of affine.terms) depth = Math.max(depth, this.#depth.get(variable) ?? 0);
    for (const operand of operandsOf(expression)) depth = Math.max(depth, this.#depthOf(operand));
    return depth;
  }
}

function prefixOf(expression: Expression): string {
  if (expression.kind === 'load') return 'x';
  return 't';
}

/** Text that is equal for equal expressions. */
function textOf(expression: Expression): string {
  switch (expression.kind) {
    case 'constant':
      return `${expression.value}`;
    case 'local':
      return expression.name;
    case 'load':
      return `${expression.buffer.name}[${printAffine(expression.address)}]`;
    case 'position':
      return `(${printAffine(expression.index)})`;
    case 'guarded':
      return `guard(${expression.conditions.map((c) => `${printAffine(c.index)}/${c.divisor}<${c.extent}`)}, ${textOf(expression.value)})`;
    case 'arithmetic':
      return `(${textOf(expression.left)} ${expression.operator} ${textOf(expression.right)})`;
    case 'call':
      return `${expression.name}(${expression.arguments.map(textOf)})`;
    case 'select':
      return `select(${textOf(expression.left)} ${expression.comparison} ${textOf(expression.right)}, ${textOf(expression.whenTrue)}, ${textOf(expression.whenFalse)})`;
    case 'random':
      return `random(${textOf(expression.seed)}, ${expression.stream}, ${printAffine(expression.element)})`;
    case 'laneSum':
      return `laneSum(${textOf(expression.operand)})`;
    case 'entry':
      return `${expression.table.name}[${printAffine(expression.row)}, ${printAffine(expression.column)}]`;
    case 'reduction':
      return 'reduction';
  }
}
