/**
 * @file The adjoint of a formula. From `y[a] = reduce(r) body(x[f(a, r)])` follows
 *
 *     dx[u] += sum over all (a, r) with f(a, r) = u of dy[a] * d body / d x[f(a, r)]
 *
 * and the *gather* form solves `f(a, r) = u` for one axis per dimension of x, preferably one of y's own axes: for a
 * convolution `u = s*i + d*p - P` gives `i = (u - d*p + P) / s`, and the taps p stay as the reduction. Where the division
 * is not exact or i is out of range, dy reads 0, so nothing else is needed. A solved reduction axis has no such access
 * to guard it and gets an explicit `inside` factor, unless its range is that of the dimension it indexes. `max` routes
 * the gradient to the tap that won, whose number a companion `argmax` formula gives.
 */
import {
  type Affine,
  affineAdd,
  affineAxis,
  affineScale,
  axisIndex,
  type Index,
  indexSubstitute,
  plainIndex,
  reduceIndex,
  soleAxis,
} from '../ir/affine.ts';
import {
  type Access,
  type Axis,
  access,
  constant,
  mapOperands,
  multiply,
  printScalar,
  type Reduction,
  type Scalar,
  select,
  substituteAxes,
} from '../ir/scalar.ts';
import { differentiate } from './differentiate.ts';
import { simplifyScalar } from './simplify-scalar.ts';

export interface AdjointProblem {
  /** Axes of y. */
  readonly axes: readonly Axis[];
  readonly body: Scalar;
  /** The access of x whose adjoint is wanted. */
  readonly access: Access;
  /** Shape of x. */
  readonly shape: readonly number[];
  /** Operand numbers that dy, y and the winning tap of `max` have in the result. */
  readonly dy: number;
  readonly y: number;
  readonly winner: number;
  /** The result is summed over the images too. */
  readonly overBatch: boolean;
}

export interface Adjoint {
  readonly axes: readonly Axis[];
  readonly body: Scalar;
}

/** The contribution of one access to the gradient of its operand; undefined where it is zero everywhere. */
export function adjointOf(problem: AdjointProblem): Adjoint | undefined {
  const reduction = problem.body.kind === 'reduce' ? problem.body : undefined;
  const inner = reduction ? reduction.body : problem.body;
  const derivative = inTermsOfValue(problem, differentiate(inner, problem.access));
  if (derivative.kind === 'constant' && derivative.value === 0) return undefined;

  const outputAxes = nameOutputAxes(problem, reduction);
  const unsolved = [...problem.axes, ...(reduction?.axes ?? [])];
  const solution = solve(problem, outputAxes, unsolved);

  const dyAccess = access(problem.dy, axisIndices(problem.axes));
  let term: Scalar = multiply(dyAccess, derivative);
  if (reduction && reduction.operator !== 'sum') term = routeToWinner(problem, reduction, term);
  for (const guard of solution.guards) term = multiply(guard, term);
  term = simplifyScalar(substituteAxes(term, solution.substitution));
  const remaining = solution.remaining;
  const summed: Scalar =
    remaining.length > 0 || problem.overBatch
      ? { kind: 'reduce', operator: 'sum', axes: remaining, batch: problem.overBatch, body: term }
      : term;
  return plainNames(outputAxes, remaining, summed);
}

/** Axes of dx: those of the access where it is plain, else `h` and `w` for maps. They must differ from all axes of y. */
function nameOutputAxes(problem: AdjointProblem, reduction: Reduction | undefined): Axis[] {
  const taken = new Set([...problem.axes, ...(reduction?.axes ?? [])].map((axis) => axis.name));
  const isMap = problem.shape.length === 3;
  return problem.shape.map((extent, k) => {
    const plain = soleAxis(problem.access.indices[k]!);
    const wanted = [plain && `${plain}_`, isMap && k > 0 ? ['h', 'w'][k - 1]! : undefined, `u${k}`];
    const name = wanted.find((candidate) => candidate && !taken.has(candidate)) ?? `u${k}_${taken.size}`;
    taken.add(name);
    return { name, extent };
  });
}

/** Where the derivative repeats the formula itself (`y * (1 - y)`), the value is read instead of computed again. */
function inTermsOfValue(problem: AdjointProblem, derivative: Scalar): Scalar {
  if (problem.body.kind !== 'call') return derivative;
  const wanted = textOf(problem.body);
  const value = access(problem.y, axisIndices(problem.axes));
  const replace = (part: Scalar): Scalar =>
    part.kind === 'call' && textOf(part) === wanted ? value : mapOperands(part, replace);
  return replace(derivative);
}

function textOf(scalar: Scalar): string {
  return printScalar(scalar, (operand) => `#${operand}`);
}

/** `c_` stands for the c of x while y has a c too; once y's is solved for, the plain name is free. */
function plainNames(axes: readonly Axis[], remaining: readonly Axis[], body: Scalar): Adjoint {
  const taken = new Set([...axes, ...remaining].map((axis) => axis.name));
  const renamed = axes.map((axis) => {
    const plain = axis.name.replace(/_$/, '');
    return plain === axis.name || taken.has(plain) ? axis : { name: plain, extent: axis.extent };
  });
  const substitution = new Map(axes.map((axis, k) => [axis.name, axisIndex(renamed[k]!.name)]));
  return { axes: renamed, body: substituteAxes(body, substitution) };
}

function axisIndices(axes: readonly Axis[]): Index[] {
  return axes.map((axis) => axisIndex(axis.name));
}

/** Only the winning tap passes the gradient on. */
function routeToWinner(problem: AdjointProblem, reduction: Reduction, term: Scalar): Scalar {
  const winner = access(problem.winner, axisIndices(problem.axes));
  const tap: Scalar = { kind: 'position', index: tapNumber(reduction.axes) };
  return select(winner, '==', tap, term, constant(0));
}

/** The row-major number of a tap: what `argmax` yields. */
export function tapNumber(axes: readonly Axis[]): Affine {
  let stride = 1;
  let number: Affine = { constant: 0, terms: [] };
  for (const axis of [...axes].reverse()) {
    number = affineAdd(affineAxis(axis.name, stride), number);
    stride *= axis.extent;
  }
  return number;
}

interface Solution {
  readonly substitution: Map<string, Index>;
  readonly guards: Scalar[];
  readonly remaining: Axis[];
}

function solve(problem: AdjointProblem, outputAxes: readonly Axis[], unsolved: Axis[]): Solution {
  const substitution = new Map<string, Index>();
  const guards: Scalar[] = [];
  const yAxes = new Set(problem.axes.map((axis) => axis.name));
  let remaining = unsolved;
  problem.access.indices.forEach((written, dimension) => {
    const output = outputAxes[dimension]!;
    const index = indexSubstitute(written, substitution);
    const axis = pickAxis(index, remaining, yAxes);
    if (!axis) {
      // Nothing to solve for: only the elements that the index names take part.
      guards.push(insideOfDifference(output, index));
      return;
    }
    const solved = solveFor(axis.name, output.name, index);
    for (const [name, known] of substitution)
      substitution.set(name, indexSubstitute(known, new Map([[axis.name, solved]])));
    substitution.set(axis.name, solved);
    remaining = remaining.filter((other) => other !== axis);
    const isWholeDimension =
      solved.divisor === 1 && isJust(solved.affine, output.name) && axis.extent === output.extent;
    if (!yAxes.has(axis.name) && !isWholeDimension)
      guards.push({ kind: 'inside', index: axisIndex(axis.name), extent: axis.extent });
  });
  return { substitution, guards, remaining };
}

/** One of y's axes if there is one (dy guards it), else a reduction axis; the largest extent leaves the least to sum. */
function pickAxis(index: Index, remaining: readonly Axis[], yAxes: ReadonlySet<string>): Axis | undefined {
  const used = remaining.filter((axis) => index.affine.terms.some(([name]) => name === axis.name));
  const own = used.filter((axis) => yAxes.has(axis.name));
  const candidates = own.length > 0 ? own : used;
  return candidates.reduce<Axis | undefined>(
    (best, axis) => (!best || axis.extent > best.extent ? axis : best),
    undefined,
  );
}

/** From `u = (c * axis + rest) / n`: `axis = (n*u - rest) / c`, with a positive divisor. */
function solveFor(axis: string, output: string, index: Index): Index {
  const coefficient = index.affine.terms.find(([name]) => name === axis)![1];
  const rest = affineAdd(affineAxis(axis, -coefficient), index.affine);
  const numerator = affineAdd(rest, affineAxis(output, index.divisor), -1);
  return coefficient > 0
    ? reduceIndex({ affine: numerator, divisor: coefficient })
    : reduceIndex({ affine: affineScale(numerator, -1), divisor: -coefficient });
}

/** 1 where `output == index`: their difference is inside [0, 1). */
function insideOfDifference(output: Axis, index: Index): Scalar {
  const difference = affineAdd(index.affine, affineAxis(output.name, index.divisor), -1);
  return { kind: 'inside', index: plainIndex(difference), extent: 1 };
}

function isJust(affine: Affine, axis: string): boolean {
  return (
    affine.constant === 0 && affine.terms.length === 1 && affine.terms[0]![0] === axis && affine.terms[0]![1] === 1
  );
}
