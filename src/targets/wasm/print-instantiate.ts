/**
 * @file The `allocate` and `instantiate` of a module whose kernels are WebAssembly: the binary, deflated, as text;
 * patched to fused multiply-adds where the engine has them, and to shared memory where there are several threads.
 */
import { carrySource, crewSource, teamSource, wideSource, workerSource } from 'cnnc:runtime';
import { densePlace } from '../../common/dense-text.ts';
import { base64, deflate } from '../../common/packed-text.ts';
import { InternalError } from '../../diagnostics/diagnostic.ts';
import type { LoweredProgram } from '../../plan/lowered-program.ts';
import type { ModulePlan } from '../../plan/plan-module.ts';
import { augmentationParts } from '../augmentation-text.ts';
import { carries, phaseFields } from '../phase-fields.ts';
import type { PrintOptions } from '../target.ts';
import { compileWasm, type WasmPhase } from './compile-module.ts';
import { ByteWriter, encodeModule, FunctionBuilder } from './encoder.ts';
import { FUSED_CODE, NOP } from './fuse-multiply-add.ts';
import { largestMagnitude } from './largest.ts';
import { MEETING } from './share-kernels.ts';

const FLOAT = 4;
const PAGE = 65536;
/** WebAssembly Core Specification 2.0, 5.5.5 and 5.3.10: an import of a memory, and its limits with a maximum. */
const MEMORY_IMPORT = 0x02;
const LIMITS_UNSHARED = 0x01;

/** The kernels of a plan, and where the byte lies that tells whether memory is shared. */
function compilePlan({ programs, memoryLength, arenaLength, groups, crew }: ModulePlan<never>) {
  const meeting = crew > 1 ? MEETING : 0;
  const mostFloats = memoryLength + (groups - 1) * arenaLength + meeting;
  const lowered = Object.values(programs).map((program) => program.lowered);
  const compiled = compileWasm(lowered, mostFloats, true, {
    ...('train' in programs && { further: [largestMagnitude()] }),
    ...(crew > 1 && { meetAt: memoryLength * FLOAT }),
  });
  const flags = allowLessMemory(compiled.bytes);
  if (groups === 1 && crew <= 1) compiled.bytes[flags] = LIMITS_UNSHARED;
  return { compiled, flags };
}

/** Bytes as an expression. */
function bytesText(bytes: Uint8Array, dense: boolean | undefined): string {
  return dense ? `cnncDense.decode('${densePlace(bytes)}', ${bytes.length})` : `decode('${base64(bytes)}')`;
}

const DECODE = `
function decode(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
`;

/** `wide`: for an engine that joins the two registers of a block. */
export async function printWasmInstantiate(
  plan: ModulePlan<never>,
  { dense, wide }: PrintOptions = {},
): Promise<string> {
  const { programs, memoryLength, groups, crew } = plan;
  const trains = 'train' in programs;
  const { compiled, flags } = compilePlan(plan);
  const shares = groups > 1 || crew > 1;
  const phases = Object.entries(programs).flatMap(([name, program]) => {
    const print = (update: boolean) => printPhases(compiled.phases, program.lowered, update);
    return name === 'train' ? [`train: [${print(false)}]`, `update: [${print(true)}]`] : [`${name}: [${print(false)}]`];
  });
  const held = wide ? 'let' : 'const';
  return `/** The kernels: WebAssembly with 128-bit SIMD, ${compiled.kernelCount} functions, ${compiled.bytes.length} bytes. */
const binary = () => ${bytesText(await deflate(compiled.bytes), dense)};

/** Where a multiply and an add may become one fused instruction: distances, LEB128. */
const fusible = () => ${bytesText(await deflate(packDistances(compiled.fusible)), dense)};

/** A module that is valid where relaxed SIMD is. */
const probe = () => ${bytesText(relaxedProbe(), dense)};

const memories = new WeakMap();
${dense ? '' : DECODE}
async function inflate(deflated) {
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function fuse(bytes, distances) {
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

/** Where the engine or the page does not run WebAssembly. */
const refused = (why) => new cnncRuntime.TrainerError(
  'CNN4111',
  'WebAssembly is refused here: ' + why,
  "allow \`script-src 'wasm-unsafe-eval'\` in the page's policy, or build with \`--target js\`",
);

${wide ? await printWide(wide, memoryLength, dense) : ''}${shares ? printAllocate(plan) : printAllocateOne(plan)}
/** The functions of the phases, by name. */
const phases = {
${phases.map((text) => `  ${text},\n`).join('')}};

async function instantiate(M, options${wide ? ', see' : ''}) {
  const ${shares ? '{ memory, threads }' : 'memory'} = memories.get(M.buffer);
  const bytes = await inflate(binary());
  if (options.relaxedSimd !== false && WebAssembly.validate(probe())) fuse(bytes, await inflate(fusible()));
${shares ? `  if (threads === 1) bytes[${flags}] = ${LIMITS_UNSHARED};\n` : ''}  ${held} module = await WebAssembly.compile(bytes).catch((error) => {
    throw error.name === 'CompileError' ? refused(error.message) : error;
  });
  ${held} { exports } = await WebAssembly.instantiate(module, { env: { memory } });
${wide ? tryWide(shares) : ''}  const executable = {${trains ? LARGEST : ''}};
  for (const program in phases)
    executable[program] = phases[program].map((phase) => ({ ...phase, run: exports[phase.name] }));
${groups > 1 ? START_TEAM : ''}${crew > 1 ? startCrew(compiled.phases, memoryLength) : ''}  return executable;
}
${groups > 1 ? printTeam(plan) : ''}${crew > 1 ? crewSource : ''}`;
}

async function printWide(wide: ModulePlan<never>, memoryLength: number, dense?: boolean): Promise<string> {
  if (wide.memoryLength !== memoryLength) throw new InternalError('wasm', 'wide kernels have other places');
  const { compiled, flags } = compilePlan(wide);
  return `/** The same kernels with twice as much in their registers, for engines that join two of them to one. */
const wideBinary = () => ${bytesText(await deflate(compiled.bytes), dense)};
const wideFusible = () => ${bytesText(await deflate(packDistances(compiled.fusible)), dense)};
const wideFlags = ${flags};

${wideSource}`;
}

function tryWide(shares: boolean): string {
  return `  if (see) {
    const load = async () => {
      const bytes = await inflate(wideBinary());
      if (options.relaxedSimd !== false && WebAssembly.validate(probe())) fuse(bytes, await inflate(wideFusible()));
${shares ? `      if (threads === 1) bytes[wideFlags] = ${LIMITS_UNSHARED};\n` : ''}      return bytes;
    };
    const link = (module) => new WebAssembly.Instance(module, { env: { memory } });
    const found = await cnncWide.tryWide({ M, plain: exports, phases, load, link });
    see(found.report);
    if (found.report.used) ({ module, exports } = found);
  }
`;
}

/** Memory for as many threads as are wanted. */
function printAllocate({ memoryLength, arenaLength, groups, crew }: ModulePlan<never>): string {
  const meeting = crew > 1 ? MEETING : 0;
  return `function allocate({ threads: wanted }) {
  const threads = ${countThreads(groups, crew)};
  const length = ${memoryLength + meeting} + (threads - 1) * ${crew > 1 ? 0 : arenaLength};
  const pages = Math.ceil(length * ${FLOAT} / ${PAGE});
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: threads > 1 });
  memories.set(memory.buffer, { memory, threads });
  return new Float32Array(memory.buffer, 0, length);
}
`;
}

function printAllocateOne({ memoryLength }: ModulePlan<never>): string {
  const pages = Math.ceil((memoryLength * FLOAT) / PAGE);
  return `function allocate() {
  const memory = new WebAssembly.Memory({ initial: ${pages}, maximum: ${pages} });
  memories.set(memory.buffer, memory);
  return new Float32Array(memory.buffer, 0, ${memoryLength});
}
`;
}

const LARGEST = `
    largest: ({ offset, length }) => exports.largest(offset * ${FLOAT}, (offset + length) * ${FLOAT}),
  `;

const START_TEAM = `  if (threads > 1)
    executable.team = await cnncTeam.startTeam(compiled, executable, phases, { memory, module, threads }, worker);
`;

function countThreads(groups: number, crew: number): string {
  if (groups > 1) return `cnncTeam.countThreads(wanted, ${groups})`;
  return crew > 1 ? `cnncCrew.countThreads(wanted, ${crew})` : '1';
}

function startCrew(phases: readonly WasmPhase[], memoryLength: number): string {
  const shared = phases.filter(({ divided }) => divided > 0);
  const numbers = Object.fromEntries(shared.map(({ export: name, divided }) => [name, divided]));
  return `  if (threads > 1) {
    const start = { module, memory, threads, place: ${memoryLength * FLOAT} };
    const crew = await cnncCrew.startCrew(start, exports, ${JSON.stringify(numbers)});
    if (crew) {
      executable.crew = crew;
      for (const program in phases)
        executable[program] = executable[program].map((phase) => crew.phase(phase, phase.name));
    }
  }
`;
}

function printTeam({ programs, elaboration }: ModulePlan<never>): string {
  const parts = [
    ...augmentationParts(elaboration.settings.augment).map(
      ({ source, name, value }) => `${source}cnncWorker.parts.${name} = ${value};\n`,
    ),
    ...(carries(programs) ? [`${carrySource}cnncWorker.parts.Carry = cnncCarry.SumsInDoubles;\n`] : []),
  ];
  return `
/** What the workers run. */
const worker = ${JSON.stringify([workerSource, ...parts].join(''))};

${teamSource}`;
}

/**
 * Memory is as long as its threads need, known only at run time: the import asks for one page at least, which takes as
 * many bytes as the true number. Returns where the byte lies that tells whether memory is shared.
 */
function allowLessMemory(bytes: Uint8Array): number {
  const name = [...new TextEncoder().encode('memory'), MEMORY_IMPORT];
  const flags = bytes.findIndex((_, at) => name.every((byte, k) => bytes[at + k] === byte)) + name.length;
  let at = flags + 1;
  let value = 1;
  for (; bytes[at]! >= 0x80; at++) {
    bytes[at] = value | 0x80;
    value = 0;
  }
  bytes[at] = value;
  return flags;
}

function printPhases(phases: readonly WasmPhase[], program: LoweredProgram, update: boolean): string {
  return phases
    .filter((phase) => phase.program === program && program.phases[phase.index]!.update === update)
    .map(({ index, export: name }) => {
      return `{ ${phaseFields(program.phases[index]!)}, name: '${name}' }`;
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

/** A module that is valid where the engine has fused multiply-adds. */
export function relaxedProbe(): Uint8Array {
  const builder = new FunctionBuilder('probe', ['v128'], 'v128');
  for (let k = 0; k < 3; k++) builder.get(0);
  builder.op('f32x4.relaxed_madd');
  return encodeModule([builder], { exports: [], memoryPages: 1, shared: false }).bytes;
}
