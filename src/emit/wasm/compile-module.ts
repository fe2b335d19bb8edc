/**
 * @file All kernels of a trainer as one WebAssembly module. Kernels that are the same but for their places in memory are
 * one function; each phase is an exported function `phase(block)` that calls its kernels with their places.
 */

import { printAffine } from '../../ir/affine.ts';
import type { Buffer, Expression, Kernel, Statement } from '../../loop/ir.ts';
import { affinesOf, mapExpression } from '../../loop/ir.ts';
import type { Slot } from '../../passes/plan-memory.ts';
import type { LoweredProgram } from '../lowered-program.ts';
import { compileKernel } from './compile-kernel.ts';
import { encodeModule, FunctionBuilder, type WasmModule } from './encoder.ts';
import { helperFunctions, helperIndex } from './helpers.ts';

const FLOAT = 4;
const PAGE = 65536;

export interface WasmPhase {
  readonly program: LoweredProgram;
  readonly index: number;
  /** Name of the exported function. */
  readonly export: string;
}

export interface CompiledWasm extends WasmModule {
  readonly phases: readonly WasmPhase[];
  readonly kernelCount: number;
}

export function compileWasm(programs: readonly LoweredProgram[], memoryLength: number, shared: boolean): CompiledWasm {
  const functions = helperFunctions();
  const kernels = new Map<string, number>();
  const phases: WasmPhase[] = [];
  const exports: { name: string; index: number }[] = [];
  const kernelIndex = (kernel: Kernel, lanes: number): number => {
    const key = shapeOf(kernel);
    let index = kernels.get(key);
    if (index === undefined) {
      index = functions.push(compileKernel(kernel, { lanes, helper: helperIndex })) - 1;
      kernels.set(key, index);
    }
    return index;
  };
  for (const program of programs)
    program.phases.forEach((phase, index) => {
      const name = `${program.name}${index}`;
      const calls = phase.kernels.map((kernel) => ({ kernel, index: kernelIndex(kernel, program.traits.lanes) }));
      exports.push({ name, index: functions.push(phaseFunction(name, calls, program.placementOf)) - 1 });
      phases.push({ program, index, export: name });
    });
  const memoryPages = Math.ceil((memoryLength * FLOAT) / PAGE);
  return { ...encodeModule(functions, { exports, memoryPages, shared }), phases, kernelCount: kernels.size };
}

function phaseFunction(
  name: string,
  calls: readonly { readonly kernel: Kernel; readonly index: number }[],
  placementOf: (buffer: Buffer) => Slot,
): FunctionBuilder {
  const builder = new FunctionBuilder(name, ['i32']);
  for (const { kernel, index } of calls) {
    for (const buffer of kernel.buffers) {
      const { start, perBlock } = placementOf(buffer);
      builder.integer(start * FLOAT);
      if (perBlock === 0) continue;
      builder.get(0);
      builder.integer(perBlock * FLOAT);
      builder.op('i32.mul');
      builder.op('i32.add');
    }
    builder.call(index);
  }
  return builder;
}

/** Text of a kernel with its buffers numbered: equal texts are equal code. */
function shapeOf(kernel: Kernel): string {
  const number = new Map(kernel.buffers.map((buffer, k) => [buffer, `${buffer.variance}${k}`]));
  const describe = (expression: Expression): string => {
    const parts: string[] = [expression.kind];
    if (expression.kind === 'load') parts.push(number.get(expression.buffer)!);
    if (expression.kind === 'constant') parts.push(Object.is(expression.value, -0) ? '-0' : `${expression.value}`);
    if (expression.kind === 'local') parts.push(expression.name);
    if (expression.kind === 'arithmetic') parts.push(expression.operator);
    if (expression.kind === 'call') parts.push(expression.name);
    if (expression.kind === 'select') parts.push(expression.comparison);
    if (expression.kind === 'random') parts.push(`${expression.stream}`);
    if (expression.kind === 'guarded') parts.push(...expression.conditions.map((c) => `${c.divisor}<${c.extent}`));
    parts.push(...affinesOf(expression).map(printAffine));
    mapExpression(expression, (operand) => {
      parts.push(describe(operand));
      return operand;
    });
    return `(${parts.join(' ')})`;
  };
  const bounds = (terms: Extract<Statement, { kind: 'loop' }>['from']) =>
    terms.map(({ affine, divisor }) => `${printAffine(affine)}/${divisor}`).join();
  const walk = (statement: Statement): string => {
    switch (statement.kind) {
      case 'loop':
        return `for ${statement.variable} ${bounds(statement.from)} ${bounds(statement.to)} ${statement.step} {${statement.body.map(walk).join(';')}}`;
      case 'int':
        return `${statement.name}=${printAffine(statement.value)}`;
      case 'store':
        return `${number.get(statement.buffer)}[${printAffine(statement.address)}]${statement.mode}${describe(statement.value)}`;
      case 'accumulate':
        return `${statement.name}+=${describe(statement.value)}`;
      default:
        return `${statement.kind} ${statement.name} ${statement.variance} ${describe(statement.value)}`;
    }
  };
  return kernel.body.map(walk).join(';');
}
