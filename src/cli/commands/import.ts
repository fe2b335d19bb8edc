/** @file `cnnc import model.onnx -o net.cnn`: the network of another tool as a text of ours, its weights beside it. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { openArchive } from '../../data/archive.ts';
import { readBytes, unreadable } from '../../data/files.ts';
import { DiagnosticError } from '../../diagnostics/diagnostic.ts';
import type { NamedTensor } from '../../exchange/weights/named-tensors.ts';
import { inHdf5 } from '../../exchange/weights/read-weights.ts';
import { importCaffe } from '../../import/caffe/import.ts';
import { importDarknet } from '../../import/darknet/import.ts';
import { importKeras } from '../../import/keras/import.ts';
import { malformedText } from '../../import/malformed-text.ts';
import { importOnnx } from '../../import/onnx/import.ts';
import type { ReadExternal } from '../../import/onnx/node-reader.ts';
import { writeSafetensors } from '../../runtime/safetensors.ts';
import { readTensors } from '../read-weights.ts';
import { EXIT } from '../report.ts';
import type { Terminal } from '../terminal.ts';
import { writeFiles } from '../write-files.ts';

export interface ImportOptions {
  readonly output: string;
  /** Of a Darknet configuration, or variables of Keras. */
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
  [/\.(json|keras)$/i, keras],
  [/\.(h5|hdf5)$/i, hdf5],
  [/(?:)/, onnx],
];

const LONGEST_TEXT = 64 * 2 ** 20;

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

/** Weights are named by themselves: those in a `.keras` are HDF5. */
async function keras(path: string, name: string, { input, weights }: ImportOptions): Promise<Read> {
  const packed = /\.keras$/i.test(path);
  const text = packed ? await configOf(path) : await readText(path);
  const read = await importKeras(text, {
    path,
    name,
    ...(input && { inputs: input }),
    ...(weights !== undefined && { weights: { path: weights, tensors: (await readTensors(weights)).tensors } }),
  });
  if (!packed || weights !== undefined) return read;
  return {
    ...read,
    said: [...read.said, 'its weights are HDF5, which is not read (CNN4312 says how to write them otherwise)'],
  };
}

async function configOf(path: string): Promise<string> {
  const archive = await openArchive(path);
  try {
    const config = archive.members.get('config.json');
    if (!config || config.size > LONGEST_TEXT)
      throw malformedText(
        path,
        'as a whole',
        'it has no config.json',
        'let Keras write it: `model.save("model.keras")`',
      );
    return new TextDecoder().decode(await config.all());
  } finally {
    await archive.close();
  }
}

async function hdf5(path: string): Promise<Read> {
  throw inHdf5(path);
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
