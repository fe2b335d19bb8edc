/** @file Weights that were read from a file of any form. */
import { type DiagnosticCode, type DiagnosticDetails, diagnostic } from '../../diagnostics/catalogue.ts';
import { DiagnosticError } from '../../diagnostics/diagnostic.ts';

export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface WeightFile {
  /** What it is, for the line that says where weights come from: `PyTorch`. */
  readonly form: string;
  /** In the order of the file. */
  readonly tensors: readonly NamedTensor[];
  /** What was decided to find them. */
  readonly said: readonly string[];
}

/** More names than any network has. */
export const MOST_TENSORS = 100_000;

export function refused(code: DiagnosticCode, message: string, help: string): DiagnosticError {
  const details: DiagnosticDetails = { fix: { message: help } };
  return new DiagnosticError(diagnostic(code, message, details));
}
