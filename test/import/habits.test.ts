/**
 * @file Models as exporters really write them come in and compute what the tools compute. The files and numbers are made by
 * `make_habits.py`; the table of docs/onnx.md says what is in them.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importOnnx } from '../../src/import/onnx/import.ts';
import { expectEqual } from '../export/onnx-oracle.ts';
import { predictions } from '../support/predict-imported.ts';

interface Column {
  readonly shape: readonly number[];
  readonly data: string;
}

interface Case {
  readonly name: string;
  readonly form: string;
  readonly inputs: readonly Column[];
  readonly outputs: readonly Column[];
}

const folder = new URL('habits/', import.meta.url);
const cases: readonly Case[] = JSON.parse(readFileSync(new URL('habits.json', folder), 'utf8'));

const floats = ({ data }: Column) => new Float32Array(new Uint8Array(Buffer.from(data, 'base64')).buffer);

function imported({ name, form }: Case) {
  return importOnnx(readFileSync(new URL(`${name}-${form}.onnx`, folder)), name, {
    external: ({ location, offset, length }) => {
      const bytes = readFileSync(new URL(location, folder));
      return bytes.subarray(offset, length === undefined ? undefined : offset + length);
    },
  });
}

describe('networks come in from', () => {
  it.each(cases.map((one) => [one.form, one.name, one] as const))('%s: %s', (_form, _name, one) => {
    const found = Object.values(
      predictions(imported(one), one.inputs.map(floats), one.inputs[0]!.shape[0]!, 'interpreter'),
    );
    expect(found.length).toBe(one.outputs.length);
    one.outputs.forEach((output, k) => {
      expectEqual({ output: found[k]! }, { output: floats(output) });
    });
  });

  it('tracing and `torch.export` as the same layers', () => {
    const bodies = cases
      .filter(({ name, form }) => name === 'flattened' && !/training|unfolded|plain/.test(form))
      .map((one) =>
        imported(one)
          .text.match(/\b(conv|batchnorm|relu|maxpool|flatten|dense)\b(?!"?:)(\([^)]*\))?/g)!
          .join(' '),
      );
    expect(bodies.length).toBeGreaterThan(5);
    expect([...new Set(bodies)]).toEqual(['conv(4, 3x3, pad: 1) relu maxpool(2) flatten dense(5)']);
  });
});
