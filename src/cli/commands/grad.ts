/** @file `cnnc grad FILE` shows the derived gradients, `cnnc gradcheck FILE` compares them with central differences. */
import { countFlops } from '../../analysis/cost.ts';
import { checkGradients, gradientReport, trainingGraph } from '../../compile.ts';
import type { GradientCheck } from '../../emit/check-gradients.ts';
import type { Elaboration } from '../../semantics/model.ts';
import { type CompileFileOptions, withCompiledFile } from '../compile-file.ts';
import { EXIT } from '../report.ts';
import type { Terminal } from '../terminal.ts';

export function grad(path: string, options: CompileFileOptions, terminal: Terminal): Promise<number> {
  return withCompiledFile(path, options, terminal, ({ elaboration }) => {
    terminal.out(gradientReport(elaboration));
    return EXIT.success;
  });
}

export interface GradcheckOptions extends CompileFileOptions {
  /** Elements compared of each parameter. */
  readonly samples?: number;
  readonly seed?: number;
  readonly tolerance: number;
}

/** Exit status 1 when a gradient is off by more than the tolerance, relative to the largest of its parameter. */
export function gradcheck(path: string, options: GradcheckOptions, terminal: Terminal): Promise<number> {
  return withCompiledFile(path, options, terminal, ({ elaboration }) => {
    const { seed, tolerance } = options;
    const checks = checkGradients(elaboration, { ...effort(elaboration, options), seed });
    const failed = checks.filter(({ relativeError }) => !(relativeError <= tolerance));
    if (options.json) terminal.out(`${JSON.stringify(checks, null, 2)}\n`);
    else terminal.out(gradientTable(checks, tolerance));
    const verdict =
      failed.length > 0 ? `${failed.length} of ${checks.length} gradients are wrong` : 'all gradients agree';
    terminal.err(`${verdict} (derived against central differences in f64, tolerance ${tolerance})\n`);
    return failed.length > 0 ? EXIT.failure : EXIT.success;
  });
}

/** FLOPs that a check may take unless it is told otherwise: some seconds. */
const BUDGET = 3e9;

/** A difference takes four whole steps; large networks are checked on fewer elements and images. */
function effort(elaboration: Elaboration, { samples }: GradcheckOptions): { samples: number; count: number } {
  const { forward, backward } = countFlops(trainingGraph(elaboration, { stopAfter: 'eliminate-dead' }));
  const parameters = elaboration.states.filter((state) => state.role === 'parameter').length;
  const affordable = BUDGET / (4 * parameters * (forward + backward));
  const count = Math.min(5, Math.max(2, Math.floor(affordable / 2)));
  return { count, samples: samples ?? Math.min(12, Math.max(1, Math.floor(affordable / count))) };
}

function gradientTable(checks: readonly GradientCheck[], tolerance: number): string {
  const width = Math.max(9, ...checks.map(({ parameter }) => parameter.length));
  const line = (name: string, shape: string, checked: string, error: string, verdict: string) =>
    `${name.padEnd(width)}  ${shape.padEnd(16)}${checked.padStart(8)}  ${error.padStart(14)}  ${verdict}`.trimEnd();
  return [
    line('parameter', 'shape', 'checked', 'relative error', ''),
    ...checks.map(({ parameter, shape, checked, relativeError }) =>
      line(
        parameter,
        shape.join('x'),
        String(checked),
        relativeError.toExponential(1),
        relativeError <= tolerance ? 'ok' : 'WRONG',
      ),
    ),
    '',
  ].join('\n');
}
