/** @file What the benchmark `estimate` needs of the compiler's inside: a measure of this machine, and what follows from it. */
import { compileSource, emitModule } from '../src/compile.ts';
import { planModule } from '../src/plan/plan-module.ts';
import { TRAINER_PROGRAMS } from '../src/plan/program-graphs.ts';
import type { Elaboration } from '../src/semantics/model.ts';
import type { TargetName } from '../src/targets/target.ts';
import { targetNamed } from '../src/targets/targets.ts';
import { calibrate, type Measured } from '../src/tuning/calibrate.ts';
import { callableKernels } from '../src/tuning/callable-kernels.ts';
import { estimateTime } from '../src/tuning/estimate-time.ts';

export { calibrate, emitModule };

export function elaborated(text: string, file: string): Elaboration {
  const { elaboration, diagnostics } = compileSource(text, file);
  if (elaboration) return elaboration;
  throw new Error(`${file}: ${diagnostics.map(({ code, message }) => `${code} ${message}`).join('; ')}`);
}

/** Milliseconds: of a step, of what the host has of it, and of predicting one image. */
export function estimated(elaboration: Elaboration, calibration: Measured, batch: number) {
  const { step, predict } = estimateTime({ elaboration, calibration, batch });
  return { step: step!.total, host: step!.host, predict };
}

/** The kernels of a step, in the order in which it calls them: `run` takes the milliseconds of each call. */
export function callsOfStep(elaboration: Elaboration, target: TargetName, maxBatch: number) {
  const { traits } = targetNamed(target);
  const plan = planModule({ elaboration, programs: TRAINER_PROGRAMS, maxBatch, target: { traits, threads: false } });
  const { phases, fill } = callableKernels(plan, target);
  fill();
  return phases.flatMap((kernels) =>
    Array.from({ length: kernels[0]?.blocks ?? 0 }, (_, block) =>
      kernels.map(
        ({ call }) =>
          () =>
            call(block),
      ),
    ).flat(),
  );
}
