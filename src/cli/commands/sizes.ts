/** @file `cnnc summary FILE --sizes`: the sizes of the input at which every layer works. */
import { axesOf } from '../../analysis/cell-field.ts';
import { DiagnosticError } from '../../diagnostics/diagnostic.ts';
import { mapAxisCount, mapKind } from '../../ops/map-axes.ts';
import { type FeasibleSizes, feasibleSizes, type TriedSize } from '../../report/feasible-sizes.ts';
import type { Elaboration, ModelInput } from '../../semantics/model.ts';
import { understand } from '../../semantics/understand.ts';
import { commandDiagnostic } from '../codes.ts';
import { type CompileFileOptions, withCompiledFile } from '../compile-file.ts';
import { EXIT } from '../report.ts';
import { importReader, type SourceFile } from '../source-file.ts';
import type { Terminal } from '../terminal.ts';

/** Of one input: its axes change together where they are equally long, else each by itself. */
interface AxisSizes extends FeasibleSizes {
  readonly input: string;
  readonly axes: readonly number[];
}

interface SizesOptions extends CompileFileOptions {
  /** Shapes in place of those in the file. */
  readonly input?: ReadonlyMap<string, readonly number[]>;
}

/** Reports CNN4215. */
export function sizes(path: string, options: SizesOptions, terminal: Terminal): Promise<number> {
  return withCompiledFile(path, { ...options, inputs: options.input }, terminal, ({ elaboration, sources }) => {
    const found = elaboration.training.inputs.flatMap((input) => sizesOf(input, elaboration, sources[0]!, options));
    if (found.length === 0) throw new DiagnosticError(withoutMaps(elaboration));
    if (options.json) terminal.out(`${JSON.stringify(found, null, 2)}\n`);
    else for (const each of found) terminal.out(sizesText(each, elaboration, options));
    return EXIT.success;
  });
}

function withoutMaps({ training }: Elaboration) {
  return commandDiagnostic('CNN4215', `no input of \`${training.name}\` is a map`, 'its inputs have one size each');
}

function sizesOf(input: ModelInput, elaboration: Elaboration, source: SourceFile, options: SizesOptions): AxisSizes[] {
  const axes = axesOf(input.shape);
  const together = axes.every((extent) => extent === axes[0]);
  const groups = together && axes.length > 0 ? [axes.map((_, axis) => axis)] : axes.map((_, axis) => [axis]);
  return groups.map((group) => {
    const shapeAt = (size: number) =>
      input.shape.map((extent, dimension) => (group.includes(dimension - 1) ? size : extent));
    const sizes = feasibleSizes(axes[group[0]!]!, (size) =>
      tryAt(new Map([[input.name, shapeAt(size)]]), elaboration, source, options),
    );
    return { input: input.name, axes: group, ...sizes };
  });
}

function tryAt(
  inputs: ReadonlyMap<string, readonly number[]>,
  native: Elaboration,
  { name, text }: SourceFile,
  { set, network, block, input, allowImports }: SizesOptions,
): TriedSize {
  const read = importReader(name, allowImports);
  const { elaboration, partial, diagnostics } = understand(text, name, {
    set,
    network,
    block,
    read,
    inputs: new Map([...(input ?? []), ...inputs]),
  });
  const found = elaboration ?? partial?.();
  // A loss or an assertion that wants the size of the file is no matter of the layers.
  const works = found?.training.layers.length === native.training.layers.length;
  const error = diagnostics.find(({ severity }) => severity === 'error');
  return {
    ...(!works && { failure: error?.message ?? 'a layer fails' }),
    keepsParameters: works && found.states.every(({ shape }, k) => `${shape}` === `${native.states[k]?.shape}`),
  };
}

function sizesText(sizes: AxisSizes, { training }: Elaboration, options: SizesOptions) {
  const { input, axes, native, smallest, below, step, between, largest, above, keepsParameters } = sizes;
  const { shape } = training.inputs.find(({ name }) => name === input)!;
  const axis = axes.length > 1 ? '' : `, ${mapKind(mapAxisCount(shape)).dimensions[axes[0]!]}`;
  const size = (extent: number) => (axes.length > 1 ? axes.map(() => extent).join('x') : `${extent}`);
  const lines = [
    `${input}${axis}: ${size(native)} ${options.input ? 'as given' : 'in the file'}`,
    `  smallest  ${size(smallest)}${below === undefined ? '' : `; ${size(smallest - 1)} fails: ${below}`}`,
    `  step      ${stepText(step)}${between === undefined ? '' : `; ${size(native + 1)} fails: ${between}`}`,
    `  largest   ${above === undefined ? `none found up to ${size(largest)}` : `${size(largest)} of those tried; above: ${above}`}`,
    `  weights   ${keepsParameters ? 'the same at each of these sizes' : 'of other shapes at other sizes'}`,
  ];
  return `${lines.join('\n')}\n`;
}

function stepText(step: number | null): string {
  if (step === null) return 'not regular';
  if (step === 0) return 'none: no other size works';
  return step === 1 ? 'every size from there on' : `every ${step} from there on`;
}
