/**
 * @file Everything about a module that does not depend on the target: its programs with their kernels, where all values
 * lie, and the description that the runtime works from.
 */
import { InternalError } from '../diagnostics/diagnostic.ts';
import { elementCount, type HostExpression, type Node, type Source, sourceOf } from '../ir/graph.ts';
import type { ProgramLayout } from '../runtime/executable.ts';
import type { Elaboration } from '../semantics/model.ts';
import { layoutOfValue } from './lanes.ts';
import { type LoweredProgram, lowerPrograms } from './lowered-program.ts';
import type { Slot } from './plan-memory.ts';
import {
  type PerProgram,
  type PlannedState,
  type PlanRequest,
  type ProgramsPlan,
  planPrograms,
} from './plan-programs.ts';
import { predictProgram } from './predict-program.ts';
import type { ProgramName, TrainerProgram } from './program-graphs.ts';

export interface PlannedScalar {
  readonly name: string;
  readonly offset: number;
  readonly expression: HostExpression;
}

export interface PlannedProgram {
  readonly lowered: LoweredProgram;
  readonly layout: ProgramLayout;
}

export interface ModulePlan<Name extends ProgramName = TrainerProgram> extends ProgramsPlan<Name> {
  readonly gradients: readonly {
    readonly parameter: string;
    readonly shape: readonly number[];
    readonly offset: number;
  }[];
  readonly scalars: readonly PlannedScalar[];
  /** In the order in which they were asked for. */
  readonly programs: PerProgram<Name, PlannedProgram>;
}

export function planModule<Name extends ProgramName>(request: PlanRequest<Name>): ModulePlan<Name> {
  return lowerModule(planPrograms(request));
}

/** Makes the kernels of what is planned. */
export function lowerModule<Name extends ProgramName>(plan: ProgramsPlan<Name>): ModulePlan<Name> {
  const placed = Object.keys(plan.plans) as ProgramName[];
  const lowered = lowerPrograms(Object.values(plan.plans));
  const own = new Map(
    lowered.map((program, k) => [placed[k]!, { lowered: program, layout: programLayout(program, plan.elaboration) }]),
  );
  const programs = plan.names.map((name) => [name, own.get(name) ?? planPrediction(own.get('evaluate')!)]);
  const train = own.get('train')?.lowered;
  return {
    ...plan,
    gradients: train ? gradientLayouts(train, plan.state) : [],
    scalars: train ? scalarLayouts(train) : [],
    programs: Object.fromEntries(programs),
  };
}

/** Evaluating without labels, loss and metrics. */
function planPrediction(evaluate: PlannedProgram): PlannedProgram {
  const lowered = predictProgram(evaluate.lowered);
  const inputs = evaluate.layout.inputs.filter((input) => input.role === 'image');
  const zero = lowered.phases.length === evaluate.lowered.phases.length ? evaluate.layout.zero : [];
  return { lowered, layout: { ...evaluate.layout, inputs, zero, loss: -1, metrics: [] } };
}

/** In the order of the parameters. */
function gradientLayouts(program: LoweredProgram, states: readonly PlannedState[]) {
  const layouts = program.graph.results.flatMap((result) =>
    result.role === 'gradient'
      ? [{ parameter: result.state.name, shape: result.state.shape, offset: program.slotOf(result.node).start }]
      : [],
  );
  const placeOf = new Map(states.map(({ name }, k) => [name, k]));
  return layouts.sort((one, other) => placeOf.get(one.parameter)! - placeOf.get(other.parameter)!);
}

function scalarLayouts(program: LoweredProgram): PlannedScalar[] {
  return program.graph.nodes.flatMap((node) => {
    const source = sourceOf(node);
    if (source?.role !== 'scalar') return [];
    return [{ ...source.scalar, offset: program.slotOf(node).start }];
  });
}

function programLayout(program: LoweredProgram, elaboration: Elaboration): ProgramLayout {
  const { graph, plan } = program;
  const offsetOf = (node: Node) => program.slotOf(node).start;
  const loss = graph.results.find((result) => result.role === 'loss');
  return {
    inputs: program.inputs.map((node) => inputLayout(node, sourceOf(node)!, program, elaboration)),
    outputs: graph.results.flatMap((result) => {
      if (result.role !== 'output') return [];
      const slot = program.slotOf(result.node);
      return [{ name: result.name, shape: result.node.shape, offset: slot.start, ...strideOf(slot) }];
    }),
    zero: plan.zero.map(({ perGroup, ...region }) => (perGroup > 0 ? { ...region, perGroup } : region)),
    loss: loss ? offsetOf(loss.node) : -1,
    metrics: graph.results.flatMap((result) =>
      result.role === 'metric' ? [metricLayout(result.name, result.node, offsetOf(result.node))] : [],
    ),
  };
}

function metricLayout(name: string, node: Node, offset: number) {
  const length = elementCount(node.shape);
  return { name, offset, ...(length > 1 && { length }) };
}

/** Nothing for what all blocks share. */
function strideOf({ perBlock }: Slot): { blockStride?: number } {
  return perBlock ? { blockStride: perBlock } : {};
}

/** From channel to channel and from pixel to pixel, where lanes are no images. */
function stepsOf(node: Node, { layouts }: LoweredProgram): { steps?: readonly [channel: number, pixel: number] } {
  if (layouts.lanesOf(node) === 'images') return {};
  const { strides } = layoutOfValue(node, layouts);
  return { steps: [strides[0] ?? 1, strides.length > 1 ? strides.at(-1)! : 1] };
}

function inputLayout(node: Node, source: Source, program: LoweredProgram, elaboration: Elaboration) {
  if (source.role === 'state' || source.role === 'scalar')
    throw new InternalError('plan-module', `%${node.name} is not staged`);
  const slot = program.slotOf(node);
  const normalize = source.role === 'image' ? elaboration.settings.normalize?.get(source.name) : undefined;
  return {
    name: 'name' in source ? source.name : source.role,
    role: source.role,
    shape: node.shape,
    offset: slot.start,
    ...strideOf(slot),
    ...('mixed' in source && source.mixed && { mixed: source.mixed }),
    ...(normalize && { normalize }),
    ...stepsOf(node, program),
  };
}
