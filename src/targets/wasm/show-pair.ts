/**
 * @file Two registers of one sum, shown to an engine that joins operations on 128 bits to ones on 256. V8 looks for pairs from
 * results backwards, and takes two neighbouring stores for such results, or operands of an addition of integers; the sums
 * of a block are neither. So they are added as integers, and what was added is subtracted again. It also takes a joined register
 * apart where it was computed, which must not be in the loop: a value `and` itself is the value, computed here.
 */
import type { FunctionBuilder } from './encoder.ts';

export function showPair(builder: FunctionBuilder, low: number, high: number): void {
  for (const local of [low, high]) {
    builder.get(local);
    builder.get(local);
    builder.op('v128.and');
    builder.set(local);
  }
  builder.get(low);
  builder.get(high);
  builder.op('i32x4.add');
  builder.get(high);
  builder.op('i32x4.sub');
  builder.set(low);
}
