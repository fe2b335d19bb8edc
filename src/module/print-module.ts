/**
 * @file The trainer module as one ES module: the network's description, its kernels in the form of the target, and the
 * runtime, which knows nothing of this network.
 */
import {
  autoSource,
  averageSource,
  carrySource,
  confusionSource,
  deviceRemoteSource,
  deviceSource,
  fractionsSource,
  initializerSources,
  packedProgram,
  remoteSource,
  runtimeSource,
  scheduleSource,
  scheduleSources,
  startSource,
} from 'cnnc:runtime';
import { InternalError } from '../diagnostics/diagnostic.ts';
import { printHostExpression } from '../passes/host-expression.ts';
import type { ModulePlan } from '../plan/plan-module.ts';
import type { PlannedState } from '../plan/plan-programs.ts';
import type { NetworkDescription, TrainingDefaults } from '../runtime/executable.ts';
import { augmentationParts } from '../targets/augmentation-text.ts';
import { carries } from '../targets/phase-fields.ts';
import { literal } from './literal.ts';
import { type ModuleKind, parametersOf, printTypes, workerParametersOf } from './print-declarations.ts';

export interface ModuleText {
  readonly network: NetworkDescription;
  readonly training: TrainingDefaults;
  readonly plan: ModulePlan;
  /** What the target prints: defines `instantiate`, and `allocate` when `allocates`. */
  readonly kernels: string;
  readonly allocates: boolean;
  readonly kind: ModuleKind;
  /** What else it can train on: the kernels define `device`. */
  readonly card?: CardPart | undefined;
  /** Whether the module can be started as a program. */
  readonly program: boolean;
  /** TypeScript: its types come first and are exact; the body is generated JavaScript and not checked again. */
  readonly types: boolean;
}

/** The same network with other places: its kernels define `device`, and memory here is what the host reads and writes. */
export interface CardPart {
  readonly plan: ModulePlan;
  readonly kernels: string;
}

export function printModule(module: ModuleText): string {
  const { network, training, plan, kernels, allocates, kind, card, program, types } = module;
  const { worker, onDevice, twofold, wide } = kind;
  const { parameters: _, ...described } = network;
  const parts = partsOf(module);
  const device = onDevice ? 'compiled.device = device;\n' : '';
  const rest = `${kernels}${device}\n${parts.map(({ source }) => source).join('')}`;
  const runtime = twofold ? autoSource : onDevice ? deviceSource : program ? runtimeSource : undefined;
  const served = worker ? inWorker(kind, types) : '';
  const options = types ? parametersOf(kind) : 'options)';
  return `${types ? `// @ts-nocheck\n${printTypes(network, kind)}\n` : ''}${header(module)}
${printStates(plan)}
${printPorts(plan)}
/** Places in memory, in floats; what each is for is told by the runtime's types. */
const compiled = {
  network: {
    ...${literal(described)},
    parameters: state
      .filter((entry) => entry.role === 'parameter')
      .map(({ name, shape, trainable }) => ({ name, shape, trainable })),
  },
${printPlaces(plan, onDevice)}  training: ${literal(training)},
  ${onDevice ? '' : 'instantiate,'}${allocates ? '\n  allocate,' : ''}
};

${runtime ?? withExports(runtimeSource, rest + served)}${rest}
${parts.length > 0 ? `compiled.parts = { ${parts.map(({ entry }) => entry).join(', ')} };\n` : ''}${card ? printCard(card, plan) : ''}export const network = cnncRuntime.freeze(compiled.network);
export const TrainerError = cnncRuntime.TrainerError;

export function createTrainer(${options} {
  return ${wide ? 'cnncWide.createTrainer(cnncRuntime.createTrainer, ' : 'cnncRuntime.createTrainer('}compiled, options${card ? ', card' : ''});
}
${served}${program ? START : ''}`;
}

/** What programs read and return, image by image, and where their metrics are. */
function printPorts(plan: ModulePlan): string {
  return `/** What programs read and return, image by image, and where their metrics are. */
const ports = [
${layoutsOf(plan)
  .ports.map((port) => `  ${port},\n`)
  .join('')}];
`;
}

function printPlaces(plan: ModulePlan, onDevice: boolean): string {
  return `  lanes: ${plan.traits.lanes},
  memoryLength: ${onDevice ? plan.plans.train!.plan.arenaStart : plan.memoryLength},${plan.groups > 1 ? `\n  groups: ${plan.groups},\n  arenaLength: ${plan.arenaLength},` : ''}
  state,
  gradients: [${plan.gradients.map(({ parameter, offset }) => `gradient(${literal(parameter)}, ${offset})`).join(', ')}],
  scalars: [${plan.scalars.map(printScalarLayout).join(', ')}],
  programs: {
${layoutsOf(plan).layouts}  },
`;
}

/** Sums in doubles are the processor's alone. */
function printCard({ plan, kernels }: CardPart, main: ModulePlan): string {
  const states = printStates(plan);
  return `/** The same network on a graphics card. */
const card = (() => {
${states === printStates(main) ? '' : states}${printPorts(plan)}${kernels}return {
  ...compiled,
  parts: { ...compiled.parts, Carry: undefined },
${printPlaces(plan, true)}  device,
};
})();

`;
}

/** Parts of the runtime that this network uses and many do not: their texts, and how the runtime gets them. */
function partsOf({
  network: { targets },
  plan: { programs, state },
  kind: { onDevice },
  training: { augment, schedule, average },
}: ModuleText): { source: string; entry: string }[] {
  const effect = scheduleSources[schedule.kind];
  const starts = new Set(state.map(({ initializer }) => initializer.kind));
  const fills = [...starts].flatMap((kind) =>
    initializerSources[kind] ? [`${kind}: ${initializerSources[kind]}`] : [],
  );
  const finished = programs.evaluate.lowered.graph.results.flatMap((result) =>
    result.role === 'metric' && result.finish ? [`${literal(result.name)}: cnncConfusion.${result.finish}`] : [],
  );
  return [
    ...augmentationParts(augment).map(({ source, name, value }) => ({ source, entry: `${name}: ${value}` })),
    ...(carries(programs) && !onDevice ? [{ source: carrySource, entry: 'Carry: cnncCarry.SumsInDoubles' }] : []),
    ...(Object.values(targets).some(hasFractions)
      ? [{ source: fractionsSource, entry: 'checkFractions: cnncFractions.checkFractions' }]
      : []),
    ...(effect || schedule.warmup
      ? [{ source: scheduleSource, entry: `schedule: cnncSchedule.scheduler(${effect ?? ''})` }]
      : []),
    ...(average ? [{ source: averageSource, entry: 'swapAverages: cnncAverage.swapAverages' }] : []),
    ...(fills.length > 0 ? [{ source: '', entry: `fills: { ${fills.join(', ')} }` }] : []),
    ...(finished.length > 0 ? [{ source: confusionSource, entry: `finish: { ${finished.join(', ')} }` }] : []),
  ];
}

function hasFractions(target: NetworkDescription['targets'][string]): boolean {
  return target.kind === 'tensor' && (target.fraction || target.shape.length > 1);
}

/** Serves where the module is the worker's, and lets others start one. */
function inWorker(kind: ModuleKind, types: boolean): string {
  const { onDevice, twofold } = kind;
  return `
${onDevice || twofold ? deviceRemoteSource : remoteSource}cnncRemote.serve(compiled${twofold ? ', card' : ''});

export function createTrainerWorker(${types ? workerParametersOf(kind) : 'options)'} {
  return cnncRemote.createTrainerWorker(compiled, import.meta.url, options);
}
`;
}

/** Behind all else, and asynchronous: whoever imports the module does not wait for it. */
const START = `
${startSource}cnncStart.start(cnncRuntime, compiled, import.meta.url, '${packedProgram}');
`;

/** The runtime with those of its exports alone that what follows it asks for. */
function withExports(source: string, rest: string): string {
  return source.replace(/return\{([^{}]*)\}\}\)\(\);\n$/, (_, list: string) => {
    const used = list.split(',').filter((one) => {
      const name = one.split(':')[0]!;
      return ALWAYS.includes(name) || new RegExp(`\\b${name}\\b`).test(rest);
    });
    return `return{${used}}})();\n`;
  });
}

/** What the end of a module asks for. */
const ALWAYS = ['createTrainer', 'freeze', 'TrainerError'];

/** Layouts of the programs; what several have is written once. */
function layoutsOf({ programs }: ModulePlan): { ports: readonly string[]; layouts: string } {
  const ports: string[] = [];
  const numberOf = (port: unknown) => {
    const text = literal(port);
    if (!ports.includes(text)) ports.push(text);
    return ports.indexOf(text);
  };
  const list = (some: readonly unknown[]) => `[${some.map((port) => `ports[${numberOf(port)}]`)}]`;
  const layouts = Object.entries(programs).map(([name, { layout }]) => {
    const { inputs, outputs, metrics, ...others } = layout;
    const lists = `inputs: ${list(inputs)}, outputs: ${list(outputs)}, metrics: ${list(metrics)}`;
    return `    ${name}: { ${lists}, ...${literal(others)} },\n`;
  });
  return { ports, layouts: layouts.join('') };
}

/** Values that live from step to step, and their gradients; the shapes of the parameters are written once. */
const PARAMETER_MAKER = `const shapes = {};
const parameter = (name, shape, trainable, offset, kind, value) => {
  shapes[name] = shape;
  return { name, role: 'parameter', shape, trainable, initializer: { kind, value }, offset };
};
const gradient = (parameter, offset) => ({ parameter, shape: shapes[parameter], offset });
`;
const BUFFER_MAKER = `const buffer = (name, shape, offset, value, role = 'buffer') => ({
  name, role, shape, trainable: false, initializer: { kind: 'constant', value }, offset,
});
`;
const OPTIMIZER_MAKER = `const optimizer = (name, of, offset) =>
  buffer('optimizer.' + name + '.' + of, shapes[of], offset, 0, 'optimizer');
`;

function printStates({ state }: ModulePlan): string {
  const optimizes = state.some(({ role }) => role === 'optimizer');
  const makers = [
    PARAMETER_MAKER,
    ...(optimizes || state.some(({ role }) => role === 'buffer') ? [BUFFER_MAKER] : []),
    ...(optimizes ? [OPTIMIZER_MAKER] : []),
  ];
  return `${makers.join('')}
const state = [
${state.map((one) => `  ${printState(one)},\n`).join('')}];
`;
}

function printState({ name, role, shape, trainable, initializer, offset, slot }: PlannedState): string {
  const { kind, value } = initializer;
  if (role === 'parameter')
    return `parameter(${literal(name)}, ${literal(shape)}, ${trainable}, ${offset}, '${kind}', ${value})`;
  if (role === 'buffer') return `buffer(${literal(name)}, ${literal(shape)}, ${offset}, ${value})`;
  if (!slot) throw new InternalError('print-module', `${name} is the optimiser's, but of no parameter`);
  return `optimizer('${slot.name}', ${literal(slot.of)}, ${offset})`;
}

function header({ network, program }: ModuleText): string {
  const use = program
    ? 'Use: import { createTrainer } from this file,\n// or run it: node FILE --data digits --epochs 2'
    : 'Use: import { createTrainer } from this file.';
  return `// Trainer module for ${network.name}, made by cnnc ${network.compiler}. ${use}
/*! It contains the runtime of cnnc: Copyright (c) 2026 cnnc contributors, MIT licence. */
`;
}

function printScalarLayout(scalar: ModulePlan['scalars'][number]): string {
  const formula = printHostExpression(scalar.expression);
  const value = `(lr, step${/\bdip\b/.test(formula) ? ', dip = 0' : ''}) => ${formula}`;
  return `{ name: ${literal(scalar.name)}, offset: ${scalar.offset}, value: ${value} }`;
}
