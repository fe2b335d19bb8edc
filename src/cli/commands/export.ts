/** @file `cnnc export RUN -o model.safetensors`: the best weights of a run, for this and for other tools. */
import { extname } from 'node:path';
import { readBytes } from '../../data/files.ts';
import { parseSafetensors, type TensorFile, tensorValues, writeSafetensors } from '../../runtime/safetensors.ts';
import { writeNpz } from '../npz-writer.ts';
import { EXIT } from '../report.ts';
import type { Terminal } from '../terminal.ts';
import { isRun, weightsOfRun } from '../trained.ts';
import { writeFiles } from '../write-files.ts';

export interface ExportOptions {
  readonly output: string;
}

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

/** Parameters and running statistics; of a checkpoint not what only training needs. */
function weightsOf({ tensors }: TensorFile) {
  const own = [...tensors].filter(([name]) => !/^(optimizer\.|best:|last:)/.test(name));
  return own.map(([name, tensor]) => ({ name, shape: tensor.shape, data: tensorValues(name, tensor) }));
}
