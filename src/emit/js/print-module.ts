/**
 * @file The trainer module as one ES module: the network's description, its kernels, and the runtime, which knows
 * nothing of this network. `instantiate` closes the kernels over one memory.
 */
import { runtimeSource, runtimeSourceMinified } from 'cnnc:runtime';
import type { HostExpression } from '../../ir/graph.ts';
import type { Kernel } from '../../loop/ir.ts';
import { RANDOM_SOURCE } from '../../loop/random.ts';
import type { NetworkDescription, ProgramLayout, TrainingDefaults } from '../../runtime/executable.ts';
import type { LoweredProgram } from '../lowered-program.ts';
import type { ModulePlan } from '../plan-module.ts';
import { type JsOptions, printKernel } from './print-kernel.ts';

export interface ModuleText {
  readonly network: NetworkDescription;
  readonly training: TrainingDefaults;
  readonly plan: ModulePlan;
}

export function printModule({ network, training, plan }: ModuleText, minify: boolean): string {
  const library = new KernelLibrary();
  const phases = [plan.train, plan.infer].map(({ lowered }) => library.addProgram(lowered));
  const kernels = library.texts;
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
const infer = [${phases[1]!.step}];
return {
  train: [${phases[0]!.step}],
  update: [${phases[0]!.update}],
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

/** Kernels by their text: those that both programs have are printed once. */
class KernelLibrary {
  readonly texts: string[] = [];
  readonly #names = new Map<string, string>();

  /** The phases of the program as JavaScript, those of the step and those of the update. */
  addProgram(program: LoweredProgram): { step: string; update: string } {
    const options = { lanes: program.traits.lanes, placementOf: program.placementOf };
    const printed = program.phases.map((phase) => {
      const calls = phase.kernels.map((kernel) => `${this.#add(kernel, options)}(block);`).join(' ');
      const text = `{ kind: '${phase.kind}', stages: ${phase.stages}, collects: ${phase.collects}, run(block) { ${calls} } }`;
      return { text, update: phase.update };
    });
    const join = (update: boolean) =>
      printed
        .filter((phase) => phase.update === update)
        .map((phase) => phase.text)
        .join(',\n    ');
    return { step: join(false), update: join(true) };
  }

  #add(kernel: Kernel, options: JsOptions): string {
    const key = printKernel({ ...kernel, name: 'kernel', documentation: [] }, options);
    const known = this.#names.get(key);
    if (known) return known;
    this.#names.set(key, kernel.name);
    this.texts.push(printKernel(kernel, options));
    return kernel.name;
  }
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
