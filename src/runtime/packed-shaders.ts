/** @file Shaders that lie in a minified module deflated, as dense text. It defines `cnncShaders`. */
import type { PackedShaders } from '../targets/webgpu/device-types.ts';
import { decode } from './dense-weights.ts';

export async function unpack(text: string, length: number): Promise<string[]> {
  const stream = new Blob([decode(text, length)]).stream().pipeThrough(new DecompressionStream('deflate'));
  const { parts, shaders }: PackedShaders = await new Response(stream).json();
  return shaders.map((shader) => shader.map((part) => (typeof part === 'string' ? part : parts[part])).join(''));
}
