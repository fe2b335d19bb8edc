/**
 * @file Weights inside a module: state after state, vectors and single numbers in f32, larger tensors in the form that was chosen. `int8`
 * has a scale for each row, which is an output channel.
 */
import type { WeightForm } from './executable.ts';
import { halfToFloat } from './safetensors.ts';

export interface PackedState {
  readonly name: string;
  readonly role: 'parameter' | 'buffer';
  readonly shape: readonly number[];
  readonly offset: number;
}

const LARGEST_BYTE = 127;

function formOf({ shape }: Pick<PackedState, 'shape'>, form: WeightForm): WeightForm {
  return shape.length > 1 ? form : 'f32';
}

/** The bytes of values in the order of the states. */
export function packWeights(
  form: WeightForm,
  states: readonly Pick<PackedState, 'shape'>[],
  values: readonly Float32Array[],
): Uint8Array<ArrayBuffer> {
  const parts = states.map((state, k) => packTensor(formOf(state, form), state.shape[0] ?? 1, values[k]!));
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function packTensor(form: WeightForm, rows: number, values: Float32Array): Uint8Array {
  if (form === 'f32') return new Uint8Array(values.slice().buffer);
  if (form === 'f16') return new Uint8Array(Uint16Array.from(values, halfOf).buffer);
  const row = values.length / rows;
  const bytes = new Uint8Array(4 * rows + values.length);
  const view = new DataView(bytes.buffer);
  for (let r = 0; r < rows; r++) {
    const own = values.subarray(r * row, (r + 1) * row);
    const scale = Math.fround(own.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / LARGEST_BYTE) || 1;
    view.setFloat32(4 * r, scale, true);
    own.forEach((value, k) => {
      view.setInt8(4 * rows + r * row + k, Math.round(value / scale));
    });
  }
  return bytes;
}

/** The nearest number of half precision; of two, the even one. What is too large is infinite. */
function halfOf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return 0x7e00;
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  const unit = 2 ** (exponent - 10);
  const steps = size / unit;
  const below = Math.floor(steps);
  const up = steps - below > 0.5 || (steps - below === 0.5 && below % 2 === 1);
  const rounded = below + (up ? 1 : 0);
  if (size === 0) return sign;
  // A full fraction carries into the exponent by itself.
  const bits = rounded < 1024 ? rounded : ((exponent + 15) << 10) + (rounded - 1024);
  return sign | Math.min(bits, 0x7c00);
}

/** Writes packed weights, deflated and in base 64, where the states lie. */
export async function unpackWeights(
  text: string,
  form: WeightForm,
  states: readonly PackedState[],
  memory: Float32Array,
): Promise<void> {
  const packed = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'));
  const view = new DataView(await new Response(stream).arrayBuffer());
  let at = 0;
  for (const state of states) {
    const { shape, offset } = state;
    const length = shape.reduce((size, extent) => size * extent, 1);
    const own = formOf(state, form);
    const rows = own === 'int8' ? shape[0]! : 0;
    for (let k = 0; k < length; k++)
      memory[offset + k] =
        own === 'f32'
          ? view.getFloat32(at + 4 * k, true)
          : own === 'f16'
            ? halfToFloat(view.getUint16(at + 2 * k, true))
            : view.getFloat32(at + 4 * Math.floor((k * rows) / length), true) * view.getInt8(at + 4 * rows + k);
    at += 4 * rows + length * (own === 'f32' ? 4 : own === 'f16' ? 2 : 1);
  }
}
