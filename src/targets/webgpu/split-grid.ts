/**
 * @file Which loops of a kernel are invocations. A loop that stores in each of its rounds goes through elements of the result,
 * which do not depend on each other: its rounds run all at once. Loops inside that store nothing are reductions and stay.
 * A kernel has several *parts* where it has several nests of loops. What is computed before them is pure, and each part has
 * what it needs of it.
 */
import { affinesOf, type BoundTerm, type Expression, type Statement, visitExpression } from '../../loop/ir.ts';

type Loop = Extract<Statement, { kind: 'loop' }>;

/** A loop whose rounds are invocations: `from`, `from + step`, … */
export interface GridAxis {
  readonly kind: 'axis';
  readonly variable: string;
  readonly from: number;
  readonly step: number;
  readonly count: number;
}

export interface Part {
  readonly axes: readonly GridAxis[];
  readonly statements: readonly Statement[];
  /** Invocations. */
  readonly size: number;
}

export function splitGrid(statements: readonly Statement[]): Part[] {
  return partsOf(statements, [], []);
}

function partsOf(statements: readonly Statement[], axes: readonly GridAxis[], before: readonly Statement[]): Part[] {
  const whole = (): Part[] =>
    segmentsOf(statements).map(({ earlier, own }) => ({
      axes,
      statements: [...needed([...before, ...earlier], own), ...own],
      size: axes.reduce((size, { count }) => size * count, 1),
    }));
  const loops = statements.filter(isElementLoop);
  if (loops.length === 0) return whole();
  const pure = (end: number) => [...before, ...statements.slice(0, end).filter(isPure)];
  const inner = loops.flatMap((loop) => partsOf(loop.body, [...axes, axisOf(loop)], pure(statements.indexOf(loop))));
  const variables = new Set(statements.flatMap((statement) => (statement.kind === 'var' ? [statement.name] : [])));
  const mixed = inner.some((part) =>
    part.statements.some((statement) => namesIn(statement).some((name) => variables.has(name))),
  );
  if (mixed) return whole();
  const rest = statements.filter((statement) => !isElementLoop(statement));
  return [...inner, ...(rest.every(isPure) ? [] : partsOf(rest, axes, before))];
}

/**
 * Reductions one after the other, each of which is stored, need not wait for each other: what they have in common is pure.
 */
function segmentsOf(statements: readonly Statement[]): { earlier: readonly Statement[]; own: readonly Statement[] }[] {
  const starts = [0];
  statements.forEach(({ kind }, k) => {
    if (kind === 'var' && statements.slice(starts.at(-1), k).some((one) => one.kind === 'store')) starts.push(k);
  });
  const segments = starts.map((start, k) => ({
    earlier: statements.slice(0, start).filter(isPure),
    own: statements.slice(start, starts[k + 1]),
  }));
  const isAlone = segments.every(({ own, earlier }, k) => {
    const impure = statements.slice(0, starts[k]).flatMap((one) => (one.kind === 'var' ? [one.name] : []));
    const later = [...needed(earlier, own), ...own].flatMap(namesIn);
    const declared = new Set(own.flatMap((one) => ('name' in one ? [one.name] : [])));
    return (
      own.some(({ kind }) => kind === 'loop') && !later.some((name) => impure.includes(name) && !declared.has(name))
    );
  });
  return isAlone ? segments : [{ earlier: [], own: statements }];
}

/** Of what comes before, what later statements read. */
function needed(before: readonly Statement[], later: readonly Statement[]): Statement[] {
  const names = new Set(later.flatMap(namesIn));
  const found: Statement[] = [];
  for (const statement of [...before].reverse()) {
    if (!('name' in statement) || !names.has(statement.name)) continue;
    for (const name of namesIn(statement)) names.add(name);
    found.unshift(statement);
  }
  return found;
}

/** Integers and locals that a statement reads. */
export function namesIn(statement: Statement): string[] {
  const inBounds = (terms: readonly BoundTerm[]) => terms.flatMap(({ affine }) => affine.terms.map(([name]) => name));
  switch (statement.kind) {
    case 'loop':
      return [...inBounds(statement.from), ...inBounds(statement.to), ...statement.body.flatMap(namesIn)];
    case 'int':
      return statement.value.terms.map(([name]) => name);
    case 'store':
      return [...statement.address.terms.map(([name]) => name), ...namesInExpression(statement.value)];
    default:
      return [statement.name, ...namesInExpression(statement.value)];
  }
}

function namesInExpression(expression: Expression): string[] {
  const names: string[] = [];
  visitExpression(expression, (part) => {
    if (part.kind === 'local') names.push(part.name);
    for (const { terms } of affinesOf(part)) names.push(...terms.map(([name]) => name));
  });
  return names;
}

function isPure({ kind }: Statement): boolean {
  return kind === 'int' || kind === 'let';
}

function isElementLoop(statement: Statement): statement is Loop {
  if (statement.kind !== 'loop' || !stores(statement)) return false;
  return fixed(statement.from) !== undefined && fixed(statement.to) !== undefined;
}

export function stores(statement: Statement): boolean {
  return statement.kind === 'loop' ? statement.body.some(stores) : statement.kind === 'store';
}

/** The bound, where it is a number. */
function fixed(terms: readonly BoundTerm[]): number | undefined {
  const [only, ...others] = terms;
  return others.length === 0 && only!.affine.terms.length === 0 && only!.divisor === 1
    ? only!.affine.constant
    : undefined;
}

function axisOf({ variable, from, to, step }: Loop): GridAxis {
  const [first, end] = [fixed(from)!, fixed(to)!];
  return { kind: 'axis', variable, from: first, step, count: Math.max(0, Math.ceil((end - first) / step)) };
}
