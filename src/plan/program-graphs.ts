/** @file The programs that a module may have, and the graph of each: what it computes, before and after fusion. */
import { type Graph, type Result, type State, sourceOf, viewedNode } from '../ir/graph.ts';
import { eliminateDead } from '../passes/eliminate-dead.ts';
import { type Pass, type RunOptions, runPasses } from '../passes/pass.ts';
import { FORWARD_PASSES, FUSION_PASSES, formulaPasses, ONE_IMAGE_PASSES } from '../passes/pipeline.ts';
import { updateRuleOf } from '../passes/update-rule.ts';
import type { Elaboration, Layer, Model } from '../semantics/model.ts';
import { hasLoss, requireLoss } from '../semantics/network.ts';

/** `evaluate`: loss, metrics and outputs in inference mode; `predict`: outputs alone; `predictOne`: those of a single image. */
export type ProgramName = 'train' | 'evaluate' | 'predict' | 'predictOne';

/** What a trainer module has. */
export const TRAINER_PROGRAMS = ['train', 'evaluate', 'predict'] as const satisfies readonly ProgramName[];
export type TrainerProgram = (typeof TRAINER_PROGRAMS)[number];

/** What a module of the network can have: without a loss, prediction alone. */
export function programsOf(elaboration: Elaboration): readonly ProgramName[] {
  return hasLoss(elaboration) ? TRAINER_PROGRAMS : ['predict'];
}

export interface ProgramGraph {
  /** None joined with another: what work is counted on. */
  readonly formulas: Graph;
  /** After all passes. */
  readonly graph: Graph;
}

/** Reports CNN2008 for a program that needs a loss, where there is none. */
export function programGraph(elaboration: Elaboration, name: ProgramName, passes: RunOptions = {}): ProgramGraph {
  const stages = formulaStage(elaboration, name);
  const formulas = runPasses(wantedGraph(elaboration, name), stages, passes);
  const stopped = stages.some((pass) => pass.name === passes.stopAfter);
  return { formulas, graph: stopped ? formulas : runPasses(formulas, FUSION_PASSES, passes) };
}

/** The graph of a training step after all passes. Reports CNN2008. */
export function trainingGraph(elaboration: Elaboration, passes?: RunOptions): Graph {
  return programGraph(elaboration, 'train', passes).graph;
}

/** The formulas of a training step, none joined with another; without a loss, those of prediction. */
export function formulaGraph(elaboration: Elaboration, passes: Pick<RunOptions, 'skip'> = {}): Graph {
  const [name] = programsOf(elaboration);
  return runPasses(wantedGraph(elaboration, name!), formulaStage(elaboration, name!), passes);
}

function formulaStage({ settings }: Elaboration, name: ProgramName): readonly Pass[] {
  if (name === 'predictOne') return ONE_IMAGE_PASSES;
  return name === 'train'
    ? formulaPasses(updateRuleOf(settings.optimizer, settings), settings.augment.mix !== undefined)
    : FORWARD_PASSES;
}

function wantedGraph(elaboration: Elaboration, name: ProgramName): Graph {
  if (name === 'predict' || name === 'predictOne') return predictedGraph(elaboration);
  requireLoss(elaboration);
  return name === 'train' ? measuredGraph(elaboration) : only(elaboration.inference.graph, 'loss', 'metric', 'output');
}

/** What a training step computes forward. */
function measuredGraph({ training, inference }: Elaboration): Graph {
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

/** The outputs, or where none is declared what no layer reads. */
export function predictedGraph({ inference }: Elaboration): Graph {
  const { graph, outputs, layers } = inference;
  if (outputs.length > 0) return only(graph, 'output');
  const read = new Set(graph.nodes.flatMap(({ inputs }) => inputs.map(viewedNode)));
  const last = layers.filter(({ output }) => output.varying && !read.has(viewedNode(output)));
  const results = last.map(({ name, output }): Result => ({ role: 'output', name, node: output }));
  return eliminateDead({ ...graph, results });
}

/** Layers that nothing else reads but the loss or a metric: heads that help to train a network. */
export function headsOf(elaboration: Elaboration): readonly Layer[] {
  const needed = new Set(predictedGraph(elaboration).nodes);
  const others = elaboration.inference.layers.filter(({ output }) => output.varying && !needed.has(output));
  const read = new Set(others.flatMap(({ inputs }) => inputs.map(viewedNode)));
  return others.filter(({ output }) => !read.has(viewedNode(output)));
}

/** What the network predicts, and its heads, as outputs of their names. */
export function graphWithHeads(elaboration: Elaboration): Graph {
  const { results } = predictedGraph(elaboration);
  const heads = headsOf(elaboration).map(({ name, output }): Result => ({ role: 'output', name, node: output }));
  return eliminateDead({ ...elaboration.inference.graph, results: [...results, ...heads] });
}

function only(graph: Graph, ...roles: string[]): Graph {
  return eliminateDead({ ...graph, results: graph.results.filter((result) => roles.includes(result.role)) });
}
