/** @file The function that a step asks before its update: how large the numbers in a stretch of memory are. */
import { FunctionBuilder } from './encoder.ts';

const VECTOR = 16;
const MAGNITUDE = 0x7fffffff;

/**
 * `largest(at, end)`: the largest magnitude of the floats from one address to another, which is more than zero bytes on, in
 * whole vectors. Without their signs the bits of floats are in the order of integers, and NaN comes after infinity.
 */
export function largestMagnitude(): FunctionBuilder {
  const builder = new FunctionBuilder('largest', ['i32', 'i32'], 'f32');
  const [at, end, largest, copy] = [0, 1, builder.local('v128'), builder.local('v128')];
  builder.loop();
  builder.get(at);
  builder.load('v128', 0);
  builder.integer(MAGNITUDE);
  builder.op('i32x4.splat');
  builder.op('v128.and');
  builder.get(largest);
  builder.op('i32x4.max_s');
  builder.set(largest);
  builder.get(at);
  builder.integer(VECTOR);
  builder.op('i32.add');
  builder.tee(at);
  builder.get(end);
  builder.op('i32.lt_u');
  builder.branchIf(0);
  builder.op('end');
  for (const lanes of [[2, 3, 0, 1] as const, [1, 0, 3, 2] as const]) {
    builder.get(largest);
    builder.tee(copy);
    builder.get(copy);
    builder.shuffle(lanes);
    builder.get(copy);
    builder.op('i32x4.max_s');
    builder.set(largest);
  }
  builder.get(largest);
  builder.extractLane(0);
  return builder;
}
