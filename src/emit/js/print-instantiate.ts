/** @file The `instantiate` of a module whose kernels are JavaScript: functions closed over one memory. */
import type { Kernel } from '../../loop/ir.ts';
import type { LoweredProgram } from '../lowered-program.ts';
import type { ModulePlan } from '../plan-module.ts';
import { functionSources, type JsOptions, printKernel } from './print-kernel.ts';

export function printJsInstantiate(plan: ModulePlan): string {
  const library = new KernelLibrary();
  const [train, infer, predict] = [plan.train, plan.infer, plan.predict].map(({ lowered }) =>
    library.addProgram(lowered),
  );
  const functions = functionSources(library.texts).map((source) => `${source}\n`);
  return `/** All kernels of the network over one memory. Arithmetic is in doubles, rounded to f32 where it is stored. */
function instantiate(M) {
${functions.join('')}
${library.texts.join('\n')}
return {
  train: [${train!.step}],
  update: [${train!.update}],
  evaluate: [${infer!.step}],
  predict: [${predict!.step}],
};
}
`;
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
      const text = `{ kind: '${phase.kind}', stages: ${phase.stages}, collects: [${phase.collects}], run(block) { ${calls} } }`;
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
    const text = printKernel({ ...kernel, name: 'kernel', documentation: [] }, options);
    const known = this.#names.get(text);
    if (known) return known;
    this.#names.set(text, kernel.name);
    const comments = kernel.documentation.map((line) => `// ${line}\n`).join('');
    this.texts.push(comments + text.trimStart().replace('function kernel(', `function ${kernel.name}(`));
    return kernel.name;
  }
}
