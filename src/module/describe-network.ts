/** @file The network and its training in the words of the runtime. */
import { COMPILER_VERSION } from '../common/version.ts';
import { hashText } from '../ir/hash-text.ts';
import { printGraph } from '../ir/printer.ts';
import type { ModulePlan } from '../plan/plan-module.ts';
import type { NetworkDescription, PredictorNetwork, TrainingDefaults } from '../runtime/executable.ts';

/** What a module says of its network, and of the classes if their names are known. */
export function describeNetwork(
  { elaboration, maxBatch }: Pick<ModulePlan, 'elaboration' | 'maxBatch'>,
  classNames?: readonly string[],
): NetworkDescription {
  const { training } = elaboration;
  const targets = training.targets.map(({ name, type }) => {
    const named = type.kind === 'class' && type.classes === classNames?.length;
    return [name, named ? { ...type, names: classNames } : type] as const;
  });
  return {
    name: training.name,
    hash: hashText(
      `${printGraph(training.graph)}${JSON.stringify(elaboration.states.map(({ name, role, shape }) => [name, role, shape]))}`,
    ),
    compiler: COMPILER_VERSION,
    inputs: Object.fromEntries(training.inputs.map(({ name, shape }) => [name, shape])),
    targets: Object.fromEntries(targets),
    outputs: Object.fromEntries(elaboration.inference.outputs.map(({ name, node }) => [name, node.shape])),
    maxBatch,
    parameters: elaboration.states
      .filter((state) => state.role === 'parameter')
      .map(({ name, shape, trainable }) => ({ name, shape, trainable })),
  };
}

/** Of a module that only predicts. */
export function describePredictor(plan: ModulePlan<never>, classNames?: readonly string[]): PredictorNetwork {
  const { name, hash, compiler, inputs, targets } = describeNetwork(plan, classNames);
  const outputs = Object.values(plan.programs)[0]!.layout.outputs.map((output) => [output.name, output.shape] as const);
  const named = Object.values(targets).some((target) => 'names' in target);
  return {
    name,
    hash,
    compiler,
    inputs,
    outputs: Object.fromEntries(outputs),
    ...(named && classNames && { classes: classNames }),
  };
}

/** What the `train` block says, as far as a module can do it. */
export function trainingDefaults({ elaboration, maxBatch }: ModulePlan): TrainingDefaults {
  const { normalize: _, weightInitializer: __, optimizer, ...defaults } = elaboration.settings;
  return { ...defaults, optimizer, learningRate: optimizer.lr, batch: Math.min(defaults.batch, maxBatch) };
}
