/**
 * @file `cnnc export RUN -o model.safetensors`: the best weights of a run, for this and for other tools. With `--to`, the
 * network itself in the language of another tool, and its weights beside it.
 */
import { basename, extname } from 'node:path';
import { TrainerError } from '../../data/trainer-error.ts';
import { separateWeights } from '../../exchange/onnx/external.ts';
import { writeModel } from '../../exchange/onnx/model-file.ts';
import { exportOnnx } from '../../export/onnx/export.ts';
import { exportOnnxTraining } from '../../export/onnx/training.ts';
import { exportPytorch } from '../../export/pytorch/export.ts';
import type { State } from '../../ir/graph.ts';
import { headsOf } from '../../plan/program-graphs.ts';
import { parseSafetensors, tensorValues, writeSafetensors } from '../../runtime/safetensors.ts';
import type { Elaboration } from '../../semantics/model.ts';
import type { CompileFileOptions } from '../compile-file.ts';
import type { Tool, WeightFile } from '../forms.ts';
import { initialWeights } from '../initial-weights.ts';
import { type NamedArray, writeNpz } from '../npz-writer.ts';
import { type ReadWeightsOptions, readTensors, weightsReader } from '../read-weights.ts';
import { EXIT } from '../report.ts';
import type { Terminal } from '../terminal.ts';
import { isRun, weightsOfRun, withNetwork } from '../trained.ts';
import { type Files, writeFiles } from '../write-files.ts';

export interface ExportOptions extends ReadWeightsOptions {
  readonly output: string;
}

export interface ExportNetworkOptions extends ExportOptions, CompileFileOptions {
  readonly to: Tool;
  /** A file, or the folder of a run; of a run that is exported its own unless given. */
  readonly weights?: string;
  /** For ONNX: a number of images in place of any. */
  readonly batch?: number;
  /** For ONNX: batch norms become a part of the convolutions before them. */
  readonly fold?: boolean;
  /** For ONNX: layers that only the loss reads are written, too, as outputs. */
  readonly heads?: boolean;
  /** For ONNX: bytes of weights from which on they lie beside the model. */
  readonly largest?: number;
  /** For ONNX: a step of training in place of a prediction. */
  readonly train?: boolean;
}

/** What writes a file of weights, by the end of its name. */
const WRITERS: Readonly<Record<WeightFile, typeof writeNpz>> = {
  '.safetensors': (tensors) => writeSafetensors(tensors, {}),
  '.npz': writeNpz,
};

/** `path`: the folder of a run, or a file of weights. Reports CNN4120, CNN4141, CNN4207. */
export async function exportWeights(path: string, options: ExportOptions, terminal: Terminal): Promise<number> {
  const { output } = options;
  const from = isRun(path) ? weightsOfRun(path) : path;
  const tensors = (await readTensors(from, options)).tensors;
  await writeFiles(new Map([[output, WRITERS[extname(output) as WeightFile](tensors)]]));
  terminal.err(`${output}: ${tensors.length} tensors from ${from}\n`);
  return EXIT.success;
}

/**
 * Writes the network for the tool: for PyTorch with `NAME.safetensors` beside it where there are weights, for ONNX with the
 * weights in it. Reports CNN2008, CNN4120, CNN4121, CNN4141, CNN4207, CNN4301.
 */
export function exportNetwork(path: string, options: ExportNetworkOptions, terminal: Terminal): Promise<number> {
  return withNetwork(path, options, terminal, async ({ elaboration }) => {
    const given = options.weights ?? (isRun(path) ? path : undefined);
    const from = given && isRun(given) ? weightsOfRun(given) : given;
    const weights =
      from === undefined ? undefined : { from, tensors: await fittingWeights(elaboration, from, options, terminal) };
    const { files, told } = FORMATS[options.to](elaboration, options, weights);
    await writeFiles(files);
    terminal.err(told);
    return EXIT.success;
  });
}

interface Weights {
  readonly from: string;
  readonly tensors: readonly NamedArray[];
}

interface Exported {
  readonly files: Files;
  readonly told: string;
}

type Format = (elaboration: Elaboration, options: ExportNetworkOptions, weights: Weights | undefined) => Exported;

const pytorch: Format = (elaboration, { output }, weights) => {
  const text = exportPytorch(elaboration)
    .replaceAll('python FILE', `python ${basename(output)}`)
    .replaceAll('2 FILE', `2 ${basename(output)}`);
  const told = `${output}: ${elaboration.training.name} for PyTorch\n`;
  if (!weights) return { files: new Map([[output, text]]), told };
  const beside = output.replace(/(\.py)?$/, '.safetensors');
  const files = new Map<string, string | Uint8Array>([[output, text]]).set(
    beside,
    writeSafetensors(weights.tensors, {}),
  );
  return {
    files,
    told: `${told}${beside}: weights from ${weights.from}; \`--weights ${basename(beside)}\` takes them\n`,
  };
};

const onnx: Format = (elaboration, options, weights) => {
  const tensors = new Map(weights?.tensors.map(({ name, data }) => [name, data]));
  const start = (state: State) => tensors.get(state.name) ?? initialWeights(state, elaboration.settings.seed);
  const source = weights ? `weights from ${weights.from}` : 'initial weights; `--weights` names others';
  return options.train ? onnxStep(elaboration, options, start, source) : onnxModel(elaboration, options, start, source);
};

type OnnxFormat = (
  elaboration: Elaboration,
  options: ExportNetworkOptions,
  start: (state: State) => Float32Array,
  source: string,
) => Exported;

/** A step of training, and what its states start with. */
const onnxStep: OnnxFormat = (elaboration, { output, batch }, start, source) => {
  const { model, states } = exportOnnxTraining(elaboration, batch);
  const beside = output.replace(/(\.onnx)?$/, '.npz');
  const arrays = states.map((state) => ({ name: state.name, shape: state.shape, data: start(state) }));
  return {
    files: new Map([
      [output, writeModel(model)],
      [beside, writeNpz(arrays)],
    ]),
    told: `${output}: a step of training of ${elaboration.training.name} for ONNX\n${beside}: its ${states.length} states, ${source}\n`,
  };
};

/** A prediction, with its weights in it, or beside it where they are too large. */
const onnxModel: OnnxFormat = (elaboration, { output, batch, fold, heads, largest }, start, source) => {
  const exported = exportOnnx(elaboration, {
    weights: start,
    ...(batch !== undefined && { batch }),
    ...(fold !== undefined && { fold }),
    ...(heads !== undefined && { heads }),
  });
  const beside = `${output}.data`;
  const { model, data } = separateWeights(exported, basename(beside), largest);
  const files: Files = new Map<string, Uint8Array | readonly Uint8Array[]>([
    [output, writeModel(model)],
    ...(data.length > 0 ? [[beside, data] as const] : []),
  ]);
  const place = data.length > 0 ? `, in ${beside}` : '';
  const left = heads ? [] : headsOf(elaboration).map(({ name }) => `\`${name}\``);
  const without =
    left.length > 0 ? `left out: ${left.join(', ')}, which only the loss reads; \`--heads\` writes them, too\n` : '';
  return { files, told: `${output}: ${elaboration.training.name} for ONNX, ${source}${place}\n${without}` };
};

const FORMATS: Readonly<Record<Tool, Format>> = { pytorch, onnx };

/** CNN4121 unless the file has all weights of the network, in their shapes. */
async function fittingWeights(elaboration: Elaboration, from: string, options: ReadWeightsOptions, terminal: Terminal) {
  const { tensors } = parseSafetensors(await weightsReader(elaboration, options, terminal).read(from));
  const { states } = elaboration;
  return states
    .filter(({ role }) => role !== 'optimizer')
    .map(({ name, shape }) => {
      const tensor = tensors.get(name);
      if (tensor?.shape.join() === shape.join()) return { name, shape, data: tensorValues(name, tensor!) };
      const what = tensor
        ? `has \`${name}\` in the shape [${tensor.shape.join(', ')}], not [${shape.join(', ')}]`
        : `has no \`${name}\``;
      throw new TrainerError('CNN4121', `\`${from}\` ${what}`, 'export with weights of this network, or without');
    });
}
