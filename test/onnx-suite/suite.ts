/**
 * @file Node tests of ONNX: folders `test_NAME` with `model.onnx` and `test_data_set_0`, in which `input_K.pb` and `output_K.pb`
 * are tensors. A test agrees if the model comes in and the network gives the numbers of the test.
 *
 * The models have weights as inputs, as they try nodes and no networks. So each is read in up to four ways: with the first
 * dimension as images or without any, and with all inputs as features or all but the first as weights. One of them must agree, and none may
 * give other numbers.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts';
import { type OnnxTensor, TENSOR } from '../../src/exchange/onnx/messages.ts';
import { readModel, writeModel } from '../../src/exchange/onnx/model-file.ts';
import { tensorValues } from '../../src/exchange/onnx/tensors.ts';
import { readMessage } from '../../src/exchange/protobuf.ts';
import { importOnnx } from '../../src/import/onnx/import.ts';
import { predictions } from '../support/predict-imported.ts';

export interface Outcome {
  readonly name: string;
  readonly outcome: 'agrees' | 'differs' | 'refused';
  /** Why it is refused, or where it differs. */
  readonly reason: string;
}

type Model = ReturnType<typeof readModel>;

interface Case {
  readonly model: Model;
  readonly inputs: readonly OnnxTensor[];
  readonly outputs: readonly OnnxTensor[];
}

/** The reference is computed in 32 bits, in another order. */
const TOLERANCE = 1e-4;

export function runSuite(folder: string): Outcome[] {
  const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'model.onnx')));
  return names.sort().map((name) => ({ name, ...outcomeOf(join(folder, name)) }));
}

function outcomeOf(folder: string): Omit<Outcome, 'name'> {
  const set = join(folder, 'test_data_set_0');
  const tensors = (kind: string) =>
    readdirSync(set)
      .filter((file) => file.startsWith(kind))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
      .map((file) => readMessage(TENSOR, readFileSync(join(set, file))));
  const one = {
    model: readModel(readFileSync(join(folder, 'model.onnx'))),
    inputs: tensors('input'),
    outputs: tensors('output'),
  };
  const reasons: string[] = [];
  let agrees = false;
  for (const constant of one.inputs.length > 1 ? [false, true] : [false])
    for (const unbatched of [false, true]) {
      const reason = attempt(one, unbatched, constant);
      if (reason?.startsWith('differs')) return { outcome: 'differs', reason };
      if (reason === undefined) agrees = true;
      else reasons.push(reason);
    }
  return agrees ? { outcome: 'agrees', reason: '' } : { outcome: 'refused', reason: reasonOf(reasons) };
}

/** Of the last way; what images have to do with it is told only if there is nothing else. */
const reasonOf = (reasons: readonly string[]): string =>
  reasons.findLast((reason) => !/image|computed|constant$/.test(reason)) ?? reasons.at(-1) ?? '';

/** Undefined if the numbers are right, else why there are none, or how they differ. */
function attempt({ model, inputs, outputs }: Case, unbatched: boolean, constant: boolean): string | undefined {
  const names = model.graph.inputs.map(({ name }) => name);
  const weights = constant ? inputs.slice(1).map((tensor, k) => ({ ...tensor, name: names[k + 1]! })) : [];
  const graph = { ...model.graph, initializers: [...model.graph.initializers, ...weights] };
  const features = constant ? inputs.slice(0, 1) : inputs;
  try {
    const bytes = writeModel({ ...model, graph });
    const imported = importOnnx(bytes, 'model', { unbatched });
    const count = unbatched ? 1 : (features[0]!.shape[0] ?? 1);
    const data = features.map((tensor) => Float32Array.from(tensorValues(tensor).data as ArrayLike<number>));
    const found = Object.values(predictions(imported, data, count, 'js'));
    return found.map((values, k) => difference(values, outputs[k]!)).find((text) => text !== undefined);
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    const { message, notes = [] } = error.diagnostic;
    return notes.map((note) => note.message.replace(/: 1, the first of them.*$/, '')).join('; ') || message;
  }
}

function difference(values: ArrayLike<number>, tensor: OnnxTensor): string | undefined {
  const wanted = Array.from(tensorValues(tensor).data as ArrayLike<number>, Number);
  if (values.length !== wanted.length) return `differs: ${values.length} numbers, ${wanted.length} wanted`;
  const largest = wanted.reduce((size, value) => Math.max(size, Math.abs(value)), 1e-30);
  const worst = wanted.reduce((error, value, k) => Math.max(error, Math.abs(value - values[k]!)), 0);
  return worst / largest < TOLERANCE ? undefined : `differs by ${worst.toPrecision(3)} of ${largest.toPrecision(3)}`;
}
