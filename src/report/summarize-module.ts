/** @file The figures of a network, with those of the module that it will be: its plan, for which no kernels are made. */
import type { PlannedMemory } from '../analysis/memory.ts';
import { type Summary, summarize } from '../analysis/summary.ts';
import type { RunOptions } from '../passes/pass.ts';
import { type PlanTarget, type ProgramsPlan, planPrograms } from '../plan/plan-programs.ts';
import { programsOf } from '../plan/program-graphs.ts';
import type { Elaboration } from '../semantics/model.ts';
import { traitsFor } from '../targets/target.ts';
import { TARGETS } from '../targets/targets.ts';
import { activationFloats, liveSet } from './memory-timeline.ts';

export interface SummaryOptions {
  /** Images a step; those of the `train` block unless given. */
  readonly batch?: number;
  /** That of `build` unless given. */
  readonly target?: PlanTarget;
  readonly passes?: Pick<RunOptions, 'skip'> | undefined;
}

/**
 * The layers of a network with their figures, and its totals. The memory is that of the module which is built for batches
 * of `batch` at most, on one thread, and of one that only predicts; without a loss both are the same.
 */
export function summaryOf(elaboration: Elaboration, options: SummaryOptions = {}): Summary {
  return summarizeWithPlan(elaboration, options).summary;
}

/** The summary, and the plan that its memory is of. */
export function summarizeWithPlan(
  elaboration: Elaboration,
  options: SummaryOptions = {},
): { readonly summary: Summary; readonly plan: ProgramsPlan } {
  const { batch = elaboration.settings.batch, target = TARGETS[0]!, passes } = options;
  const traits = traitsFor(target, batch);
  const request = { elaboration, target: { ...target, traits }, maxBatch: batch, passes };
  const programs = programsOf(elaboration);
  const whole = planPrograms({ ...request, programs });
  const prediction = programs.length > 1 ? planPrograms({ ...request, programs: ['predict'] as const }) : whole;
  const summary = summarize({
    model: elaboration.training,
    states: elaboration.states,
    step: whole.graphs[programs[0]!]!.formulas,
    memory: plannedMemory(whole),
    prediction: plannedMemory(prediction),
    batch,
    block: traits.lanes,
  });
  return { summary: elaboration.incomplete ? { ...summary, incomplete: true } : summary, plan: whole };
}

function plannedMemory({ state, plans, memoryLength }: ProgramsPlan<never>): PlannedMemory {
  return {
    states: state,
    activationFloats: Math.max(...Object.values(plans).map(activationFloats)),
    live: Object.values(plans)
      .map(liveSet)
      .reduce((most, other) => (other.bytes > most.bytes ? other : most)),
    end: memoryLength,
  };
}
