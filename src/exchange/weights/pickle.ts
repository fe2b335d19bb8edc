/**
 * @file Pickles, read and not run: a machine of its own that knows numbers, texts, tuples, lists and dictionaries. A pickle
 * may name any function of Python to be called; here such a name means something only if `globals` has it, and what it means is
 * ours. Source: `pickletools` of Python, which describes every opcode.
 */

/** A pickle that cannot be read; caught where the file is known. */
export class PickleProblem extends Error {}

/** A pickle that asks for something of Python's. */
export class ForeignGlobal extends Error {
  constructor(readonly global: string) {
    super(`it asks for \`${global}\``);
  }
}

/** Something that a pickle may name: called with the arguments that it was given, or compared by its name. */
export interface PickleGlobal {
  readonly name: string;
  readonly call?: (values: readonly unknown[]) => unknown;
}

export interface PickleWorld {
  /** What a name of the pickle, `collections.OrderedDict`, stands for. */
  readonly global: (name: string) => PickleGlobal | undefined;
  /** What lies outside of the pickle, by what it says of it. */
  readonly persistent: (id: unknown) => unknown;
}

const MARK = Symbol('mark');

/** Values that one pickle may hold at once: many more than weights have names. */
const MOST_VALUES = 2_000_000;

/** The value of a pickle. Throws `PickleProblem`, `ForeignGlobal`. */
export function readPickle(bytes: Uint8Array, world: PickleWorld): unknown {
  return new Machine(bytes, world).run();
}

function fail(what: string): never {
  throw new PickleProblem(what);
}

class Machine {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #stack: unknown[] = [];
  readonly #memo = new Map<number, unknown>();
  #at = 0;

  constructor(
    bytes: Uint8Array,
    readonly world: PickleWorld,
  ) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  run(): unknown {
    for (;;) {
      const at = this.#at;
      const code = this.#number(1);
      if (code === STOP) return this.#pop();
      const step = OPCODES[code];
      if (!step) fail(`byte ${at} is no instruction that is known: 0x${code.toString(16).padStart(2, '0')}`);
      step(this.#hands);
      if (this.#stack.length > MOST_VALUES) fail(`it holds more than ${MOST_VALUES} values`);
    }
  }

  readonly #hands: Hands = {
    push: (value) => this.#stack.push(value),
    pop: () => this.#pop(),
    top: () => this.#stack.at(-1) ?? fail('it takes what is not there'),
    sinceMark: () => this.#sinceMark(),
    number: (size, signed) => this.#number(size, signed),
    float: () => this.#view.getFloat64(this.#take(8), false),
    text: (size) => this.#text(size),
    line: () => this.#line(),
    bytes: (size) => this.#slice(size),
    skip: (size) => void this.#take(size),
    remember: (key) => {
      this.#memo.set(key ?? this.#memo.size, this.#stack.at(-1));
    },
    recall: (key) => (this.#memo.has(key) ? this.#memo.get(key) : fail(`it names value ${key}, which it did not keep`)),
    global: (name) => this.world.global(name) ?? this.#foreign(name),
    persistent: (id) => this.world.persistent(id),
  };

  #foreign(name: string): never {
    throw new ForeignGlobal(name);
  }

  #pop(): unknown {
    if (this.#stack.length === 0 || this.#stack.at(-1) === MARK) fail('it takes what is not there');
    return this.#stack.pop();
  }

  #sinceMark(): unknown[] {
    const place = this.#stack.lastIndexOf(MARK);
    if (place < 0) fail('it has no mark');
    const values = this.#stack.splice(place);
    return values.slice(1);
  }

  #take(size: number): number {
    const at = this.#at;
    if (!(size >= 0) || at + size > this.#bytes.length) fail(`it ends in the middle, at byte ${this.#bytes.length}`);
    this.#at += size;
    return at;
  }

  #number(size: number, signed = false): number {
    const at = this.#take(size);
    if (size === 8) {
      const high = signed ? this.#view.getInt32(at + 4, true) : this.#view.getUint32(at + 4, true);
      return high * 2 ** 32 + this.#view.getUint32(at, true);
    }
    let value = 0;
    for (let k = size - 1; k >= 0; k--) value = value * 256 + this.#bytes[at + k]!;
    return signed && value >= 2 ** (8 * size - 1) ? value - 2 ** (8 * size) : value;
  }

  #slice(size: number): Uint8Array {
    const at = this.#take(size);
    return this.#bytes.subarray(at, at + size);
  }

  #text(size: number): string {
    return new TextDecoder().decode(this.#slice(size));
  }

  #line(): string {
    const end = this.#bytes.indexOf(10, this.#at);
    const text = this.#text((end < 0 ? this.#bytes.length + 1 : end) - this.#at);
    this.#take(1);
    return text;
  }
}

/** What an instruction may do. */
interface Hands {
  push(value: unknown): void;
  pop(): unknown;
  top(): unknown;
  /** All that was pushed since the last mark, which goes too. */
  sinceMark(): unknown[];
  number(size: number, signed?: boolean): number;
  float(): number;
  text(size: number): string;
  line(): string;
  bytes(size: number): Uint8Array;
  skip(size: number): void;
  remember(key?: number): void;
  recall(key: number): unknown;
  global(name: string): PickleGlobal;
  persistent(id: unknown): unknown;
}

type Instruction = (hands: Hands) => void;

const STOP = 0x2e;

/** Whole numbers of any length, little endian, as a number. */
function longOf(bytes: Uint8Array): number {
  if (bytes.length > 64) fail(`it has a whole number of ${bytes.length} bytes`);
  let value = 0;
  for (let k = bytes.length - 1; k >= 0; k--) value = value * 256 + bytes[k]!;
  return bytes.length > 0 && bytes.at(-1)! >= 128 ? value - 256 ** bytes.length : value;
}

function append(list: unknown, values: readonly unknown[]): void {
  if (!Array.isArray(list)) fail('it appends to what is no list');
  for (const value of values) list.push(value);
}

function setItems(map: unknown, pairs: readonly unknown[]): void {
  if (!(map instanceof Map) || pairs.length % 2 === 1) fail('it sets items of what is no dictionary');
  for (let k = 0; k < pairs.length; k += 2) map.set(pairs[k], pairs[k + 1]);
}

function called(callee: unknown, values: unknown): unknown {
  const { call, name } = callee as PickleGlobal;
  if (!call || !Array.isArray(values)) fail(`it calls ${name ? `\`${name}\`` : 'what is no function'}`);
  return call(values);
}

/** State that is set on a value says nothing of its numbers: OrderedDict's `_metadata`, attributes of parameters. */
const build: Instruction = ({ pop, top }) => {
  pop();
  top();
};

const tuple =
  (size: number): Instruction =>
  ({ push, pop }) =>
    push(Array.from({ length: size }, () => pop()).reverse());

/** By their letters in `pickletools`. Protocols 2 to 5; the older ones were written as text. */
const BY_LETTER: Readonly<Record<string, Instruction>> = {
  '\x80': ({ number }) => {
    const protocol = number(1);
    if (protocol > 5) fail(`it is of protocol ${protocol}, which is not known`);
  },
  '\x95': ({ skip }) => skip(8),
  '(': ({ push }) => push(MARK),
  '0': ({ pop }) => void pop(),
  '1': ({ sinceMark }) => void sinceMark(),
  '2': ({ push, top }) => push(top()),
  N: ({ push }) => push(undefined),
  '\x88': ({ push }) => push(true),
  '\x89': ({ push }) => push(false),
  J: ({ push, number }) => push(number(4, true)),
  K: ({ push, number }) => push(number(1)),
  M: ({ push, number }) => push(number(2)),
  '\x8a': ({ push, number, bytes }) => push(longOf(bytes(number(1)))),
  '\x8b': ({ push, number, bytes }) => push(longOf(bytes(number(4)))),
  G: ({ push, float }) => push(float()),
  X: ({ push, number, text }) => push(text(number(4))),
  '\x8c': ({ push, number, text }) => push(text(number(1))),
  '\x8d': ({ push, number, text }) => push(text(number(8))),
  T: ({ push, number, text }) => push(text(number(4))),
  U: ({ push, number, text }) => push(text(number(1))),
  B: ({ push, number, bytes }) => push(bytes(number(4))),
  C: ({ push, number, bytes }) => push(bytes(number(1))),
  '\x8e': ({ push, number, bytes }) => push(bytes(number(8))),
  '}': ({ push }) => push(new Map()),
  ']': ({ push }) => push([]),
  ')': ({ push }) => push([]),
  '\x8f': ({ push }) => push([]),
  d: ({ push, sinceMark }) => {
    const map = new Map();
    setItems(map, sinceMark());
    push(map);
  },
  l: ({ push, sinceMark }) => push(sinceMark()),
  t: ({ push, sinceMark }) => push(sinceMark()),
  '\x85': tuple(1),
  '\x86': tuple(2),
  '\x87': tuple(3),
  a: ({ pop, top }) => {
    const value = pop();
    append(top(), [value]);
  },
  e: ({ sinceMark, top }) => {
    const values = sinceMark();
    append(top(), values);
  },
  '\x90': ({ sinceMark, top }) => {
    const values = sinceMark();
    append(top(), values);
  },
  '\x91': ({ push, sinceMark }) => push(sinceMark()),
  s: ({ pop, top }) => {
    const value = pop();
    const key = pop();
    setItems(top(), [key, value]);
  },
  u: ({ sinceMark, top }) => {
    const pairs = sinceMark();
    setItems(top(), pairs);
  },
  q: ({ number, remember }) => remember(number(1)),
  r: ({ number, remember }) => remember(number(4)),
  '\x94': ({ remember }) => remember(),
  h: ({ push, number, recall }) => push(recall(number(1))),
  j: ({ push, number, recall }) => push(recall(number(4))),
  c: ({ push, line, global }) => {
    const module = line();
    push(global(`${module}.${line()}`));
  },
  '\x93': ({ push, pop, global }) => {
    const name = pop();
    push(global(`${pop()}.${name}`));
  },
  R: ({ push, pop }) => {
    const values = pop();
    push(called(pop(), values));
  },
  '\x81': ({ push, pop }) => {
    const values = pop();
    push(called(pop(), values));
  },
  b: build,
  Q: ({ push, pop, persistent }) => push(persistent(pop())),
};

const OPCODES: readonly (Instruction | undefined)[] = Array.from(
  { length: 256 },
  (_, code) => BY_LETTER[String.fromCharCode(code)],
);
