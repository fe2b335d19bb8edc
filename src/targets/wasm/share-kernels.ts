/**
 * @file How threads share kernels. The first thread goes through the kernels of a phase and opens one after the other; each has as many
 * parts as there are threads. Whoever is awake claims the part of his number and computes it. So the first thread never waits for one that
 * sleeps: it claims that one's part itself, and waits only for parts that others have begun. A thread that comes late finds
 * kernels closed and goes on to that which is open.
 *
 * - `attend(turn)`: further threads wait here for something to do, until the turn is another one.
 * - `claim(number, role, others, done)`: the part of a kernel that is to be computed next, or -1 where there is none left; `role` is the number of
 *   the thread, `done` the part that it has computed just now, or -1. To the first thread it returns -1 when all parts are done.
 *
 * What one thread writes and others look at lies in a cache line of its own: a line goes from core to core in 150 ns, and each kernel waits for
 * two. Who waits looks for a while and then sleeps, since to be woken takes a tenth of a millisecond and more. The main thread of a page may not sleep, and keeps looking. The
 * first thread does not wait for ever: it traps where another does not come back.
 */
import { FunctionBuilder } from './encoder.ts';

/**
 * What lies at the place, in bytes; in the first line also what the host tells (see `crew.ts` of the runtime). The number of the
 * kernel that is open; who sleeps behind the open one, and ahead of it. Then a line for each thread: the number of the last kernel whose
 * part has been claimed, and of that whose part is done.
 */
const [TURN, ATTENDING, MAY_SLEEP, OPEN, BEHIND, AHEAD, LINES] = [0, 4, 8, 64, 68, 72, 64] as const;
const [CLAIMED, DONE] = [0, 4] as const;
const LINE = 64;

/** Floats for that, and for the lines of eight threads at most. */
export const MEETING = 160;

/** Looks before sleeping: some 0.4 ms within a prediction, and 1.6 ms between two. */
const LOOKS = 2 ** 20;
const LOOKS_BETWEEN = 2 ** 22;

/** What the first thread has of patience: a minute of sleep, or some of looking. A second of sleep takes so much of it. */
const PATIENCE = 2 ** 16;
const SECOND = 2 ** 10;
const NANOSECONDS = 1_000_000_000;
const EVER = -1;

class Meeting {
  constructor(
    readonly builder: FunctionBuilder,
    readonly place: number,
  ) {}

  load(offset: number): void {
    this.builder.integer(this.place);
    this.builder.atomic('i32.atomic.load', offset);
  }

  add(offset: number, value: number): void {
    this.builder.integer(this.place);
    this.builder.integer(value);
    this.builder.atomic('i32.atomic.rmw.add', offset);
    this.builder.op('drop');
  }

  /** Wakes those who sleep there, where the counter says that there are some. */
  wake(counter: number, push: () => void, offset: number): void {
    const { builder } = this;
    this.load(counter);
    builder.if();
    push();
    builder.integer(MOST);
    builder.atomic('memory.atomic.notify', offset);
    builder.op('drop');
    builder.op('end');
  }

  /** As long as the number there is that of the local, and not longer than is told. */
  sleep(counter: number, push: () => void, offset: number, local: number, nanoseconds: number): void {
    const { builder } = this;
    this.add(counter, 1);
    push();
    builder.get(local);
    builder.long(nanoseconds);
    builder.atomic('memory.atomic.wait32', offset);
    builder.op('drop');
    this.add(counter, -1);
  }

  /** Looks so many times, until it returns from the body. */
  looks(counter: number, body: () => void, most = LOOKS): void {
    const { builder } = this;
    builder.integer(most);
    builder.set(counter);
    builder.loop();
    body();
    builder.get(counter);
    builder.integer(1);
    builder.op('i32.sub');
    builder.tee(counter);
    builder.branchIf(0);
    builder.op('end');
  }
}

const MOST = 8;

export function attendFunction(place: number): FunctionBuilder {
  const builder = new FunctionBuilder('attend', ['i32']);
  const meeting = new Meeting(builder, place);
  const [turn, looks] = [0, builder.local('i32')];
  builder.loop();
  const look = () => {
    meeting.load(TURN);
    builder.get(turn);
    builder.op('i32.sub');
    returnIf(builder);
  };
  meeting.looks(looks, look, LOOKS_BETWEEN);
  meeting.sleep(ATTENDING, () => builder.integer(place), TURN, turn, EVER);
  again(builder);
  builder.op('end');
  return builder;
}

/** Parameters and locals of `claim`; `line` is the address of that of a thread. */
const [NUMBER, ROLE, OTHERS, PART, SEEN, COUNTER, AT, PATIENCE_LEFT] = [0, 1, 2, 3, 4, 5, 6, 7] as const;

export function claimFunction(place: number): FunctionBuilder {
  const builder = new FunctionBuilder('claim', ['i32', 'i32', 'i32', 'i32'], 'i32');
  for (let local = SEEN; local <= PATIENCE_LEFT; local++) builder.local('i32');
  const meeting = new Meeting(builder, place);
  // One thread alone has one part, the whole.
  builder.get(OTHERS);
  builder.op('i32.eqz');
  returnIf(builder, () => {
    builder.integer(-1);
    builder.get(PART);
    builder.op('i32.sub');
  });
  builder.get(ROLE);
  builder.if();
  claimFurther(meeting);
  builder.op('end');
  claimFirst(meeting);
  return builder;
}

/** Its own part, then those that nobody has begun; at last it waits for the others. */
function claimFirst(meeting: Meeting): void {
  const { builder, place } = meeting;
  builder.get(PART);
  builder.integer(0);
  builder.op('i32.lt_s');
  builder.if();
  builder.integer(place);
  builder.get(NUMBER);
  builder.atomic('i32.atomic.store', OPEN);
  meeting.wake(BEHIND, () => builder.integer(place), OPEN);
  builder.integer(0);
  builder.op('return');
  builder.op('end');
  builder.get(PART);
  builder.if();
  pushLine(meeting, PART);
  builder.get(NUMBER);
  builder.atomic('i32.atomic.store', DONE);
  builder.op('end');
  forOthers(builder, () => {
    pushLine(meeting, PART);
    builder.tee(AT);
    builder.atomic('i32.atomic.load', CLAIMED);
    builder.tee(SEEN);
    builder.get(NUMBER);
    builder.op('i32.sub');
    builder.if();
    claimPart(builder);
    returnIf(builder, () => builder.get(PART));
    builder.op('end');
  });
  forOthers(builder, () => {
    pushLine(meeting, PART);
    builder.set(AT);
    awaitDone(meeting);
  });
  builder.integer(-1);
}

/** `PART` from the last one down to 1. */
function forOthers(builder: FunctionBuilder, body: () => void): void {
  builder.get(OTHERS);
  builder.set(PART);
  builder.loop();
  body();
  builder.get(PART);
  builder.integer(1);
  builder.op('i32.sub');
  builder.tee(PART);
  builder.branchIf(0);
  builder.op('end');
}

function awaitDone(meeting: Meeting): void {
  const { builder } = meeting;
  builder.integer(PATIENCE);
  builder.set(PATIENCE_LEFT);
  builder.block();
  builder.loop();
  meeting.looks(COUNTER, () => {
    builder.get(AT);
    builder.atomic('i32.atomic.load', DONE);
    builder.tee(SEEN);
    builder.get(NUMBER);
    builder.op('i32.eq');
    builder.branchIf(2);
  });
  builder.get(PATIENCE_LEFT);
  builder.integer(SECOND);
  builder.integer(1);
  meeting.load(MAY_SLEEP);
  builder.op('select');
  builder.op('i32.sub');
  builder.tee(PATIENCE_LEFT);
  builder.integer(0);
  builder.op('i32.lt_s');
  builder.if();
  builder.op('unreachable');
  builder.op('end');
  meeting.load(MAY_SLEEP);
  builder.if();
  meeting.sleep(AHEAD, () => builder.get(AT), DONE, SEEN, NANOSECONDS);
  builder.op('end');
  again(builder);
  builder.op('end');
  builder.op('end');
}

/** The part of its own number in each kernel. One that is closed has been claimed by the first thread, as have all before it. */
function claimFurther(meeting: Meeting): void {
  const { builder, place } = meeting;
  const none = () => builder.integer(-1);
  pushLine(meeting, ROLE);
  builder.set(AT);
  builder.get(PART);
  builder.integer(0);
  builder.op('i32.ge_s');
  builder.if();
  builder.get(AT);
  builder.get(NUMBER);
  builder.atomic('i32.atomic.store', DONE);
  meeting.wake(AHEAD, () => builder.get(AT), DONE);
  builder.integer(-1);
  builder.op('return');
  builder.op('end');
  builder.loop();
  meeting.looks(COUNTER, () => {
    meeting.load(OPEN);
    builder.tee(SEEN);
    builder.get(NUMBER);
    builder.op('i32.sub');
    builder.tee(PART);
    builder.integer(0);
    builder.op('i32.ge_s');
    builder.if();
    builder.get(PART);
    returnIf(builder, none);
    builder.get(AT);
    builder.atomic('i32.atomic.load', CLAIMED);
    builder.tee(SEEN);
    builder.get(NUMBER);
    builder.op('i32.sub');
    builder.integer(0);
    builder.op('i32.ge_s');
    returnIf(builder, none);
    builder.get(ROLE);
    none();
    claimPart(builder);
    builder.op('select');
    builder.op('return');
    builder.op('end');
  });
  meeting.sleep(BEHIND, () => builder.integer(place), OPEN, SEEN, EVER);
  again(builder);
  builder.op('end');
}

/** Whether it has been claimed just now: by exchange, as the other thread may claim it too. */
function claimPart(builder: FunctionBuilder): void {
  builder.get(AT);
  builder.get(SEEN);
  builder.get(NUMBER);
  builder.atomic('i32.atomic.rmw.cmpxchg', CLAIMED);
  builder.get(SEEN);
  builder.op('i32.eq');
}

/** The address of the line of the thread with that number. */
function pushLine({ builder, place }: Meeting, number: number): void {
  builder.get(number);
  builder.integer(LINE);
  builder.op('i32.mul');
  builder.integer(place + LINES);
  builder.op('i32.add');
}

function returnIf(builder: FunctionBuilder, value?: () => void): void {
  builder.if();
  value?.();
  builder.op('return');
  builder.op('end');
}

/** Of the loop that ends here. */
function again(builder: FunctionBuilder): void {
  builder.integer(1);
  builder.branchIf(0);
}
