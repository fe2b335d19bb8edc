/**
 * @file Images that are bytes go to a graphics card as bytes, a quarter of what they are as floats. A kernel looks up what each of
 * them is, normalised, in the table that is used on the processor: so the bits are the same.
 */
import type { DeviceRegion } from '../targets/webgpu/device-types.ts';
import type { PixelForm } from './feed.ts';
import type { GpuBuffer, GpuDevice, GpuPass } from './gpu.ts';

const [COPY_DST, UNIFORM, STORAGE] = [8, 0x40, 0x80];
const COMPUTE = 4;
const WORKGROUP = 64;
const MOST_WORKGROUPS = 65535;

/** Not indented, as modules carry it. Words: the tables of the channels, 256 floats each, and behind them the bytes of the images, four in each. */
const SHADER = `struct Form { start: u32, each: u32, size: u32, plane: u32, bytes: u32, tables: u32 }
@group(0) @binding(0) var<storage, read_write> M: array<f32>;
@group(0) @binding(1) var<storage, read> words: array<u32>;
@group(0) @binding(2) var<uniform> form: Form;
@compute @workgroup_size(${WORKGROUP})
fn kernel(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
let word = id.y * workgroups.x * ${WORKGROUP}u + id.x;
for (var k = 0u; k < 4u; k += 1u) {
let at = word * 4u + k;
if (at >= form.bytes) { return; }
let i = at % form.size;
let byte = (words[form.tables + word] >> (8u * k)) & 255u;
M[form.start + at / form.size * form.each + i] = bitcast<f32>(words[i / form.plane * 256u + byte]);
}
}
`;

const BINDINGS = [{ type: 'storage' }, { type: 'read-only-storage' }, { type: 'uniform' }];

/** What all images of a card have in common. */
export interface ByteKernel {
  readonly layout: object;
  readonly pipeline: object;
}

export async function compileByteKernel(device: GpuDevice): Promise<ByteKernel> {
  const entries = BINDINGS.map((buffer, binding) => ({ binding, visibility: COMPUTE, buffer }));
  const layout = device.createBindGroupLayout({ entries });
  const module = device.createShaderModule({ code: SHADER });
  const pipeline = await device.createComputePipelineAsync({
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module, entryPoint: 'kernel' },
  });
  return { layout, pipeline };
}

/** An input of a program, as bytes and as the place where its floats are wanted. */
export class ByteImages {
  readonly #words: GpuBuffer;
  readonly #form: GpuBuffer;
  readonly #group: object;
  #bytes = 0;

  constructor(
    readonly device: GpuDevice,
    readonly kernel: ByteKernel,
    memory: GpuBuffer,
    readonly region: DeviceRegion,
    readonly pixels: PixelForm,
    most: number,
  ) {
    const { table, size } = pixels;
    const buffer = (bytes: number, usage: number) => device.createBuffer({ size: bytes, usage: usage | COPY_DST });
    this.#words = buffer(table.byteLength + 4 * Math.ceil((most * size) / 4), STORAGE);
    this.#form = buffer(32, UNIFORM);
    device.queue.writeBuffer(this.#words, 0, table);
    const resources = [memory, this.#words, this.#form].map((one) => ({ buffer: one }));
    const entries = resources.map((resource, binding) => ({ binding, resource }));
    this.#group = device.createBindGroup({ layout: kernel.layout, entries });
  }

  /** Takes effect before the work that is given next. The array is longer where the number of bytes is no multiple of four. */
  write(values: Uint8Array, bytes: number): void {
    const { region, pixels, device } = this;
    const { size, plane, table } = pixels;
    const form = Uint32Array.of(region.start, region.each, size, plane, bytes, table.length);
    if (bytes !== this.#bytes) device.queue.writeBuffer(this.#form, 0, form);
    this.#bytes = bytes;
    device.queue.writeBuffer(this.#words, table.byteLength, values.subarray(0, 4 * Math.ceil(bytes / 4)));
  }

  encode(pass: GpuPass): void {
    const workgroups = Math.ceil(this.#bytes / 4 / WORKGROUP);
    const rows = Math.ceil(workgroups / MOST_WORKGROUPS);
    pass.setPipeline(this.kernel.pipeline);
    pass.setBindGroup(0, this.#group);
    pass.dispatchWorkgroups(Math.ceil(workgroups / rows), rows, 1);
  }
}
