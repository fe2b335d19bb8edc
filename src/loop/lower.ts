/**
 * @file From formulas to a kernel: nests, collapsed where they can be, each scheduled for the target and written out. The
 * formulas of a shared loop become one loop, in which each computes its part for one value of the shared axis.
 */
import { affineAxis, affineConstant } from '../ir/affine.ts';
import { collapseAxes } from './collapse.ts';
import { flattenLanes } from './flatten-lanes.ts';
import { generateNests } from './generate.ts';
import { type Buffer, type Expression, type Kernel, type Statement, visitExpression } from './ir.ts';
import { type Nest, type NestProblem, nestsOf } from './nest.ts';
import { orderTaps } from './order-taps.ts';
import type { NestAxis } from './piece.ts';
import { createNames, type NameSupply } from './placed-code.ts';
import { chooseSchedule, type TargetTraits } from './schedule.ts';

/** One formula, or all those of one shared loop. */
export function lowerFormulas(problems: readonly NestProblem[], traits: TargetTraits): Kernel {
  const names = createNames();
  const [first] = problems;
  const body = first!.formula.shared
    ? sharedLoop(problems, names, traits)
    : generateNests(
        nestsOf(first!).map((nest) => scheduled(nest, traits)),
        first!.result.buffer,
        names,
      );
  return { overBlocks: first!.blocks !== undefined, body, buffers: buffersOf(body) };
}

function scheduled(nest: Nest, traits: TargetTraits) {
  const flat = collapseAxes(flattenLanes(orderTaps(collapseAxes(nest)), traits));
  // One register holds a whole block.
  const isPaired = traits.paired && flat.width === undefined && !flat.reduction?.folded;
  return { nest: flat, schedule: chooseSchedule(flat, isPaired ? { ...traits, registersPerVarying: 1 } : traits) };
}

function sharedLoop(problems: readonly NestProblem[], names: NameSupply, traits: TargetTraits): Statement[] {
  const extent = sharedExtent(problems[0]!);
  const variable = names.next('row');
  const body = problems.flatMap((problem) =>
    nestsOf(problem).flatMap((nest) => {
      const { axis, rest } = withoutAxis(nest, problem.formula.shared!.axis);
      const part = [scheduled(rest, traits)];
      const isWhole = axis.from === 0 && axis.to === extent;
      // A nest for some rows only runs in a loop that takes none or one of them.
      const at = isWhole ? variable : names.next('row');
      const statements = generateNests(part, problem.result.buffer, names, new Map([[axis.name, at]]));
      return isWhole ? statements : [onlyWithin(axis, variable, at, statements)];
    }),
  );
  const bound = (value: number) => [{ affine: affineConstant(value), divisor: 1 }];
  return [{ kind: 'loop', variable, from: bound(0), to: bound(extent), step: 1, body, free: true }];
}

function onlyWithin({ from, to }: NestAxis, row: string, variable: string, body: readonly Statement[]): Statement {
  const atRow = (constant: number) => ({ affine: { ...affineAxis(row), constant }, divisor: 1 });
  const at = (constant: number) => ({ affine: affineConstant(constant), divisor: 1 });
  return { kind: 'loop', variable, from: [at(from), atRow(0)], to: [at(to), atRow(1)], step: 1, body };
}

function sharedExtent({ formula: { axes, body, shared } }: NestProblem): number {
  const reduced = body.kind === 'reduce' ? body.axes : [];
  return [...axes, ...reduced].find(({ name }) => name === shared!.axis)!.extent;
}

/** The nest for one value of an axis, which addresses still mention. */
function withoutAxis(nest: Nest, name: string): { axis: NestAxis; rest: Nest } {
  const others = (axes: readonly NestAxis[]) => axes.filter((axis) => axis.name !== name);
  const axis = [...nest.axes, ...(nest.reduction?.axes ?? [])].find((candidate) => candidate.name === name)!;
  const reduction = nest.reduction && { ...nest.reduction, axes: others(nest.reduction.axes) };
  return { axis, rest: { ...nest, axes: others(nest.axes), ...(reduction ? { reduction } : {}) } };
}

function buffersOf(body: readonly Statement[]): Buffer[] {
  const buffers = new Set<Buffer>();
  const visit = (expression: Expression) =>
    visitExpression(expression, (part) => {
      if (part.kind === 'load') buffers.add(part.buffer);
    });
  const walk = (statements: readonly Statement[]): void => {
    for (const statement of statements) {
      if (statement.kind === 'loop') walk(statement.body);
      else if (statement.kind !== 'int') visit(statement.value);
      if (statement.kind === 'store') buffers.add(statement.buffer);
    }
  };
  walk(body);
  return [...buffers];
}
