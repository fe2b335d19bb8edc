/**
 * @file The `allocate` and `instantiate` of a module whose kernels are WebAssembly: the binary as base64, patched to
 * fused multiply-adds where the engine has them.
 */
import type { LoweredProgram } from '../lowered-program.ts';
import type { ModulePlan } from '../plan-module.ts';
import { compileWasm, type WasmPhase } from './compile-module.ts';
import { ByteWriter, encodeModule, FunctionBuilder } from './encoder.ts';
import { FUSED_CODE, NOP } from './fuse-multiply-add.ts';

const FLOAT = 4;
const PAGE = 65536;

export function printWasmInstantiate(plan: ModulePlan): string {
  const { train, infer, memoryLength } = plan;
  const compiled = compileWasm([train.lowered, infer.lowered], memoryLength, false);
  const step = printPhases(compiled.phases, train.lowered, false);
  const update = printPhases(compiled.phases, train.lowered, true);
  return `/** The kernels: WebAssembly with 128-bit SIMD, ${compiled.kernelCount} functions, ${compiled.bytes.length} bytes. */
const binary = '${base64(compiled.bytes)}';

/** Where a multiply and an add may become one fused instruction: distances, LEB128. */
const fusible = '${base64(packDistances(compiled.fusible))}';

/** A module that is valid where relaxed SIMD is. */
const probe = '${base64(relaxedProbe())}';

const memories = new WeakMap();

function decode(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function fuse(bytes) {
  const distances = decode(fusible);
  let at = 0;
  let next = 0;
  const read = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = distances[next++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (next < distances.length) {
    bytes.fill(${NOP}, (at += read()), at + ${FUSED_CODE.length});
    bytes.set([${FUSED_CODE.join(', ')}], (at += read()));
  }
}

function allocate() {
  const memory = new WebAssembly.Memory({ initial: ${Math.ceil((memoryLength * FLOAT) / PAGE)} });
  memories.set(memory.buffer, memory);
  return new Float32Array(memory.buffer, 0, ${memoryLength});
}

async function instantiate(M, options) {
  const bytes = decode(binary);
  if (options.relaxedSimd !== false && WebAssembly.validate(decode(probe))) fuse(bytes);
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory: memories.get(M.buffer) } });
  const run = instance.exports;
  const infer = [${printPhases(compiled.phases, infer.lowered, false)}];
  return {
    train: [${step}],
    update: [${update}],
    evaluate: infer,
    predict: infer,
  };
}
`;
}

function printPhases(phases: readonly WasmPhase[], program: LoweredProgram, update: boolean): string {
  return phases
    .filter((phase) => phase.program === program && program.phases[phase.index]!.update === update)
    .map(({ index, export: name }) => {
      const { kind, stages, collects } = program.phases[index]!;
      return `{ kind: '${kind}', stages: ${stages}, collects: ${collects}, run: run.${name} }`;
    })
    .join(',\n    ');
}

function packDistances(fusible: readonly (readonly [number, number])[]): Uint8Array {
  const writer = new ByteWriter();
  let at = 0;
  for (const [multiply, add] of fusible) {
    writer.unsigned(multiply - at);
    writer.unsigned(add - multiply);
    at = add;
  }
  return writer.bytes;
}

function relaxedProbe(): Uint8Array {
  const builder = new FunctionBuilder('probe', ['v128'], 'v128');
  for (let k = 0; k < 3; k++) builder.get(0);
  builder.op('f32x4.relaxed_madd');
  return encodeModule([builder], { exports: [], memoryPages: 1, shared: false }).bytes;
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let k = 0; k < bytes.length; k += 4096) text += String.fromCharCode(...bytes.subarray(k, k + 4096));
  return btoa(text);
}
