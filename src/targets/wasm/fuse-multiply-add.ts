/**
 * @file The fused variant of a module. A binary is emitted with plain multiply and add; where the engine has relaxed
 * SIMD, each pair is patched in place: `a b mul, c, add` becomes `a b nop nop nop, c, relaxed_madd`, byte for byte.
 */

/** Bytes of `f32x4.mul` and `f32x4.add`, prefix included, and of `f32x4.relaxed_madd`. */
export const FUSED_CODE = [0xfd, 0x85, 0x02] as const;
export const NOP = 0x01;

export function fuseMultiplyAdd(
  bytes: Uint8Array,
  fusible: readonly (readonly [multiply: number, add: number])[],
): Uint8Array {
  const fused = bytes.slice();
  for (const [multiply, add] of fusible) {
    fused.fill(NOP, multiply, multiply + FUSED_CODE.length);
    fused.set(FUSED_CODE, add);
  }
  return fused;
}
