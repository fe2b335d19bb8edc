/**
 * @file All kernels of a trainer as one WebAssembly module. Kernels that are the same but for their places in memory are
 * one function; each phase is an exported function `phase(block, group, arena)` that calls its kernels with their places.
 * `arena` is how many bytes the thread's arena lies behind the first one. A phase of parts is called `phase(part)`, one of
 * groups `phase(first, group, end)`, with the blocks of the group. A phase that threads run together is called by each
 * with three more numbers, `(…, role, others, first)`: they share each of its kernels (`share-kernels.ts`), which are numbered from the
 * first one. One thread alone leaves them out, and they are 0.
 */
import type { Buffer, Kernel, Statement } from '../../loop/ir.ts';
import type { LoweredPhase, LoweredProgram, PlacedKernel } from '../../plan/lowered-program.ts';
import type { SumRegion } from '../../plan/plan-memory.ts';
import { compileKernel } from './compile-kernel.ts';
import { encodeModule, FunctionBuilder, type WasmModule } from './encoder.ts';
import { Helpers } from './helpers.ts';
import { attendFunction, claimFunction } from './share-kernels.ts';

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
  /** So many of its kernels are shared by threads. */
  readonly divided: number;
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
  if (meetAt !== undefined) exports.push({ name: 'attend', index: functions.push(attendFunction(meetAt)) - 1 });
  const claim = meetAt === undefined ? -1 : functions.push(claimFunction(meetAt)) - 1;
  for (const program of programs)
    program.phases.forEach((phase, index) => {
      const name = `${program.name}${index}`;
      const divided = claim >= 0 ? phase.kernels.filter(({ kernel }) => kernel.divided).length : 0;
      const builder = new FunctionBuilder(
        name,
        Array.from({ length: divided ? 6 : 3 }, () => 'i32' as const),
      );
      const adder = phase.combines.length > 0 ? adderIndex(program.groups) : -1;
      if (phase.kind === 'parts') addParts(builder, phase.combines, program.groups, adder);
      else callKernels(builder, phase, adder, divided ? claim : -1, ({ kernel }) => kernels.get(kernel)!);
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
      const options = {
        lanes: traits.lanes,
        paired: traits.paired === true,
        helper: (called: string) => helpers.indexOf(called),
      };
      if (!bodies.has(kernel)) bodies.set(kernel, compileKernel(name, kernel, options));
    }
  const sorted = [...bodies].sort(([, a], [, b]) => a.code.length - b.code.length);
  return new Map(sorted.map(([kernel, body]) => [kernel, functions.push(body) - 1]));
}

function callKernels(
  builder: FunctionBuilder,
  phase: LoweredPhase,
  adder: number,
  claim: number,
  indexOf: (kernel: PlacedKernel) => number,
): void {
  for (const { offset, length, perGroup } of phase.combines) {
    for (const floats of [offset, length, perGroup]) builder.integer(floats * FLOAT);
    builder.call(adder);
  }
  const part = claim >= 0 ? builder.local('i32') : -1;
  if (claim >= 0) {
    builder.integer(-1);
    builder.set(part);
  }
  let number = 0;
  for (const placed of phase.kernels) {
    const isDivided = claim >= 0 && placed.kernel.divided === true;
    if (isDivided) beginParts(builder, claim, part, number++);
    else if (claim >= 0) beginAlone(builder);
    pushPlaces(builder, phase, placed, isDivided ? part : -1);
    if (placed.kernel.overBlocks) for (const parameter of [0, 2]) builder.get(parameter);
    if (isDivided) for (const local of [part, OTHERS]) builder.get(local);
    builder.call(indexOf(placed));
    if (isDivided) endParts(builder);
    else if (claim >= 0) builder.op('end');
  }
}

/** Parameters of a phase that threads run together. */
const [ROLE, OTHERS, FIRST] = [3, 4, 5];

/** The first thread computes what is not worth sharing. */
function beginAlone(builder: FunctionBuilder): void {
  builder.get(ROLE);
  builder.op('i32.eqz');
  builder.if();
}

/** Parts of a kernel, as long as there are some; then `part` is -1 again. */
function beginParts(builder: FunctionBuilder, claim: number, part: number, number: number): void {
  builder.block();
  builder.loop();
  builder.get(FIRST);
  builder.integer(number);
  builder.op('i32.add');
  for (const local of [ROLE, OTHERS, part]) builder.get(local);
  builder.call(claim);
  builder.tee(part);
  builder.integer(0);
  builder.op('i32.lt_s');
  builder.branchIf(1);
}

function endParts(builder: FunctionBuilder): void {
  builder.integer(1);
  builder.branchIf(0);
  builder.op('end');
  builder.op('end');
}

function pushPlaces(
  builder: FunctionBuilder,
  phase: LoweredPhase,
  { kernel, slots }: PlacedKernel,
  part: number,
): void {
  kernel.buffers.forEach((buffer, k) => {
    const { start, perBlock, perGroup, perThread, arena } = slots[k]!;
    builder.integer(start * FLOAT);
    if (perBlock > 0 && !kernel.overBlocks) addMultiple(builder, 0, perBlock * FLOAT);
    // Only its own kernel meets a sum in a phase of blocks; what reads it comes later and reads the first copy.
    if (perGroup > 0 && (phase.kind === 'blocks' || kernel.overBlocks) && isAddedTo(kernel, buffer))
      addMultiple(builder, 1, perGroup * FLOAT);
    if (perThread && part >= 0) addMultiple(builder, part, perThread * FLOAT);
    if (arena && !kernel.overBlocks) {
      builder.get(2);
      builder.op('i32.add');
    }
  });
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
