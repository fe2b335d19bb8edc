/**
 * @file Weights inside a module: state after state, vectors and single numbers in f32, larger tensors in the form that was chosen. `int8`
 * has a scale for each row, which is an output channel. `inside-weights.ts` reads them.
 */
import type { WeightForm } from './executable.ts';

export interface PackedState {
  readonly name: string;
  readonly role: 'parameter' | 'buffer';
  readonly shape: readonly number[];
  readonly offset: number;
}

const LARGEST_BYTE = 127;

export function formOf({ shape }: Pick<PackedState, 'shape'>, form: WeightForm): WeightForm {
  return shape.length > 1 ? form : 'f32';
}

/** Bytes of a number of this form, and those of them at its lower end that are as good as random. */
export const PLANES: Readonly<Record<WeightForm, readonly [all: number, fine: number]>> = {
  f32: [4, 2],
  f16: [2, 1],
  int8: [1, 0],
};

/**
 * The bytes of values in the order of the states: those that are as good as random, which are not worth to be deflated, and all others. Of
 * a tensor first the lowest byte of each number, then the next: signs and exponents are alike, and are deflated well side by side.
 */
export function packWeights(
  form: WeightForm,
  states: readonly Pick<PackedState, 'shape'>[],
  values: readonly Float32Array[],
): { readonly fine: Uint8Array<ArrayBuffer>; readonly coarse: Uint8Array<ArrayBuffer> } {
  const parts = states.map((state, k) => {
    const own = formOf(state, form);
    const bytes = packTensor(own, state.shape[0] ?? 1, values[k]!);
    const border = PLANES[own][1] * values[k]!.length;
    return [bytes.subarray(0, border), bytes.subarray(border)] as const;
  });
  return { fine: joined(parts.map(([fine]) => fine)), coarse: joined(parts.map(([, coarse]) => coarse)) };
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function packTensor(form: WeightForm, rows: number, values: Float32Array): Uint8Array {
  if (form === 'f32') return inPlanes(new Uint8Array(values.slice().buffer), values.length);
  if (form === 'f16') return inPlanes(new Uint8Array(Uint16Array.from(values, halfOf).buffer), values.length);
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

function inPlanes(bytes: Uint8Array, count: number): Uint8Array {
  const each = bytes.length / count;
  return bytes.map((_, k) => bytes[(k % count) * each + Math.floor(k / count)]!);
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
