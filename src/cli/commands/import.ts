/** @file `cnnc import model.onnx -o net.cnn`: the network of another tool as a text of ours, its weights beside it. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { readBytes, unreadable } from '../../data/files.ts';
import { DiagnosticError } from '../../diagnostics/diagnostic.ts';
import type { NamedTensor } from '../../exchange/weights/named-tensors.ts';
import { importCaffe } from '../../import/caffe/import.ts';
import { importDarknet } from '../../import/darknet/import.ts';
import { importOnnx } from '../../import/onnx/import.ts';
import type { ReadExternal } from '../../import/onnx/node-reader.ts';
import { writeSafetensors } from '../../runtime/safetensors.ts';
import { EXIT } from '../report.ts';
import type { Terminal } from '../terminal.ts';
import { writeFiles } from '../write-files.ts';

export interface ImportOptions {
  readonly output: string;
  /** Of a Darknet configuration. */
  readonly weights?: string;
  /** Sizes of inputs that the model leaves open. */
  readonly input?: ReadonlyMap<string, readonly number[]>;
  /** No dimension counts images. */
  readonly unbatched?: boolean;
}

/** What a file is read as: by the end of its name, an ONNX model unless it is another. */
const READERS: readonly (readonly [
  end: RegExp,
  read: (path: string, name: string, options: ImportOptions) => Promise<Read>,
])[] = [
  [/\.cfg$/i, darknet],
  [/\.(prototxt|pbtxt)$/i, caffe],
  [/(?:)/, onnx],
];

interface Read {
  readonly text: string;
  readonly network: string;
  /** None if their values are not known. */
  readonly weights: readonly NamedTensor[];
  readonly said?: readonly string[];
}

/** Writes both files or none. Reports CNN4141, CNN4204, CNN4207, CNN4302 to CNN4306, CNN4312, CNN4314, CNN4315. */
export async function importNetwork(path: string, options: ImportOptions, terminal: Terminal): Promise<number> {
  const { output } = options;
  const name = basename(output, extname(output));
  const [, read] = READERS.find(([end]) => end.test(path))!;
  const { text, network, weights, said = [] } = await read(path, name, options);
  const beside = join(dirname(output), `${name}.safetensors`);
  const files = new Map<string, string | Uint8Array>([[output, text]]);
  if (weights.length > 0) files.set(beside, writeSafetensors(weights, {}));
  await writeFiles(files);
  const parameters = weights.reduce((sum, { data }) => sum + data.length, 0);
  const told =
    weights.length > 0
      ? `${beside}: ${weights.length} tensors, ${parameters.toLocaleString('en')} numbers\n`
      : 'its weights are to be trained, or named with `--weights`\n';
  terminal.err(`${output}: ${network}\n${said.map((line) => `${line}\n`).join('')}${told}`);
  return EXIT.success;
}

async function onnx(path: string, name: string, { input, unbatched }: ImportOptions): Promise<Read> {
  return importOnnx(await readBytes(path), name, {
    external: externalReader(path),
    ...(input && { inputs: input }),
    ...(unbatched && { unbatched }),
  });
}

async function darknet(path: string, name: string, { weights }: ImportOptions): Promise<Read> {
  const given = weights === undefined ? undefined : { path: weights, bytes: await readBytes(weights) };
  return importDarknet(await readText(path), { path, name, ...(given && { weights: given }) });
}

async function caffe(path: string, name: string, { input }: ImportOptions): Promise<Read> {
  return importCaffe(await readText(path), { path, name, ...(input && { inputs: input }) });
}

/** CNN4204 unless it is UTF-8. */
async function readText(path: string): Promise<string> {
  const bytes = await readBytes(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const fix = { message: 'name the file with the layers, which is a text' };
    throw new DiagnosticError({
      code: 'CNN4204',
      severity: 'error',
      message: `\`${path}\` is not text in UTF-8`,
      notes: [],
      fix,
    });
  }
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
