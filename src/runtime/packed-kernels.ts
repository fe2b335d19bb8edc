/** @file Kernels for graphics cards that lie in a minified module deflated, as dense text. It defines `cnncKernels`. */
import type { DeviceKernels, PackedKernels } from '../targets/webgpu/device-types.ts';
import { decode } from './dense-weights.ts';

export async function unpack(text: string, length: number): Promise<DeviceKernels> {
  const stream = new Blob([decode(text, length)]).stream().pipeThrough(new DecompressionStream('deflate'));
  const { parts, shaders, programs }: PackedKernels = await new Response(stream).json();
  return {
    programs,
    shaders: shaders.map((shader) => shader.map((part) => (typeof part === 'string' ? part : parts[part])).join('')),
  };
}
