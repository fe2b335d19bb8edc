/**
 * @file Runs prepared work on a graphics card, as little code as can be: in Node on the package `webgpu`, in a page as text.
 */

import type { GpuDevice } from '../../src/runtime/gpu.ts';
import type { DeviceDispatch } from '../../src/targets/webgpu/device-types.ts';

export interface DeviceJob {
  readonly shaders: readonly string[];
  readonly dispatches: readonly DeviceDispatch[];
  readonly groups: number;
  readonly blocks: number;
  readonly memory: Float32Array;
}

/** The memory behind the work. Names nothing outside itself. */
export async function runOnDevice(device: GpuDevice, job: DeviceJob): Promise<Float32Array> {
  const { shaders, dispatches, groups, blocks, memory } = job;
  const [WORKGROUP, PLACE_BYTES, MOST] = [64, 256, 65535];
  const [UNIFORM, STORAGE, SRC, DST, MAP_READ, COMPUTE] = [0x40, 0x80, 4, 8, 1, 4];
  const bindings = [
    { type: 'storage' as const },
    { type: 'uniform' as const },
    { type: 'uniform' as const, hasDynamicOffset: true, minBindingSize: PLACE_BYTES },
    { type: 'storage' as const },
  ];
  const layout = device.createBindGroupLayout({
    entries: bindings.map((buffer, binding) => ({ binding, visibility: COMPUTE, buffer })),
  });
  const whole = device.createPipelineLayout({ bindGroupLayouts: [layout] });
  const bufferOf = (data: Float32Array | Int32Array | Uint32Array, usage: number) => {
    const buffer = device.createBuffer({ size: Math.max(16, data.byteLength), usage: usage | SRC | DST });
    device.queue.writeBuffer(buffer, 0, data);
    return buffer;
  };
  device.pushErrorScope('validation');
  const main = bufferOf(memory, STORAGE);
  const batch = bufferOf(Uint32Array.of(blocks, groups, 0x7f800000, 0x7fc00000), UNIFORM);
  const places = new Int32Array((PLACE_BYTES / 4) * dispatches.length);
  dispatches.forEach((dispatch, k) => {
    places.set(dispatch.places, (k * PLACE_BYTES) / 4);
  });
  const place = bufferOf(places, UNIFORM);
  const greatest = bufferOf(new Uint32Array(4), STORAGE);
  // Networks have many kernels in common.
  const known = ((device as { pipelines?: Map<string, Promise<object>> }).pipelines ??= new Map());
  const pipelines = await Promise.all(
    shaders.map((code) => {
      const made =
        known.get(code) ??
        device.createComputePipelineAsync({
          layout: whole,
          compute: { module: device.createShaderModule({ code }), entryPoint: 'kernel' },
        });
      known.set(code, made);
      return made;
    }),
  );
  const group = device.createBindGroup({
    layout,
    entries: [{ buffer: main }, { buffer: batch }, { buffer: place, size: PLACE_BYTES }, { buffer: greatest }].map(
      (resource, binding) => ({ binding, resource }),
    ),
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  dispatches.forEach(({ shader, over, size }, k) => {
    const workgroups = Math.ceil(size / WORKGROUP);
    const times = Math.ceil(workgroups / MOST);
    pass.setPipeline(pipelines[shader]!);
    pass.setBindGroup(0, group, [k * PLACE_BYTES]);
    pass.dispatchWorkgroups(
      Math.ceil(workgroups / times),
      over === 'blocks' ? blocks : over === 'groups' ? groups : 1,
      times,
    );
  });
  pass.end();
  const read = device.createBuffer({ size: memory.byteLength, usage: MAP_READ | DST });
  encoder.copyBufferToBuffer(main, 0, read, 0, memory.byteLength);
  device.queue.submit([encoder.finish()]);
  const error = await device.popErrorScope();
  if (error) throw new Error(error.message);
  await read.mapAsync(1);
  const result = new Float32Array(read.getMappedRange().slice(0));
  for (const buffer of [main, batch, place, greatest, read]) buffer.destroy();
  return result;
}
