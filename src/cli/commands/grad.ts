/** @file `cnnc grad FILE` shows the derived gradients, `cnnc gradcheck FILE` compares them with central differences. */
import { countFlops } from '../../analysis/cost.ts';
import type { GradientCheck } from '../../check/check-gradients.ts';
import { checkGradients } from '../../check/check-gradients.ts';
import { compareTargets } from '../../check/compare-targets.ts';
import { tableText } from '../../common/table.ts';
import { formulaGraph } from '../../plan/program-graphs.ts';
import { gradientReport } from '../../report/gradient-report.ts';
import type { Elaboration } from '../../semantics/model.ts';
import { type CompileFileOptions, withCompiledFile } from '../compile-file.ts';
import { EXIT } from '../report.ts';
import type { Terminal } from '../terminal.ts';

export function grad(path: string, options: CompileFileOptions, terminal: Terminal): Promise<number> {
  return withCompiledFile(path, options, terminal, ({ elaboration }) => {
    terminal.out(gradientReport(elaboration, { skip: options.skip }));
    return EXIT.success;
  });
}

export interface GradcheckOptions extends CompileFileOptions {
  /** Elements compared of each parameter. */
  readonly samples?: number;
  readonly seed?: number;
  readonly tolerance: number;
}

/** Of one parameter; all errors are relative to its largest gradient. */
interface Verdict extends GradientCheck {
  /** Between the modules of the two targets, in f32; at a kink rounding decides between two gradients. */
  readonly targetsError: number;
  readonly targetsAtKink: boolean;
  readonly passed: boolean;
}

/** What f32 leaves of a gradient after sums in different orders. */
const TARGETS_TOLERANCE = 1e-3;

/** Exit status 1 when a derived gradient is off, the targets differ, or nothing at all could be compared. */
export function gradcheck(path: string, options: GradcheckOptions, terminal: Terminal): Promise<number> {
  return withCompiledFile(path, options, terminal, async ({ elaboration }) => {
    const { verdicts, images } = await checkAll(elaboration, options);
    const failed = verdicts.filter(({ passed }) => !passed);
    if (options.json) terminal.out(`${JSON.stringify(verdicts, null, 2)}\n`);
    else terminal.out(gradientTable(verdicts));
    if (verdicts.length === 0) {
      terminal.err(`nothing to check: \`${elaboration.training.name}\` has no parameters that are trained\n`);
      return EXIT.success;
    }
    for (const line of leftOut(verdicts)) terminal.err(`${line}\n`);
    const between = `${TARGETS_TOLERANCE} between the targets in f32 on ${images} image${images === 1 ? '' : 's'}`;
    terminal.err(`${summaryOf(verdicts, failed.length)}; tolerance ${options.tolerance} in f64, ${between}\n`);
    const isChecked = failed.length === 0 && verdicts.some(({ checked }) => checked > 0);
    return isChecked ? EXIT.success : EXIT.failure;
  });
}

/** `images`: by which the targets were compared. */
async function checkAll(elaboration: Elaboration, options: GradcheckOptions) {
  const { seed = 1, tolerance, skip } = options;
  const { samples, count, moduleCount } = effort(elaboration, options);
  const between = await compareTargets(elaboration, { count: moduleCount, seed, skip, tolerance: TARGETS_TOLERANCE });
  const verdicts = checkGradients(elaboration, { samples, count, seed, skip }).map((found): Verdict => {
    const { error: targetsError, atKink: targetsAtKink } = between.get(found.parameter)!;
    const agree = targetsError <= TARGETS_TOLERANCE || targetsAtKink;
    return { ...found, targetsError, targetsAtKink, passed: found.relativeError <= tolerance && agree };
  });
  return { verdicts, images: moduleCount };
}

function summaryOf(verdicts: readonly Verdict[], failed: number): string {
  if (failed > 0) return `${failed} of ${verdicts.length} gradients are wrong`;
  const compared = verdicts.filter(({ checked }) => checked > 0).length;
  if (compared === verdicts.length) return 'all gradients agree';
  return `no gradient is wrong, ${verdicts.length - compared} of ${verdicts.length} could not be compared`;
}

/** What was not compared, and why. */
function leftOut(verdicts: readonly Verdict[]): string[] {
  const sum = (count: (verdict: Verdict) => number) => verdicts.reduce((total, verdict) => total + count(verdict), 0);
  const [kinks, notFinite] = [sum((verdict) => verdict.kinks), sum((verdict) => verdict.notFinite)];
  const atKinks = verdicts.filter(({ targetsAtKink }) => targetsAtKink).length;
  return [
    ...(kinks > 0
      ? [`${kinks} elements were left out: the loss has a kink there, and no derivative to compare with`]
      : []),
    ...(notFinite > 0
      ? [`${notFinite} elements were left out: the loss or its gradient is not finite at the inputs that were drawn`]
      : []),
    ...(atKinks > 0
      ? [`${atKinks} gradients differ between the targets at a kink of the loss, and agree beside it`]
      : []),
  ];
}

/** FLOPs that a check may take unless it is told otherwise: some seconds. */
const BUDGET = 3e9;

/**
 * A difference takes four whole steps; large networks are checked on fewer elements and images. Modules take one step each: of
 * a whole batch where it is affordable, since kernels depend on its size.
 */
function effort(elaboration: Elaboration, { samples }: GradcheckOptions) {
  const { forward, backward } = countFlops(formulaGraph(elaboration));
  const parameters = elaboration.states.filter((state) => state.role === 'parameter').length;
  const images = BUDGET / (forward + backward);
  const affordable = images / (4 * parameters);
  const count = Math.min(5, Math.max(2, Math.floor(affordable / 2)));
  const moduleCount = Math.min(elaboration.settings.batch, Math.max(count, Math.floor(images)));
  return { count, moduleCount, samples: samples ?? Math.min(12, Math.max(1, Math.floor(affordable / count))) };
}

function gradientTable(verdicts: readonly Verdict[]): string {
  const error = { right: true, least: 10 };
  const columns = [
    { title: 'parameter' },
    { title: 'shape', least: 13 },
    { title: 'checked', right: true },
    { title: 'derived', ...error },
    { title: 'js - wasm', ...error },
    {},
  ];
  const rows = verdicts.map((verdict) => {
    const { parameter, shape, checked, relativeError, targetsError } = verdict;
    const errors = [relativeError.toExponential(1), targetsError.toExponential(1)];
    return [parameter, shape.join('x'), `${checked}`, ...errors, wordFor(verdict)];
  });
  return tableText(columns, rows);
}

function wordFor({ passed, checked, kinks, notFinite, targetsAtKink }: Verdict): string {
  if (!passed) return 'WRONG';
  if (checked === 0 && notFinite > 0) return 'not finite';
  return (checked === 0 && kinks > 0) || targetsAtKink ? 'at a kink' : 'ok';
}
