/** @file The `instantiate` of a module whose kernels are JavaScript: functions closed over one memory. */
import type { LoweredProgram, PlacedKernel } from '../../plan/lowered-program.ts';
import type { ModulePlan } from '../../plan/plan-module.ts';
import { phaseFields } from '../phase-fields.ts';
import { functionSources, printKernel } from './print-kernel.ts';

/** Statements that follow the call of a kernel, in the scope of which `M` is the memory and `block` the block. */
export type AfterKernel = (kernel: PlacedKernel, program: LoweredProgram) => string;

export function printJsInstantiate({ programs }: ModulePlan<never>, after?: AfterKernel): string {
  const library = new KernelLibrary(after);
  const printed = Object.entries(programs).flatMap(([name, { lowered }]) => {
    const { step, update } = library.addProgram(lowered);
    return name === 'train' ? [`train: [${step}]`, `update: [${update}]`] : [`${name}: [${step}]`];
  });
  const functions = functionSources(library.texts).map((source) => `${source}\n`);
  return `/** All kernels of the network over one memory. Arithmetic is in doubles, rounded to f32 where it is stored. */
function instantiate(M) {
${functions.join('')}
${library.texts.join('\n')}
return {
${printed.map((phases) => `  ${phases},\n`).join('')}};
}
`;
}

/** Kernels by their text: those that both programs have are printed once. */
class KernelLibrary {
  readonly texts: string[] = [];
  readonly #names = new Map<string, string>();

  constructor(readonly after: AfterKernel = () => '') {}

  /** The phases of the program as JavaScript, those of the step and those of the update. */
  addProgram(program: LoweredProgram): { step: string; update: string } {
    const { lanes } = program.traits;
    const printed = program.phases.map((phase) => {
      const calls = phase.kernels
        .map((kernel) => `${this.#add(kernel, lanes)}(block);${this.after(kernel, program)}`)
        .join(' ');
      const text = `{ ${phaseFields(phase)}, run(block) { ${calls} } }`;
      return { text, update: phase.update };
    });
    const join = (update: boolean) =>
      printed
        .filter((phase) => phase.update === update)
        .map((phase) => phase.text)
        .join(',\n    ');
    return { step: join(false), update: join(true) };
  }

  #add(kernel: PlacedKernel, lanes: number): string {
    const text = printKernel({ ...kernel, name: 'kernel', documentation: [] }, lanes);
    const known = this.#names.get(text);
    if (known) return known;
    this.#names.set(text, kernel.name);
    const comments = kernel.documentation.map((line) => `// ${line}\n`).join('');
    this.texts.push(comments + text.trimStart().replace('function kernel(', `function ${kernel.name}(`));
    return kernel.name;
  }
}
