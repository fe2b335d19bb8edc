/**
 * @file All kernels of a trainer as one WebAssembly module. Kernels that are the same but for their places in memory are
 * one function; each phase is an exported function `phase(block, group, arena)` that calls its kernels with their places.
 * `arena` is how many bytes the thread's arena lies behind the first one. A phase of parts is called `phase(part)`, one of
 * groups `phase(first, group, end)`, with the blocks of the group. A phase that threads run together is called by each
 * with two more numbers, `(…, part, others)`: between its kernels they wait for each other (`meet.ts`). One thread alone
 * leaves them out, and they are 0.
 */
import type { Buffer, Kernel, Statement } from '../../loop/ir.ts';
import type { LoweredPhase, LoweredProgram, PlacedKernel } from '../../plan/lowered-program.ts';
import type { SumRegion } from '../../plan/plan-memory.ts';
import { compileKernel } from './compile-kernel.ts';
import { encodeModule, FunctionBuilder, type WasmModule } from './encoder.ts';
import { Helpers } from './helpers.ts';
import { meetFunction } from './meet.ts';

const FLOAT = 4;
const PAGE = 65536;
const VECTOR = 16;
/** Floats of a cache line; regions of sums are whole ones. */
const LINE = 16;

export interface WasmPhase {
  readonly program: LoweredProgram;
  readonly index: number;
  /** Name of the exported function. */
  readonly export: string;
  /** Threads may run it together. */
  readonly divided: boolean;
}

export interface CompiledWasm extends WasmModule {
  readonly phases: readonly WasmPhase[];
  readonly kernelCount: number;
}

export interface WasmOptions {
  /** Functions that are exported under their names. */
  readonly further?: readonly FunctionBuilder[];
  /** Where threads that divide kernels meet, in bytes. */
  readonly meetAt?: number;
}

export function compileWasm(
  programs: readonly LoweredProgram[],
  memoryLength: number,
  shared: boolean,
  { further = [], meetAt }: WasmOptions = {},
): CompiledWasm {
  const functions: FunctionBuilder[] = [];
  const kernels = compileKernels(programs, functions);
  const phases: WasmPhase[] = [];
  const exports: { name: string; index: number }[] = [];
  const adders = new Map<number, number>();
  const adderIndex = (groups: number): number => {
    if (!adders.has(groups)) adders.set(groups, functions.push(sumAdder(groups)) - 1);
    return adders.get(groups)!;
  };
  const meet = meetAt === undefined ? -1 : functions.push(meetFunction(meetAt)) - 1;
  if (meet >= 0) exports.push({ name: 'meet', index: meet });
  for (const program of programs)
    program.phases.forEach((phase, index) => {
      const name = `${program.name}${index}`;
      const divided = meet >= 0 && phase.kernels.some(({ kernel }) => kernel.divided);
      const builder = new FunctionBuilder(
        name,
        Array.from({ length: divided ? 5 : 3 }, () => 'i32' as const),
      );
      const adder = phase.combines.length > 0 ? adderIndex(program.groups) : -1;
      if (phase.kind === 'parts') addParts(builder, phase.combines, program.groups, adder);
      else callKernels(builder, phase, adder, divided ? meet : -1, ({ kernel }) => kernels.get(kernel)!);
      exports.push({ name, index: functions.push(builder) - 1 });
      phases.push({ program, index, export: name, divided });
    });
  for (const builder of further) exports.push({ name: builder.name, index: functions.push(builder) - 1 });
  const memoryPages = Math.ceil((memoryLength * FLOAT) / PAGE);
  return { ...encodeModule(functions, { exports, memoryPages, shared }), phases, kernelCount: kernels.size };
}

/** Indices of all kernels. Those of the same length are the most alike, and deflated best side by side. */
function compileKernels(programs: readonly LoweredProgram[], functions: FunctionBuilder[]): Map<Kernel, number> {
  const helpers = new Helpers(functions);
  const bodies = new Map<Kernel, FunctionBuilder>();
  for (const { phases, traits } of programs)
    for (const { name, kernel } of phases.flatMap((phase) => phase.kernels)) {
      const options = { lanes: traits.lanes, helper: (called: string) => helpers.indexOf(called) };
      if (!bodies.has(kernel)) bodies.set(kernel, compileKernel(name, kernel, options));
    }
  const sorted = [...bodies].sort(([, a], [, b]) => a.code.length - b.code.length);
  return new Map(sorted.map(([kernel, body]) => [kernel, functions.push(body) - 1]));
}

function callKernels(
  builder: FunctionBuilder,
  phase: LoweredPhase,
  adder: number,
  meet: number,
  indexOf: (kernel: PlacedKernel) => number,
): void {
  const isDivided = ({ kernel }: PlacedKernel) => meet >= 0 && kernel.divided === true;
  for (const { offset, length, perGroup } of phase.combines) {
    for (const floats of [offset, length, perGroup]) builder.integer(floats * FLOAT);
    builder.call(adder);
  }
  phase.kernels.forEach((placed, position) => {
    const { kernel, slots } = placed;
    const before = phase.kernels[position - 1];
    // What one thread computes alone it reads without waiting.
    if (before && (isDivided(before) || isDivided(placed))) meetThere(builder, meet);
    const isAlone = meet >= 0 && !isDivided(placed);
    if (isAlone) {
      builder.get(3);
      builder.op('i32.eqz');
      builder.if();
    }
    kernel.buffers.forEach((buffer, k) => {
      const { start, perBlock, perGroup, perThread, arena } = slots[k]!;
      builder.integer(start * FLOAT);
      if (perBlock > 0 && !kernel.overBlocks) addMultiple(builder, 0, perBlock * FLOAT);
      // Only its own kernel meets a sum in a phase of blocks; what reads it comes later and reads the first copy.
      if (perGroup > 0 && (phase.kind === 'blocks' || kernel.overBlocks) && isAddedTo(kernel, buffer))
        addMultiple(builder, 1, perGroup * FLOAT);
      if (perThread && isDivided(placed)) addMultiple(builder, 3, perThread * FLOAT);
      if (arena && !kernel.overBlocks) {
        builder.get(2);
        builder.op('i32.add');
      }
    });
    if (kernel.overBlocks) for (const parameter of [0, 2]) builder.get(parameter);
    if (kernel.divided) for (const parameter of [3, 4]) builder.get(parameter);
    builder.call(indexOf(placed));
    if (isAlone) builder.op('end');
  });
  if (phase.kernels.some(isDivided)) meetThere(builder, meet);
}

function meetThere(builder: FunctionBuilder, meet: number): void {
  for (const parameter of [3, 4]) builder.get(parameter);
  builder.call(meet);
}

function isAddedTo(kernel: Kernel, buffer: Buffer): boolean {
  const adds = (statement: Statement): boolean =>
    statement.kind === 'loop' ? statement.body.some(adds) : statement.kind === 'store' && statement.buffer === buffer;
  return kernel.body.some(adds);
}

/** Adds a multiple of a parameter to the address on the stack. */
function addMultiple(builder: FunctionBuilder, parameter: number, bytes: number): void {
  builder.get(parameter);
  builder.integer(bytes);
  builder.op('i32.mul');
  builder.op('i32.add');
}

/** Part `p` of every region: as many cache lines as others, but for the last. */
function addParts(builder: FunctionBuilder, regions: readonly SumRegion[], parts: number, adder: number): void {
  for (const { offset, length, perGroup } of regions) {
    const bytes = Math.ceil(length / LINE / parts) * LINE * FLOAT;
    builder.integer(offset * FLOAT);
    addMultiple(builder, 0, bytes);
    // What is left from there on, at most `bytes`; the last parts may have nothing to do.
    const left = builder.local('i32');
    builder.integer(bytes);
    builder.integer(length * FLOAT);
    builder.get(0);
    builder.integer(bytes);
    builder.op('i32.mul');
    builder.op('i32.sub');
    builder.tee(left);
    builder.integer(bytes);
    builder.get(left);
    builder.op('i32.lt_s');
    builder.op('select');
    builder.integer(perGroup * FLOAT);
    builder.call(adder);
  }
}

/** Adds all copies of a region onto the first, in order: parameters are where it begins, its bytes, and their distance. */
function sumAdder(groups: number): FunctionBuilder {
  const builder = new FunctionBuilder('addCopies', ['i32', 'i32', 'i32']);
  const [at, bytes, perGroup, end, from] = [0, 1, 2, builder.local('i32'), builder.local('i32')];
  builder.get(at);
  builder.get(bytes);
  builder.op('i32.add');
  builder.set(end);
  builder.block();
  builder.get(at);
  builder.get(end);
  builder.op('i32.ge_s');
  builder.branchIf(0);
  builder.loop();
  builder.get(at);
  builder.get(at);
  builder.tee(from);
  builder.load('v128', 0);
  for (let group = 1; group < groups; group++) {
    builder.get(from);
    builder.get(perGroup);
    builder.op('i32.add');
    builder.tee(from);
    builder.load('v128', 0);
    builder.op('f32x4.add');
  }
  builder.store('v128', 0);
  builder.get(at);
  builder.integer(VECTOR);
  builder.op('i32.add');
  builder.tee(at);
  builder.get(end);
  builder.op('i32.lt_s');
  builder.branchIf(0);
  builder.op('end');
  builder.op('end');
  return builder;
}
