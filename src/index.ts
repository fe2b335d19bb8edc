/**
 * @file The compiler as a library, the facade of the package: text in; diagnostics, figures and trainer modules out. It
 * reads no files and prints nothing, so it runs in a page as well. Its types are those of `api/types.ts`.
 */
import type {
  Checked,
  CheckOptions,
  CompileOptions,
  Diagnostic,
  Explanation,
  GradientCheck,
  GradientOptions,
  Network,
  Summary,
  SummaryOptions,
  TrainerModule,
} from './api/types.ts';
import { checkGradients as compareGradients } from './check/check-gradients.ts';
import { COMPILER_VERSION } from './common/version.ts';
import { compileSource, emitModule } from './compile.ts';
import { dataCodes } from './data/codes.ts';
import { catalogue } from './diagnostics/catalogue.ts';
import { ruleCodes } from './lint/rules.ts';
import { gradientReport } from './report/gradient-report.ts';
import { summaryOf } from './report/summarize-module.ts';
import type { Elaboration } from './semantics/model.ts';
import { hasLoss } from './semantics/network.ts';
import { format as formatted } from './syntax/format.ts';
import { parse } from './syntax/parse.ts';

export type * from './api/types.ts';
export { DiagnosticError } from './diagnostics/diagnostic.ts';

/** The version that modules are marked with. */
export const version: string = COMPILER_VERSION;

interface Understood {
  readonly elaboration: Elaboration;
  readonly diagnostics: readonly Diagnostic[];
}

const understood = new WeakMap<Network, Understood>();

function recall(network: Network): Understood {
  const found = understood.get(network);
  if (!found) throw new TypeError('not a network that `check` returned');
  return found;
}

const behind = (network: Network): Elaboration => recall(network).elaboration;

/** All that is wrong with a text, and advice, as `cnnc check` tells it. Never throws for what a user wrote. */
export function check(text: string, options: CheckOptions = {}): Checked {
  const { file = 'network.cnn', inputs, ...rest } = options;
  const shapes = inputs && { inputs: new Map(Object.entries(inputs)) };
  const { diagnostics, elaboration } = compileSource(text, file, { ...rest, ...shapes });
  if (!elaboration) return { diagnostics };
  const { training, inference } = elaboration;
  const network: Network = {
    name: training.name,
    inputs: Object.fromEntries(training.inputs.map(({ name, shape }) => [name, shape])),
    outputs: Object.fromEntries(inference.outputs.map(({ name, node }) => [name, node.shape])),
    hasLoss: hasLoss(elaboration),
  };
  understood.set(network, { elaboration, diagnostics });
  return { diagnostics, network };
}

/** The advice among what `check` finds. */
export function advise(network: Network): readonly Diagnostic[] {
  return recall(network).diagnostics.filter(({ severity }) => severity === 'advice');
}

/** The layers with their figures, and the totals: what `cnnc summary --json` prints. */
export function summary(network: Network, options: SummaryOptions = {}): Summary {
  return summaryOf(behind(network), options);
}

/**
 * A module that trains, evaluates and predicts. Rejects with a `DiagnosticError`: CNN2008 without a loss, CNN4007 where it
 * needs more than 4 GB, CNN4009 for options that exclude each other.
 */
export async function compile(network: Network, options: CompileOptions = {}): Promise<TrainerModule> {
  const { target, maxBatch, program, worker, wide, ts, minify } = options;
  const { code, declarations, plan } = await emitModule(behind(network), {
    target,
    maxBatch,
    program,
    worker,
    wide,
    ts,
    minify,
  });
  return { code, declarations, maxBatch: plan.maxBatch };
}

/** The derived gradients as mathematics, as `cnnc grad` prints them. Throws a `DiagnosticError`, CNN2008, without a loss. */
export function gradients(network: Network): string {
  return gradientReport(behind(network));
}

/** Derived gradients against central differences, by parameter. Throws a `DiagnosticError`, CNN2008, without a loss. */
export function checkGradients(network: Network, options: GradientOptions = {}): readonly GradientCheck[] {
  return compareGradients(behind(network), options);
}

/** The text in the one layout, as `cnnc fmt` writes it; undefined where it has syntax errors, which `check` tells. */
export function format(text: string): string | undefined {
  const { program, diagnostics } = parse(text, 'network.cnn');
  return diagnostics.length > 0 ? undefined : formatted(program, text);
}

/** What a code of the compiler or of a module means: `CNN2001`, or `2001`. */
export function explain(code: string): Explanation | undefined {
  const codes: Readonly<Record<string, Explanation>> = { ...catalogue, ...ruleCodes, ...dataCodes };
  const full = code.replace(/^(?:CNN)?/i, 'CNN');
  return Object.hasOwn(codes, full) ? codes[full] : undefined;
}
