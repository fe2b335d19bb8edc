/** @file ONNX files: bytes to records and back. */
import { type DiagnosticDetails, diagnostic } from '../../diagnostics/catalogue.ts';
import { DiagnosticError } from '../../diagnostics/diagnostic.ts';
import { Malformed, readMessage, writeMessage } from '../protobuf.ts';
import { MODEL, type OnnxModel } from './messages.ts';

/** Raw values of tensors are views of `file`. Reports CNN4302 for anything that is not a whole model. */
export function readModel(file: Uint8Array): OnnxModel & { readonly graph: NonNullable<OnnxModel['graph']> } {
  try {
    const model = readMessage(MODEL, file);
    const { graph } = model;
    if (!graph || model.irVersion < 1) throw new Malformed(graph ? 'it names no version' : 'it has no graph');
    return { ...model, graph };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw problem('CNN4302', `this is no whole ONNX file: ${error.message}`, 'export the model again');
  }
}

export function writeModel(model: OnnxModel): Uint8Array {
  const weights = model.graph?.initializers.reduce((sum, { raw }) => sum + raw.length, 0) ?? 0;
  return writeMessage(MODEL, model, weights);
}

export function problem(code: 'CNN4302' | 'CNN4303', message: string, help: string): DiagnosticError {
  const details: DiagnosticDetails = { fix: { message: help } };
  return new DiagnosticError(diagnostic(code, message, details));
}
