/**
 * @file Where threads that run kernels together wait for each other: `meet(part, others)`. Whoever comes last moves the generation
 * on; the others look at it for some tens of microseconds, which is enough where the work is even, and then sleep. The main thread
 * of a page may not sleep, and keeps looking. The first thread does not wait for ever: it traps where another does not come.
 */
import { FunctionBuilder } from './encoder.ts';

/** What lies at the place, in 32-bit integers; behind them lies what the host tells (see `crew.ts` of the runtime). */
const [ARRIVED, GENERATION, SLEEPERS, MAY_SLEEP] = [0, 4, 8, 12] as const;

/** Looks before sleeping. */
const LOOKS = 20_000;

/** What the first thread has of patience: half a minute of sleep, or of looking. A second of sleep takes so much of it. */
const PATIENCE = 2 ** 20;
const SECOND = 2 ** 15;
const NANOSECONDS = 1_000_000_000;

export function meetFunction(place: number): FunctionBuilder {
  const builder = new FunctionBuilder('meet', ['i32', 'i32']);
  const [part, others] = [0, 1];
  const [generation, looks, patience] = [builder.local('i32'), builder.local('i32'), builder.local('i32')] as const;
  const load = (offset: number) => {
    builder.integer(place);
    builder.atomic('i32.atomic.load', offset);
  };
  const add = (offset: number, value: number) => {
    builder.integer(place);
    builder.integer(value);
    builder.atomic('i32.atomic.rmw.add', offset);
  };
  const returnIf = (condition: () => void) => {
    condition();
    builder.if();
    builder.op('return');
    builder.op('end');
  };
  returnIf(() => {
    builder.get(others);
    builder.op('i32.eqz');
  });
  load(GENERATION);
  builder.set(generation);
  add(ARRIVED, 1);
  builder.get(others);
  builder.op('i32.eq');
  builder.if();
  builder.integer(place);
  builder.integer(0);
  builder.atomic('i32.atomic.store', ARRIVED);
  add(GENERATION, 1);
  builder.op('drop');
  load(SLEEPERS);
  builder.if();
  builder.integer(place);
  builder.get(others);
  builder.atomic('memory.atomic.notify', GENERATION);
  builder.op('drop');
  builder.op('end');
  builder.op('return');
  builder.op('end');
  builder.integer(PATIENCE);
  builder.set(patience);
  builder.loop();
  builder.integer(LOOKS);
  builder.set(looks);
  builder.loop();
  returnIf(() => {
    load(GENERATION);
    builder.get(generation);
    builder.op('i32.sub');
  });
  builder.get(looks);
  builder.integer(1);
  builder.op('i32.sub');
  builder.tee(looks);
  builder.branchIf(0);
  builder.op('end');
  builder.get(patience);
  builder.integer(SECOND);
  builder.integer(1);
  load(MAY_SLEEP);
  builder.op('select');
  builder.integer(0);
  builder.get(part);
  builder.op('i32.eqz');
  builder.op('select');
  builder.op('i32.sub');
  builder.tee(patience);
  builder.integer(0);
  builder.op('i32.lt_s');
  builder.if();
  builder.op('unreachable');
  builder.op('end');
  load(MAY_SLEEP);
  builder.get(part);
  builder.op('i32.or');
  builder.if();
  add(SLEEPERS, 1);
  builder.op('drop');
  builder.integer(place);
  builder.get(generation);
  builder.long(NANOSECONDS);
  builder.atomic('memory.atomic.wait32', GENERATION);
  builder.op('drop');
  add(SLEEPERS, -1);
  builder.op('drop');
  builder.op('end');
  builder.integer(1);
  builder.branchIf(0);
  builder.op('end');
  return builder;
}
