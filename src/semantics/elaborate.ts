/**
 * @file From the syntax tree to models. The network is walked three times: to report what is wrong and to find the names
 * of its layers, which depend on what else is in their bindings; then to build the training model and the inference
 * model, which share their states.
 */
import { type Diagnostic, DiagnosticError, InternalError } from '../diagnostics/diagnostic.ts';
import { inOrder } from '../diagnostics/in-order.ts';
import { Instantiations } from '../formula/instantiations.ts';
import type { Shape } from '../ir/graph.ts';
import { StateRegistry } from '../ops/context.ts';
import type { Mode } from '../ops/operator.ts';
import type { Resolution } from '../resolve/resolution.ts';
import type { Program } from '../syntax/ast.ts';
import type { Damage } from '../syntax/damage.ts';
import { chooseBlock, type Subject } from './block-alone.ts';
import { frozenLayers } from './layers/freeze.ts';
import { checkNames, planNames } from './layers/naming.ts';
import type { Elaboration, Model, TrainSettings } from './model.ts';
import { type ImportedText, type LoadedModules, loadModules, type ReadImport } from './names/modules.ts';
import { resolveModules } from './names/resolve-modules.ts';
import { checkComplete, checkDuplicates, chooseNetwork, openFile, type SetValue, walkNetwork } from './network.ts';
import { defaultSettings, trainSettings } from './train/settings.ts';
import { checkUnapplied } from './unapplied.ts';
import type { Walk, WalkOptions } from './walk/walk.ts';

export interface ElaborateOptions {
  /** Values for parameters of the network. */
  readonly set?: Readonly<Record<string, SetValue>>;
  /** The network to compile, in a file of several. */
  readonly network?: string;
  /** A block that the file defines or imports, in the place of a network; what flows in has a shape in `inputs`. */
  readonly block?: string;
  /** Shapes in place of those in the text, by the names of the inputs; that of an only input by ''. */
  readonly inputs?: ReadonlyMap<string, Shape>;
  /** Reads the files that are imported; without it only the standard library can be. */
  readonly read?: ReadImport;
  /** A file of definitions without a network is no mistake. */
  readonly library?: boolean;
  /** Of the text, where it has syntax errors. The network is then only walked, as far as that is certain. */
  readonly damage?: Damage;
  /** Says what is wrong, and leaves the models for when they are asked for. */
  readonly later?: boolean;
  /** Told what names stand for as they are come to. */
  readonly meet?: WalkOptions['meet'];
  /** Told what every expression and stage gives in the first walk, which goes on behind mistakes. */
  readonly observe?: WalkOptions['observe'];
}

export interface ElaborateResult {
  /** Absent when there are errors, and for a file without a network. */
  readonly elaboration?: Elaboration;
  /** In its place where the models were left for later. */
  readonly later?: () => Elaboration;
  /** What could be understood of a network with errors: the layers before those that failed. For its figures only. */
  readonly partial?: () => Elaboration;
  /** What names stand for. */
  readonly names: Resolution;
  /** In the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
  /** The texts that were imported, for diagnostics about them. */
  readonly sources: readonly ImportedText[];
}

/** Settles names, shapes and attributes. Reports CNN2xxx, CNN3xxx and CNN40xx; never throws for what a user wrote. */
export function elaborate(program: Program, options: ElaborateOptions = {}): ElaborateResult {
  const modules = loadModules(program, options.read);
  const { all, sources } = modules;
  const { damage, set = {} } = options;
  const { names: resolved, diagnostics: unknown } = resolveModules(modules, damage);
  const understood = { names: resolved, sources };
  const found = [...modules.diagnostics, ...all.flatMap((module) => checkDuplicates(module.program))];
  if (damage?.isStructural) return { ...understood, diagnostics: inOrder(program.span.file, [...found, ...unknown]) };
  if (options.library && isLibrary(program))
    return { ...understood, diagnostics: checkLibrary(modules, resolved, [...found, ...unknown], damage) };
  const subject = choose(modules, options, found);
  if (!subject || damage?.isBroken(subject.network))
    return { ...understood, diagnostics: inOrder(program.span.file, [...found, ...unknown]) };
  const { network } = subject;
  const isWhole = network.kind === 'network' && !damage?.isDamaged(network);
  if (isWhole) found.push(...checkComplete(network, program));
  const { weightInitializer } = defaultSettings;
  const plan: Parameters<typeof walkNetwork>[3] = {
    network: network.name.text,
    mode: 'training',
    states: new StateRegistry(),
    formulas: new Instantiations(),
    inputShapes: options.inputs,
    weightInitializer,
    said: unknown,
    meet: options.meet,
    observe: options.observe,
    damage,
  };
  const { walk, file } = walkNetwork(modules, subject, set, plan);
  // Many settings depend on the inputs.
  const settings = isWhole ? trainSettings(program, network, file) : defaultSettings;
  checkUnapplied(file, resolved);
  found.push(...walk.report.diagnostics);
  const isSound = !damage && !hasErrors(found);
  const names = planNames(walk.identities.all);
  const frozen = frozenLayers(walk.draft.frozen, walk.identities.all, names);
  if (isSound) found.push(...checkNames(walk.identities.all, names), ...frozen.diagnostics);
  const diagnostics = inOrder(program.span.file, found);
  const decided = { names, untrained: frozen.numbers, formulas: plan.formulas, inputShapes: options.inputs, damage };
  const built = () => build(modules, subject, set, decided, settings);
  if (damage || hasErrors(found))
    return { ...understood, partial: () => ({ ...built(), incomplete: true }), diagnostics };
  const later = () => unsurprising(built());
  return { ...understood, ...(options.later ? { later } : { elaboration: later() }), diagnostics };
}

function unsurprising({ diagnostics: surprises, ...elaboration }: ReturnType<typeof build>): Elaboration {
  const [surprise] = surprises;
  if (surprise) throw new InternalError('semantics', `${surprise.message}, but not in the first walk`);
  return elaboration;
}

function isLibrary({ items }: Program): boolean {
  const kinds = items.map(({ kind }) => kind);
  return kinds.length > 0 && !kinds.includes('network') && !kinds.includes('train');
}

/** The definitions of a file without a network. */
function checkLibrary(
  modules: LoadedModules,
  names: Resolution,
  found: readonly Diagnostic[],
  damage: Damage | undefined,
): Diagnostic[] {
  const { program } = modules.main;
  const options = {
    network: '',
    mode: 'training' as const,
    states: new StateRegistry(),
    formulas: new Instantiations(),
    said: found,
    damage,
  };
  const file = openFile(modules, { ...options, weightInitializer: defaultSettings.weightInitializer });
  checkUnapplied(file, names);
  return inOrder(program.span.file, file.walk.report.diagnostics);
}

/** The network, or the block in its place and the module that defines it. */
function choose(
  modules: LoadedModules,
  { network: wanted, block, damage }: ElaborateOptions,
  found: Diagnostic[],
): Subject | undefined {
  const { main } = modules;
  try {
    if (block !== undefined) return chooseBlock(modules, block);
    return { network: chooseNetwork(main.program, wanted), module: main };
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    // It may be in what is broken.
    if (!damage) found.push(error.diagnostic);
    return undefined;
  }
}

function build(
  modules: LoadedModules,
  subject: Subject,
  set: Readonly<Record<string, SetValue>>,
  plan: Pick<WalkOptions, 'names' | 'untrained' | 'formulas' | 'inputShapes' | 'damage'>,
  settings: TrainSettings,
): Elaboration & { readonly diagnostics: readonly Diagnostic[] } {
  const states = new StateRegistry();
  const { weightInitializer } = settings;
  const { name } = subject.network;
  const options = { network: name.text, states, ...plan, weightInitializer };
  const walk = (mode: Mode) => walkNetwork(modules, subject, set, { ...options, mode }).walk;
  const walks = [walk('training'), walk('inference')] as const;
  const [training, inference] = [modelOf(walks[0]), modelOf(walks[1])];
  const { claims } = walks[0].draft;
  const diagnostics = walks.flatMap((each) => each.report.diagnostics.filter(({ severity }) => severity === 'error'));
  return { place: name.span, training, inference, settings, states: states.all, claims, diagnostics };
}

function modelOf({ options, draft }: Walk): Model {
  const { inputs, targets, outputs, layers, steps, builder } = draft;
  return {
    name: options.network,
    mode: options.mode,
    inputs,
    targets,
    outputs,
    layers,
    steps,
    graph: builder.finish(),
  };
}

function hasErrors(found: readonly Diagnostic[]): boolean {
  return found.some(({ severity }) => severity === 'error');
}
