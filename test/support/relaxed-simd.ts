/** @file Whether this engine has fused multiply-adds. Node 20 has them behind a flag, which tests switch on. */
import { setFlagsFromString } from 'node:v8';
import { encodeModule, FunctionBuilder } from '../../src/targets/wasm/encoder.ts';

export function enableRelaxedSimd(): boolean {
  if (process.versions.node.startsWith('20.')) setFlagsFromString('--experimental-wasm-relaxed-simd');
  const builder = new FunctionBuilder('probe', ['v128'], 'v128');
  for (let k = 0; k < 3; k++) builder.get(0);
  builder.op('f32x4.relaxed_madd');
  const { bytes } = encodeModule([builder], { exports: [], memoryPages: 1, shared: false });
  return WebAssembly.validate(bytes as BufferSource);
}
