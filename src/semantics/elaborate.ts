/**
 * @file From the syntax tree to models. The network is walked three times: to report what is wrong and to find the names
 * of its layers, which depend on what else is in their bindings; then to build the training model and the inference
 * model, which share their states.
 */
import { diagnostic } from '../diagnostics/catalogue.ts';
import { type Diagnostic, DiagnosticError, InternalError } from '../diagnostics/diagnostic.ts';
import { StateRegistry } from '../ops/context.ts';
import type { Mode } from '../ops/operator.ts';
import type { Item, NetworkItem, Program } from '../syntax/ast.ts';
import type { Elaboration, Model, TrainSettings } from './model.ts';
import { planNames } from './naming.ts';
import { checkComplete, checkDuplicates, chooseNetwork, type SetValue, walkNetwork } from './network.ts';
import { help } from './problems.ts';
import { defaultSettings, trainSettings } from './train-settings.ts';
import { checkUsage } from './usage.ts';
import type { Walk } from './walk.ts';

export interface ElaborateOptions {
  /** Values for parameters of the network. */
  readonly set?: Readonly<Record<string, SetValue>>;
  /** The network to compile, in a file of several. */
  readonly network?: string;
}

export interface ElaborateResult {
  /** Absent when there are errors. */
  readonly elaboration?: Elaboration;
  /** In the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Settles names, shapes and attributes. Reports CNN2xxx, CNN3xxx and CNN40xx; never throws for what a user wrote. */
export function elaborate(program: Program, options: ElaborateOptions = {}): ElaborateResult {
  const found = [...program.items.flatMap(unsupported), ...checkDuplicates(program)];
  const network = choose(program, options.network, found);
  if (!network) return { diagnostics: inOrder(found) };
  found.push(...checkComplete(network));
  const set = options.set ?? {};
  const { weightInitializer } = defaultSettings;
  const plan: Parameters<typeof walkNetwork>[3] = {
    network: network.name.text,
    mode: 'training',
    states: new StateRegistry(),
    weightInitializer,
  };
  const { walk, file } = walkNetwork(program, network, set, plan);
  const settings = trainSettings(program, network, file);
  found.push(...walk.diagnostics);
  // What seems unused may only have been misspelt where it was used.
  if (!hasErrors(found)) found.push(...checkUsage(program));
  const diagnostics = inOrder(found);
  if (hasErrors(found)) return { diagnostics };
  return { elaboration: build(program, network, set, planNames(walk.identities), settings), diagnostics };
}

function choose(program: Program, wanted: string | undefined, found: Diagnostic[]): NetworkItem | undefined {
  try {
    return chooseNetwork(program, wanted);
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    found.push(error.diagnostic);
    return undefined;
  }
}

function build(
  program: Program,
  network: NetworkItem,
  set: Readonly<Record<string, SetValue>>,
  names: readonly string[],
  settings: TrainSettings,
): Elaboration {
  const states = new StateRegistry();
  const { weightInitializer } = settings;
  const options = { network: network.name.text, states, names, weightInitializer };
  const model = (mode: Mode) => modelOf(walkNetwork(program, network, set, { ...options, mode }).walk);
  const training = model('training');
  return { training, inference: model('inference'), settings, states: states.all };
}

function modelOf(walk: Walk): Model {
  const [surprise] = walk.diagnostics.filter(({ severity }) => severity === 'error');
  if (surprise) throw new InternalError('semantics', `${surprise.message}, but not in the first walk`);
  const { inputs, targets, outputs, layers, builder, options } = walk;
  return { name: options.network, mode: options.mode, inputs, targets, outputs, layers, graph: builder.finish() };
}

const notYet = { import: 'CNN2901', op: 'CNN2903' } as const;
const instead = {
  import: 'copy the definitions into this file',
  op: 'use a built-in layer',
} as const;

function unsupported(item: Item): Diagnostic[] {
  if (item.kind !== 'import' && item.kind !== 'op') return [];
  const span = { ...item.span, end: item.kind === 'import' ? item.span.end : item.name.span.end };
  return [
    diagnostic(notYet[item.kind], `\`${item.kind}\` is not supported yet`, { span, ...help(instead[item.kind]) }),
  ];
}

function hasErrors(found: readonly Diagnostic[]): boolean {
  return found.some(({ severity }) => severity === 'error');
}

function inOrder(found: readonly Diagnostic[]): Diagnostic[] {
  return found.toSorted((left, right) => (left.span?.start ?? 0) - (right.span?.start ?? 0));
}
