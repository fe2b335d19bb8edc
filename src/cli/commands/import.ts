/** @file `cnnc import model.onnx -o net.cnn`: the network of an ONNX model as a text, its weights beside it. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { readBytes, unreadable } from '../../data/files.ts';
import { importOnnx } from '../../import/onnx/import.ts';
import type { ReadExternal } from '../../import/onnx/node-reader.ts';
import { writeSafetensors } from '../../runtime/safetensors.ts';
import { EXIT } from '../report.ts';
import type { Terminal } from '../terminal.ts';
import { writeFiles } from '../write-files.ts';

export interface ImportOptions {
  readonly output: string;
  /** Sizes of inputs that the model leaves open. */
  readonly input?: ReadonlyMap<string, readonly number[]>;
}

/** Writes both files or none. Reports CNN4141, CNN4207, CNN4302 to CNN4306. */
export async function importNetwork(
  path: string,
  { output, input }: ImportOptions,
  terminal: Terminal,
): Promise<number> {
  const name = basename(output, extname(output));
  const { text, network, weights } = importOnnx(await readBytes(path), name, {
    external: externalReader(path),
    ...(input && { inputs: input }),
  });
  const beside = join(dirname(output), `${name}.safetensors`);
  await writeFiles(
    new Map<string, string | Uint8Array>([
      [output, text],
      [beside, writeSafetensors(weights, {})],
    ]),
  );
  const parameters = weights.reduce((sum, { data }) => sum + data.length, 0);
  terminal.err(
    `${output}: ${network}\n${beside}: ${weights.length} tensors, ${parameters.toLocaleString('en')} numbers\n`,
  );
  return EXIT.success;
}

/** Of a file in the folder of the model. */
function externalReader(model: string): ReadExternal {
  return ({ location, offset, length }) => {
    const path = join(dirname(model), location);
    try {
      const available = Math.max(0, statSync(path).size - offset);
      const bytes = new Uint8Array(Math.min(length ?? available, available));
      const file = openSync(path, 'r');
      try {
        for (let at = 0, count = -1; count !== 0 && at < bytes.length; at += count)
          count = readSync(file, bytes, at, bytes.length - at, offset + at);
      } finally {
        closeSync(file);
      }
      return bytes;
    } catch (error) {
      throw unreadable(path, error);
    }
  };
}
