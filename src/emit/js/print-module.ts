/**
 * @file The trainer module as one ES module: the network's description, its kernels, and the runtime, which knows
 * nothing of this network. `instantiate` closes the kernels over one memory.
 */
import { runtimeSource, runtimeSourceMinified } from 'cnnc:runtime';
import type { HostExpression } from '../../ir/graph.ts';
import { RANDOM_SOURCE } from '../../loop/random.ts';
import type { NetworkDescription, ProgramLayout, TrainingDefaults } from '../../runtime/executable.ts';
import type { LoweredProgram } from '../lowered-program.ts';
import type { ModulePlan } from '../plan-module.ts';
import { printKernel } from './print-kernel.ts';

export interface ModuleText {
  readonly network: NetworkDescription;
  readonly training: TrainingDefaults;
  readonly plan: ModulePlan;
}

export function printModule({ network, training, plan }: ModuleText, minify: boolean): string {
  const kernels = [plan.train, plan.infer].flatMap(({ lowered }) => printKernels(lowered));
  const usesRandom = kernels.some((text) => text.includes('random('));
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
  instantiate,
};

/** All kernels of the network over one memory. Arithmetic is in doubles, rounded to f32 where it is stored. */
function instantiate(M) {
${usesRandom ? `${RANDOM_SOURCE}\n` : ''}
${kernels.join('\n')}
const infer = [${printPhases(plan.infer.lowered, false)}];
return {
  train: [${printPhases(plan.train.lowered, false)}],
  update: [${printPhases(plan.train.lowered, true)}],
  evaluate: infer,
  predict: infer,
};
}

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

function printKernels(program: LoweredProgram): string[] {
  const options = { lanes: program.traits.lanes, placementOf: program.placementOf };
  return program.phases.flatMap((phase) => phase.kernels.map((kernel) => printKernel(kernel, options)));
}

function printPhases(program: LoweredProgram, update: boolean): string {
  return program.phases
    .filter((phase) => phase.update === update)
    .map((phase) => {
      const calls = phase.kernels.map((kernel) => `${kernel.name}(block);`).join(' ');
      return `{ kind: '${phase.kind}', stages: ${phase.stages}, collects: ${phase.collects}, run(block) { ${calls} } }`;
    })
    .join(',\n    ');
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
