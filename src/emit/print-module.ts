/**
 * @file The trainer module as one ES module: the network's description, its kernels in the form of the target, and the
 * runtime, which knows nothing of this network.
 */
import { runtimeSource, runtimeSourceMinified } from 'cnnc:runtime';
import type { HostExpression } from '../ir/graph.ts';
import type { NetworkDescription, ProgramLayout, TrainingDefaults } from '../runtime/executable.ts';
import type { ModulePlan } from './plan-module.ts';

export interface ModuleText {
  readonly network: NetworkDescription;
  readonly training: TrainingDefaults;
  readonly plan: ModulePlan;
  /** Defines `instantiate`, and `allocate` when `allocates`. */
  readonly instantiate: string;
  readonly allocates: boolean;
}

export function printModule({ network, training, plan, instantiate, allocates }: ModuleText, minify: boolean): string {
  const layouts = { train: plan.train.layout, evaluate: plan.infer.layout, predict: predictLayout(plan) };
  return `${header(network)}
/** Places in memory, in floats; what each is for is told by the runtime's types. */
const compiled = {
  network: ${json(network)},
  lanes: ${plan.traits.lanes},
  memoryLength: ${plan.memoryLength},
  state: ${json(plan.state)},
  gradients: ${json(plan.gradients)},
  scalars: [${plan.scalars.map(printScalarLayout).join(', ')}],
  programs: ${json(layouts)},
  training: ${json(training)},
  instantiate,${allocates ? '\n  allocate,' : ''}
};

${instantiate}
${minify ? runtimeSourceMinified : runtimeSource}
export const network = compiled.network;

export function createTrainer(options) {
  return cnncRuntime.createTrainer(compiled, options);
}

await cnncRuntime.main(compiled, import.meta.url);
`;
}

/** Without labels: whatever the loss then is, nobody reads it. */
function predictLayout({ infer }: ModulePlan): ProgramLayout {
  return { ...infer.layout, inputs: infer.layout.inputs.filter((input) => input.role === 'image') };
}

function header(network: NetworkDescription): string {
  return `// Trainer module for ${network.name}, made by cnnc ${network.compiler}. Use: import { createTrainer } from this file,
// or run it: node FILE --data digits --epochs 2
`;
}

function json(value: unknown): string {
  return JSON.stringify(value);
}

function printScalarLayout(scalar: ModulePlan['scalars'][number]): string {
  const value = `(lr, step) => ${printHostExpression(scalar.expression)}`;
  return `{ name: ${json(scalar.name)}, offset: ${scalar.offset}, value: ${value} }`;
}

function printHostExpression(expression: HostExpression): string {
  switch (expression.kind) {
    case 'constant':
      return `${expression.value}`;
    case 'lr':
    case 'step':
      return expression.kind;
    case 'sqrt':
      return `Math.sqrt(${printHostExpression(expression.operand)})`;
    case 'binary':
      return `(${printHostExpression(expression.left)} ${expression.operator} ${printHostExpression(expression.right)})`;
  }
}
