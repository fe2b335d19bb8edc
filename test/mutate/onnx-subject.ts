/** @file A small ONNX model: what comes in of a damaged one holds the weights that the file holds. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts';
import { importOnnx } from '../../src/import/onnx/import.ts';
import type { Compared, Subject } from './subjects.ts';

/** `model`: one whose weights come in as they lie in the file. */
export function onnxSubject(model: Uint8Array): Subject {
  return {
    name: 'onnx',
    files: { 'model.onnx': model },
    mutated: ['model.onnx'],
    async read(folder): Promise<Compared | undefined> {
      const file = readFileSync(join(folder, 'model.onnx'));
      const weights = imported(file);
      const lies = ({ data }: { data: Float32Array }) =>
        Number(file.includes(Buffer.from(data.buffer, data.byteOffset, data.byteLength)));
      const found = weights.map(lies);
      // Factors and orders that were damaged make other numbers.
      return found.includes(0) ? undefined : [found, weights.map(() => 1)];
    },
  };
}

/** What readers of data throw has its code itself. */
function imported(file: Uint8Array): ReturnType<typeof importOnnx>['weights'] {
  try {
    return importOnnx(file, 'model').weights;
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    throw Object.assign(new Error(error.message), { code: error.diagnostic.code });
  }
}
