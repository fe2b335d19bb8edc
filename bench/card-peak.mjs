/** @file What a graphics card computes at most: multiply-adds that depend on nothing but registers. */

const INVOCATIONS = 2 ** 18;
const CHAINS = 8;

/** Eight chains of four numbers each, so that none waits for the last. */
const shader = (rounds) => `
@group(0) @binding(0) var<storage, read_write> memory: array<vec4<f32>>;
@compute @workgroup_size(64)
fn kernel(@builtin(global_invocation_id) id: vec3<u32>) {
  let factor = memory[0];
  let more = memory[1];
${Array.from({ length: CHAINS }, (_, k) => `  var sum${k} = memory[${k + 2}];\n`).join('')}
  for (var round = 0u; round < ${rounds}u; round += 1u) {
${Array.from({ length: CHAINS }, (_, k) => `    sum${k} = fma(sum${k}, factor, more);\n`).join('')}  }
  memory[16u + id.x % 64u] = ${Array.from({ length: CHAINS }, (_, k) => `sum${k}`).join(' + ')};
}`;

/** FLOPs a second, the best of some runs: a multiply-add is two. */
export async function peakOf(gpu, milliseconds = 50) {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  const device = await adapter.requestDevice();
  try {
    let rounds = 16;
    for (;;) {
      const time = await timeOf(device, rounds);
      if (time < milliseconds && rounds < 2 ** 16) rounds *= 4;
      else return (2 * 4 * CHAINS * INVOCATIONS * rounds) / (time / 1000);
    }
  } finally {
    device.destroy();
  }
}

async function timeOf(device, rounds) {
  const code = shader(rounds);
  const pipeline = await device.createComputePipelineAsync({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code }), entryPoint: 'kernel' },
  });
  const buffer = device.createBuffer({ size: 80 * 16, usage: 0x80 });
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer } }],
  });
  const run = async () => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(INVOCATIONS / 64);
    pass.end();
    const before = performance.now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return performance.now() - before;
  };
  await run();
  const times = [];
  for (let k = 0; k < 3; k++) times.push(await run());
  buffer.destroy();
  return Math.min(...times);
}
