/** @file Weights that lie in a module, as `weight-form.ts` packs them: only modules that have some carry it. It defines `cnncInside`. */
import type { WeightForm } from './executable.ts';
import { halfToFloat } from './safetensors.ts';
import { formOf, type PackedState, PLANES } from './weight-form.ts';

/** The bytes of a text in base 64. */
export function decode(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Writes packed weights where the states lie: `packed` are the fine bytes, and the coarse ones deflated. */
export async function unpack(
  packed: Uint8Array<ArrayBuffer>,
  form: WeightForm,
  states: readonly PackedState[],
  memory: Float32Array,
): Promise<void> {
  const tensors = states.map((state) => {
    const own = formOf(state, form);
    return { ...state, own, length: state.shape.reduce((size, extent) => size * extent, 1) };
  });
  let at = tensors.reduce((sum, { own, length }) => sum + PLANES[own][1] * length, 0);
  const stream = new Blob([packed.subarray(at)]).stream().pipeThrough(new DecompressionStream('deflate'));
  const coarse = new DataView(await new Response(stream).arrayBuffer());
  const number = new DataView(new ArrayBuffer(4));
  let fineAt = 0;
  at = 0;
  for (const { shape, offset, own, length } of tensors) {
    const [planes, fine] = PLANES[own];
    const rows = own === 'int8' ? shape[0]! : 0;
    for (let k = 0; k < length; k++) {
      for (let plane = 0; plane < planes; plane++)
        number.setUint8(
          plane,
          plane < fine
            ? packed[fineAt + plane * length + k]!
            : coarse.getUint8(at + 4 * rows + (plane - fine) * length + k),
        );
      memory[offset + k] =
        own === 'f32'
          ? number.getFloat32(0, true)
          : own === 'f16'
            ? halfToFloat(number.getUint16(0, true))
            : coarse.getFloat32(at + 4 * Math.floor((k * rows) / length), true) * number.getInt8(0);
    }
    fineAt += fine * length;
    at += 4 * rows + (planes - fine) * length;
  }
}
