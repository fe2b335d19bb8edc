/** @file Calls the helper functions of WebAssembly kernels on whole arrays. */
import { encodeModule, FunctionBuilder } from '../../src/targets/wasm/encoder.ts';
import { HELPER_NAMES, type HelperName, Helpers } from '../../src/targets/wasm/helpers.ts';

const PAGES = 64;
/** Floats that fit the memory. */
const CAPACITY = (PAGES * 65536) / 4;

const functions: FunctionBuilder[] = [];
const helpers = new Helpers(functions);

/** `name(bytes)` replaces the first so many bytes of memory, 16 at a time; a second operand lies as many bytes behind. */
function applyInPlace(name: HelperName | 'pow', operands: 1 | 2 = 1): FunctionBuilder {
  const builder = new FunctionBuilder(name, ['i32']);
  const at = builder.local('i32');
  builder.loop();
  builder.get(at);
  builder.get(at);
  builder.load('v128', 0);
  if (operands === 2) {
    builder.get(at);
    builder.get(0);
    builder.op('i32.add');
    builder.load('v128', 0);
  }
  builder.call(helpers.indexOf(name));
  builder.store('v128', 0);
  builder.get(at);
  builder.integer(16);
  builder.op('i32.add');
  builder.tee(at);
  builder.get(0);
  builder.op('i32.lt_s');
  builder.branchIf(0);
  builder.op('end');
  return builder;
}

const unary = HELPER_NAMES.map((name) => ({ name, index: functions.push(applyInPlace(name)) - 1 }));
const exports = [...unary, { name: 'pow', index: functions.push(applyInPlace('pow', 2)) - 1 }];
const { bytes } = encodeModule(functions, { exports, memoryPages: PAGES, shared: false });
const memory = new WebAssembly.Memory({ initial: PAGES });
const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), { env: { memory } });

export function callHelper(name: HelperName, inputs: Float32Array): Float32Array {
  if (inputs.length > CAPACITY) throw new Error(`at most ${CAPACITY} numbers at once`);
  const floats = new Float32Array(memory.buffer);
  floats.set(inputs);
  (instance.exports[name] as (bytes: number) => void)(inputs.length * 4);
  return floats.slice(0, inputs.length);
}

/** Each of `bases` to the power of the exponent in its place. */
export function callPow(bases: Float32Array, exponents: Float32Array): Float32Array {
  if (2 * bases.length > CAPACITY) throw new Error(`at most ${CAPACITY / 2} numbers at once`);
  const floats = new Float32Array(memory.buffer);
  floats.set(bases);
  floats.set(exponents, bases.length);
  (instance.exports.pow as (bytes: number) => void)(bases.length * 4);
  return floats.slice(0, bases.length);
}
