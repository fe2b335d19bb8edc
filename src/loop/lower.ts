/**
 * @file From a formula to a kernel: nests, collapsed where they can be, each scheduled for the target and written out.
 */
import { collapseAxes } from './collapse.ts';
import { flattenLanes } from './flatten-lanes.ts';
import { createNames, generateNests } from './generate.ts';
import { type Buffer, type Expression, type Kernel, type Statement, visitExpression } from './ir.ts';
import { type NestProblem, nestsOf } from './nest.ts';
import { chooseSchedule, type TargetTraits } from './schedule.ts';

export interface LoweringRequest extends NestProblem {
  readonly name: string;
  readonly documentation: readonly string[];
}

export function lowerFormula(request: LoweringRequest, traits: TargetTraits): Kernel {
  const nests = nestsOf(request)
    .map(collapseAxes)
    .map((nest) => flattenLanes(nest, traits.lanes, traits.width))
    .map((nest) => ({ nest, schedule: chooseSchedule(nest, traits) }));
  const body = generateNests(nests, request.result.buffer, createNames());
  return { name: request.name, documentation: request.documentation, body, buffers: buffersOf(body) };
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
