/**
 * @file `cnnc export RUN -o model.safetensors`: the best weights of a run, for this and for other tools. With `--to`, the
 * network itself in the language of another tool, and its weights beside it.
 */
import { basename, extname } from 'node:path';
import { readBytes } from '../../data/files.ts';
import { TrainerError } from '../../data/trainer-error.ts';
import { exportPytorch } from '../../export/pytorch/export.ts';
import { parseSafetensors, type TensorFile, tensorValues, writeSafetensors } from '../../runtime/safetensors.ts';
import type { Elaboration } from '../../semantics/model.ts';
import type { CompileFileOptions } from '../compile-file.ts';
import { writeNpz } from '../npz-writer.ts';
import { EXIT } from '../report.ts';
import type { Terminal } from '../terminal.ts';
import { isRun, weightsOfRun, withNetwork } from '../trained.ts';
import { writeFiles } from '../write-files.ts';

export interface ExportOptions {
  readonly output: string;
}

export interface ExportNetworkOptions extends ExportOptions, CompileFileOptions {
  readonly to: (typeof TOOLS)[number];
  /** A file, or the folder of a run; of a run that is exported its own unless given. */
  readonly weights?: string;
}

export const TOOLS = ['pytorch'] as const;

/** What writes a file of weights, by the end of its name. */
const WRITERS: Readonly<Record<string, typeof writeNpz>> = {
  '.safetensors': (tensors) => writeSafetensors(tensors, {}),
  '.npz': writeNpz,
};

export const WEIGHT_FILES = Object.keys(WRITERS);

export function isWeightFile(path: string): boolean {
  return Object.hasOwn(WRITERS, extname(path));
}

/** `path`: the folder of a run, or a file of weights. Reports CNN4120, CNN4141, CNN4207. */
export async function exportWeights(path: string, { output }: ExportOptions, terminal: Terminal): Promise<number> {
  const from = isRun(path) ? weightsOfRun(path) : path;
  const tensors = weightsOf(parseSafetensors(await readBytes(from)));
  await writeFiles(new Map([[output, WRITERS[extname(output)]!(tensors)]]));
  terminal.err(`${output}: ${tensors.length} tensors from ${from}\n`);
  return EXIT.success;
}

/** Writes the network, and `NAME.safetensors` beside it. Reports CNN4120, CNN4121, CNN4141, CNN4207, CNN4301. */
export function exportNetwork(path: string, options: ExportNetworkOptions, terminal: Terminal): Promise<number> {
  return withNetwork(path, options, terminal, async ({ elaboration }) => {
    const { output } = options;
    const given = options.weights ?? (isRun(path) ? path : undefined);
    const from = given && isRun(given) ? weightsOfRun(given) : given;
    const text = exportPytorch(elaboration)
      .replaceAll('python FILE', `python ${basename(output)}`)
      .replaceAll('2 FILE', `2 ${basename(output)}`);
    const files = new Map<string, string | Uint8Array>([[output, text]]);
    const beside = output.replace(/(\.py)?$/, '.safetensors');
    if (from !== undefined) files.set(beside, writeSafetensors(await fittingWeights(elaboration, from), {}));
    await writeFiles(files);
    terminal.err(`${output}: ${elaboration.training.name} for PyTorch\n`);
    if (from !== undefined)
      terminal.err(`${beside}: weights from ${from}; \`--weights ${basename(beside)}\` takes them\n`);
    return EXIT.success;
  });
}

/** CNN4121 unless the file has all weights of the network, in their shapes. */
async function fittingWeights({ states }: Elaboration, from: string) {
  const found = new Map(weightsOf(parseSafetensors(await readBytes(from))).map((tensor) => [tensor.name, tensor]));
  return states
    .filter(({ role }) => role !== 'optimizer')
    .map(({ name, shape }) => {
      const tensor = found.get(name);
      if (tensor && tensor.shape.join() === shape.join()) return tensor;
      const what = tensor
        ? `has \`${name}\` in the shape [${tensor.shape.join(', ')}], not [${shape.join(', ')}]`
        : `has no \`${name}\``;
      throw new TrainerError('CNN4121', `\`${from}\` ${what}`, 'export with weights of this network, or without');
    });
}

/** Parameters and running statistics; of a checkpoint not what only training needs. */
function weightsOf({ tensors }: TensorFile) {
  const own = [...tensors].filter(([name]) => !/^(optimizer\.|best:|last:)/.test(name));
  return own.map(([name, tensor]) => ({ name, shape: tensor.shape, data: tensorValues(name, tensor) }));
}
