/**
 * @file Everything about a trainer module that does not depend on the target: the three programs (train, evaluate,
 * predict), where all values lie, and the description that the runtime works from.
 */
import { InternalError } from '../diagnostics/diagnostic.ts';
import {
  elementCount,
  type Graph,
  type HostExpression,
  type Node,
  type Result,
  type Source,
  type State,
  sourceOf,
  viewedNode,
} from '../ir/graph.ts';
import type { TargetTraits } from '../loop/schedule.ts';
import { eliminateDead } from '../passes/eliminate-dead.ts';
import { type RunOptions, runPasses } from '../passes/pass.ts';
import { FORWARD_PASSES, formulaPasses, OPTIMIZING_PASSES, trainingPasses } from '../passes/pipeline.ts';
import { updateRuleOf } from '../passes/update-rule.ts';
import type { ProgramLayout, StateLayout } from '../runtime/executable.ts';
import type { Elaboration, Model } from '../semantics/model.ts';
import { hasLoss, requireLoss } from '../semantics/network.ts';
import { chooseGroups } from './choose-groups.ts';
import { drawOf } from './initial-draw.ts';
import { type LoweredProgram, lowerPrograms } from './lowered-program.ts';
import { align } from './plan-memory.ts';
import { predictProgram } from './predict-program.ts';

export interface ModuleRequest {
  readonly elaboration: Elaboration;
  readonly traits: TargetTraits;
  readonly maxBatch: number;
  /** Whether the target can run on several threads. */
  readonly threads?: boolean;
  readonly passes?: RunOptions;
}

export interface PlannedScalar {
  readonly name: string;
  readonly offset: number;
  readonly expression: HostExpression;
}

/** A state, and of the optimiser's what it is of which parameter. */
export interface PlannedState extends StateLayout {
  readonly slot?: { readonly name: string; readonly of: string };
}

export interface ModulePlan {
  readonly elaboration: Elaboration;
  readonly traits: TargetTraits;
  readonly maxBatch: number;
  /** For one thread, the arena of which comes last; each further thread has another. */
  readonly memoryLength: number;
  readonly arenaLength: number;
  /** Groups that blocks of images fall into: the most threads that can have work. */
  readonly groups: number;
  readonly state: readonly PlannedState[];
  readonly gradients: readonly {
    readonly parameter: string;
    readonly shape: readonly number[];
    readonly offset: number;
  }[];
  readonly scalars: readonly PlannedScalar[];
  readonly train: PlannedProgram;
  /** Forward in inference mode. */
  readonly infer: PlannedProgram;
  /** The part of it that outputs depend on. */
  readonly predict: PlannedProgram;
}

export interface PlannedProgram {
  readonly lowered: LoweredProgram;
  readonly layout: ProgramLayout;
}

export function planModule(request: ModuleRequest): ModulePlan {
  const { elaboration, traits } = request;
  const { longestTiledKernel } = traits;
  const passes = { longestTiledKernel, ...request.passes };
  const graphs = { train: trainGraph(elaboration, passes), infer: inferenceGraph(elaboration, passes) };
  const { layout: state, offsets, end: start } = layOutStates(elaboration, graphs.train);
  const maxBlocks = Math.ceil(request.maxBatch / traits.lanes);
  const groups = request.threads ? chooseGroups(graphs.train, maxBlocks, request.maxBatch) : 1;
  const common = { traits, maxBlocks, states: offsets, start, groups };
  const programs = (['train', 'infer'] as const).map((name) => ({ name, graph: graphs[name], ...common }));
  const [train, infer] = lowerPrograms(programs).map((lowered) => ({
    lowered,
    layout: programLayout(lowered, elaboration),
  })) as [PlannedProgram, PlannedProgram];
  const memoryLength = align(Math.max(train.lowered.plan.end, infer.lowered.plan.end));
  const arenaLength = align(Math.max(train.lowered.plan.arenaLength, infer.lowered.plan.arenaLength));
  return {
    elaboration,
    traits,
    maxBatch: request.maxBatch,
    memoryLength,
    arenaLength,
    groups,
    state,
    gradients: gradientLayouts(train.lowered),
    scalars: scalarLayouts(train.lowered),
    train,
    infer,
    predict: planPrediction(infer),
  };
}

/** Without labels, loss and metrics. */
function planPrediction(infer: PlannedProgram): PlannedProgram {
  const lowered = predictProgram(infer.lowered);
  const inputs = infer.layout.inputs.filter((input) => input.role === 'image');
  const zero = lowered.phases.length === infer.lowered.phases.length ? infer.layout.zero : [];
  return { lowered, layout: { ...infer.layout, inputs, zero, loss: -1, metrics: [] } };
}

/** The graph of a training step after all passes. Reports CNN2008. */
export function trainGraph(elaboration: Elaboration, passes: RunOptions = {}): Graph {
  return runPasses(measuredGraph(elaboration), trainingPasses(updateRuleOf(elaboration.settings.optimizer)), passes);
}

/** The formulas of a training step, none joined with another; without a loss, those of inference. */
export function stepFormulas(elaboration: Elaboration, passes: RunOptions = {}): Graph {
  if (!hasLoss(elaboration)) return runPasses(computedGraph(elaboration), FORWARD_PASSES, passes);
  return runPasses(measuredGraph(elaboration), formulaPasses(updateRuleOf(elaboration.settings.optimizer)), passes);
}

/** What a training step computes forward. */
function measuredGraph(elaboration: Elaboration): Graph {
  requireLoss(elaboration);
  const { training, inference } = elaboration;
  const kept = keptBuffers(inference);
  const wanted = training.graph.results.filter((result) => {
    if (result.role === 'metric') return result.finish === undefined;
    return result.role !== 'assign' || kept.has(result.state);
  });
  return only({ ...training.graph, results: wanted }, 'loss', 'metric', 'assign');
}

/** Running statistics that inference reads: those of a layer that nothing depends on are not gathered. */
function keptBuffers({ graph }: Model): ReadonlySet<State> {
  const { nodes } = only(graph, 'loss', 'metric', 'output');
  return new Set(
    nodes.flatMap((node) => {
      const source = sourceOf(node);
      return source?.role === 'state' ? [source.state] : [];
    }),
  );
}

/** Inference after all passes, of a network that has no loss. */
export function forwardGraph(elaboration: Elaboration, passes: RunOptions = {}): Graph {
  return runPasses(computedGraph(elaboration), OPTIMIZING_PASSES, passes);
}

/** Inference without a loss: it computes the outputs, or without any what no layer reads. */
function computedGraph({ inference }: Elaboration): Graph {
  const { graph, outputs, layers } = inference;
  if (outputs.length > 0) return only(graph, 'output');
  const read = new Set(graph.nodes.flatMap(({ inputs }) => inputs.map(viewedNode)));
  const last = layers.filter(({ output }) => output.varying && !read.has(viewedNode(output)));
  const results = last.map(({ name, output }): Result => ({ role: 'output', name, node: output }));
  return eliminateDead({ ...graph, results });
}

/** Inference with its loss and metrics, after all passes. */
function inferenceGraph({ inference }: Elaboration, passes: RunOptions = {}): Graph {
  const { skip, longestTiledKernel, leastTiledWork } = passes;
  const graph = only(inference.graph, 'loss', 'metric', 'output');
  return runPasses(graph, OPTIMIZING_PASSES, { skip, longestTiledKernel, leastTiledWork });
}

function only(graph: Graph, ...roles: string[]): Graph {
  return eliminateDead({ ...graph, results: graph.results.filter((result) => roles.includes(result.role)) });
}

/** Parameters and buffers in order of creation, then optimiser state. */
function layOutStates(elaboration: Elaboration, train: Graph) {
  const ofOptimizer: State[] = [];
  for (const result of train.results)
    if (result.role === 'assign' && result.state.role === 'optimizer') ofOptimizer.push(result.state);
  const offsets = new Map<State, number>();
  const layout: PlannedState[] = [];
  let end = 0;
  for (const state of [...elaboration.states, ...ofOptimizer]) {
    offsets.set(state, end);
    const { name, role, shape, trainable, initializer, optimizer } = state;
    const slot = optimizer && { name: optimizer.slot, of: optimizer.of.name };
    layout.push({ name, role, shape, trainable, offset: end, initializer: drawOf(initializer), ...(slot && { slot }) });
    end = align(end + elementCount(state.shape));
  }
  return { layout, offsets, end };
}

function gradientLayouts(program: LoweredProgram) {
  return program.graph.results.flatMap((result) =>
    result.role === 'gradient'
      ? [{ parameter: result.state.name, shape: result.state.shape, offset: program.slotOf(result.node).start }]
      : [],
  );
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
      return [{ name: result.name, shape: result.node.shape, offset: slot.start, blockStride: slot.perBlock }];
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

function inputLayout(node: Node, source: Source, program: LoweredProgram, elaboration: Elaboration) {
  if (source.role === 'state' || source.role === 'scalar')
    throw new InternalError('plan', `%${node.name} is not staged`);
  const slot = program.slotOf(node);
  const normalize = source.role === 'image' ? elaboration.settings.normalize?.get(source.name) : undefined;
  return {
    name: 'name' in source ? source.name : source.role,
    role: source.role,
    shape: node.shape,
    offset: slot.start,
    blockStride: slot.perBlock,
    ...(source.role === 'target' && source.classes !== undefined ? { classes: source.classes } : {}),
    ...(normalize && { normalize }),
  };
}
