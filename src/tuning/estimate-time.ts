/** @file How long a network takes on the machine that was measured: its real plan, counted, times what each kind of work takes. */
import type { LayerTime, StepTime, TimeEstimate } from '../analysis/time-estimate.ts';
import type { RunOptions } from '../passes/pass.ts';
import { planModule } from '../plan/plan-module.ts';
import { programsOf } from '../plan/program-graphs.ts';
import type { Elaboration } from '../semantics/model.ts';
import { targetNamed } from '../targets/targets.ts';
import { type Calibration, secondsOf } from './calibration.ts';
import { type ProgramWork, programWork } from './program-work.ts';

export interface EstimateRequest {
  readonly elaboration: Elaboration;
  readonly calibration: Pick<Calibration, 'target' | 'kernels' | 'host'>;
  /** Images a step. */
  readonly batch: number;
  readonly passes?: Pick<RunOptions, 'skip'> | undefined;
}

/** Of the module that is built, on one thread. Milliseconds. */
export function estimateTime(request: EstimateRequest): TimeEstimate {
  const { elaboration, calibration, batch, passes } = request;
  const names = programsOf(elaboration);
  const plan = planModule({
    elaboration,
    programs: names,
    maxBatch: batch,
    target: targetNamed(calibration.target),
    passes,
  });
  const work = (name: 'train' | 'evaluate' | 'predict') => programWork(plan.programs[name]!.lowered, batch);
  const milliseconds = (of: ProgramWork) =>
    of.parts.reduce((sum, part) => sum + secondsOf(part.work, calibration), 0) * 1000 + hostTime(of, calibration);
  const common = { target: calibration.target, threads: 1, batch, predict: milliseconds(work('predict')) / batch };
  if (!names.includes('train')) return { ...common, layers: new Map() };
  const training = work('train');
  return {
    ...common,
    step: stepTime(training, calibration),
    evaluate: milliseconds(work('evaluate')) / batch,
    layers: layerTimes(training, request),
  };
}

function hostTime({ written }: ProgramWork, { host }: EstimateRequest['calibration']): number {
  return (host.step + host.written * written) / 1e6;
}

function stepTime(work: ProgramWork, calibration: EstimateRequest['calibration']): StepTime {
  const parts = { forward: 0, backward: 0, update: 0 };
  for (const part of work.parts) parts[part.stage] += 1000 * secondsOf(part.work, calibration);
  const host = hostTime(work, calibration);
  return { ...parts, host, total: parts.forward + parts.backward + parts.update + host };
}

/** The update of a parameter is time of the layer whose it is. */
function layerTimes({ parts }: ProgramWork, { elaboration, calibration }: EstimateRequest): Map<string, LayerTime> {
  const owners = new Map(
    elaboration.training.layers.flatMap(({ name, states }) => states.map((state) => [state.name, name] as const)),
  );
  const found = new Map<string, Record<keyof LayerTime, number>>();
  for (const { layer, stage, work } of parts) {
    const name = owners.get(layer) ?? layer;
    const times = found.get(name) ?? { forward: 0, backward: 0, update: 0 };
    times[stage] += 1000 * secondsOf(work, calibration);
    found.set(name, times);
  }
  return found;
}
