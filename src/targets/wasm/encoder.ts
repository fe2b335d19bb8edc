/**
 * @file A small encoder of WebAssembly binaries: what kernels need and nothing else (WebAssembly Core Specification 2.0,
 * chapter 5; SIMD and relaxed-SIMD opcodes from their proposals).
 */
import { InternalError } from '../../diagnostics/diagnostic.ts';

export type ValueType = 'i32' | 'f32' | 'f64' | 'v128';

const TYPE_CODE: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** Bytes being written; grows as needed. */
export class ByteWriter {
  #bytes = new Uint8Array(256);
  length = 0;

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  byte(value: number): void {
    if (this.length === this.#bytes.length) this.#grow(this.length + 1);
    this.#bytes[this.length++] = value;
  }

  append(bytes: Uint8Array): void {
    if (this.length + bytes.length > this.#bytes.length) this.#grow(this.length + bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Unsigned LEB128. */
  unsigned(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  /** Signed LEB128, 32 bits. */
  signed(value: number): void {
    let rest = value | 0;
    for (;;) {
      const low = rest & 0x7f;
      rest >>= 7;
      const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
      this.byte(done ? low : low | 0x80);
      if (done) return;
    }
  }

  float(value: number): void {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.append(bytes);
  }

  double(value: number): void {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    this.append(bytes);
  }

  text(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.unsigned(bytes.length);
    this.append(bytes);
  }

  #grow(wanted: number): void {
    const grown = new Uint8Array(Math.max(wanted, 2 * this.#bytes.length));
    grown.set(this.bytes);
    this.#bytes = grown;
  }
}

/** Opcodes without immediates; SIMD ones are written behind the prefix 0xfd. */
const PLAIN = {
  unreachable: 0x00,
  nop: 0x01,
  else: 0x05,
  end: 0x0b,
  return: 0x0f,
  drop: 0x1a,
  select: 0x1b,
  'i32.eqz': 0x45,
  'i32.eq': 0x46,
  'i32.lt_s': 0x48,
  'i32.lt_u': 0x49,
  'i32.gt_s': 0x4a,
  'i32.ge_s': 0x4e,
  'f32.eq': 0x5b,
  'f32.ne': 0x5c,
  'f32.lt': 0x5d,
  'f32.gt': 0x5e,
  'f32.le': 0x5f,
  'f32.ge': 0x60,
  'i32.add': 0x6a,
  'i32.sub': 0x6b,
  'i32.mul': 0x6c,
  'i32.div_s': 0x6d,
  'i32.div_u': 0x6e,
  'i32.rem_s': 0x6f,
  'i32.and': 0x71,
  'i32.or': 0x72,
  'i32.xor': 0x73,
  'i32.shr_u': 0x76,
  'f32.abs': 0x8b,
  'f32.sqrt': 0x91,
  'f32.add': 0x92,
  'f32.sub': 0x93,
  'f32.mul': 0x94,
  'f32.div': 0x95,
  'f64.floor': 0x9c,
  'f64.ceil': 0x9b,
  'f64.add': 0xa0,
  'f64.div': 0xa3,
  'i32.trunc_f64_s': 0xaa,
  'f32.convert_i32_s': 0xb2,
  'f32.demote_f64': 0xb6,
  'f64.convert_i32_s': 0xb7,
  'f64.promote_f32': 0xbb,
} as const;

const SIMD = {
  'i32x4.splat': 0x11,
  'f32x4.splat': 0x13,
  'f64x2.splat': 0x14,
  'f32x4.eq': 0x41,
  'f32x4.ne': 0x42,
  'f32x4.lt': 0x43,
  'f32x4.gt': 0x44,
  'f32x4.le': 0x45,
  'f32x4.ge': 0x46,
  'f64x2.eq': 0x47,
  'f64x2.gt': 0x4a,
  'v128.and': 0x4e,
  'v128.andnot': 0x4f,
  'v128.or': 0x50,
  'v128.xor': 0x51,
  'v128.bitselect': 0x52,
  'f32x4.demote_f64x2_zero': 0x5e,
  'f64x2.promote_low_f32x4': 0x5f,
  'f32x4.floor': 0x68,
  'f64x2.nearest': 0x94,
  'i32x4.shl': 0xab,
  'i32x4.shr_s': 0xac,
  'i32x4.shr_u': 0xad,
  'i32x4.add': 0xae,
  'i32x4.sub': 0xb1,
  'i32x4.mul': 0xb5,
  'i32x4.max_s': 0xb8,
  'i64x2.shl': 0xcb,
  'i64x2.shr_u': 0xcd,
  'f32x4.abs': 0xe0,
  'f32x4.neg': 0xe1,
  'f32x4.sqrt': 0xe3,
  'f32x4.add': 0xe4,
  'f32x4.sub': 0xe5,
  'f64x2.add': 0xf0,
  'f32x4.mul': 0xe6,
  'f32x4.div': 0xe7,
  'f32x4.min': 0xe8,
  'f32x4.max': 0xe9,
  'f32x4.pmin': 0xea,
  'f32x4.pmax': 0xeb,
  'f64x2.abs': 0xec,
  'f64x2.sub': 0xf1,
  'f64x2.mul': 0xf2,
  'f64x2.div': 0xf3,
  'f64x2.pmin': 0xf6,
  'f64x2.pmax': 0xf7,
  'i32x4.trunc_sat_f32x4_s': 0xf8,
  'f32x4.convert_i32x4_s': 0xfa,
  'f32x4.relaxed_madd': 0x105,
} as const;

/** Threads proposal: behind the prefix 0xfe, with an offset. */
const ATOMIC = {
  'memory.atomic.notify': 0x00,
  'memory.atomic.wait32': 0x01,
  'i32.atomic.load': 0x10,
  'i32.atomic.store': 0x17,
  'i32.atomic.rmw.add': 0x1e,
  'i32.atomic.rmw.cmpxchg': 0x48,
} as const;

export type Instruction = keyof typeof PLAIN | keyof typeof SIMD;

export const INSTRUCTIONS = [...Object.keys(PLAIN), ...Object.keys(SIMD)] as Instruction[];

const BLOCK_TYPE_EMPTY = 0x40;

/** One function body. Locals are declared as they are needed; the first ones are the parameters. */
export class FunctionBuilder {
  readonly code = new ByteWriter();
  readonly #locals: ValueType[] = [];
  /** Offsets, from the start of the code, of multiply and add of each fusible pair. */
  readonly fusible: [multiply: number, add: number][] = [];

  constructor(
    readonly name: string,
    readonly parameters: readonly ValueType[],
    readonly result?: ValueType,
  ) {}

  local(type: ValueType): number {
    return this.parameters.length + this.#locals.push(type) - 1;
  }

  op(instruction: Instruction): void {
    if (instruction in PLAIN) {
      this.code.byte(PLAIN[instruction as keyof typeof PLAIN]);
      return;
    }
    this.code.byte(0xfd);
    this.code.unsigned(SIMD[instruction as keyof typeof SIMD]);
  }

  get(local: number): void {
    this.code.byte(0x20);
    this.code.unsigned(local);
  }

  set(local: number): void {
    this.code.byte(0x21);
    this.code.unsigned(local);
  }

  tee(local: number): void {
    this.code.byte(0x22);
    this.code.unsigned(local);
  }

  integer(value: number): void {
    if (!Number.isInteger(value)) throw new InternalError('wasm', `${value} is no integer`);
    this.code.byte(0x41);
    this.code.signed(value);
  }

  float(value: number): void {
    this.code.byte(0x43);
    this.code.float(value);
  }

  double(value: number): void {
    this.code.byte(0x44);
    this.code.double(value);
  }

  call(index: number): void {
    this.code.byte(0x10);
    this.code.unsigned(index);
  }

  block(): void {
    this.code.byte(0x02);
    this.code.byte(BLOCK_TYPE_EMPTY);
  }

  loop(): void {
    this.code.byte(0x03);
    this.code.byte(BLOCK_TYPE_EMPTY);
  }

  if(type?: ValueType): void {
    this.code.byte(0x04);
    this.code.byte(type ? TYPE_CODE[type] : BLOCK_TYPE_EMPTY);
  }

  /** A 64-bit number that fits 32 bits. */
  long(value: number): void {
    this.code.byte(0x42);
    this.code.signed(value);
  }

  /** On a 32-bit integer; its address is on the stack, and what else it takes. */
  atomic(instruction: keyof typeof ATOMIC, offset = 0): void {
    this.code.byte(0xfe);
    this.code.unsigned(ATOMIC[instruction]);
    this.code.unsigned(2);
    this.code.unsigned(offset);
  }

  branchIf(depth: number): void {
    this.code.byte(0x0d);
    this.code.unsigned(depth);
  }

  /** Address on the stack; alignment as a power of two. */
  load(kind: 'f32' | 'v128' | 'splat', offset: number, alignment = kind === 'v128' ? 4 : 2): void {
    if (kind === 'f32') this.code.byte(0x2a);
    else {
      this.code.byte(0xfd);
      this.code.unsigned(kind === 'v128' ? 0x00 : 0x09);
    }
    this.code.unsigned(alignment);
    this.code.unsigned(offset);
  }

  /** Address and value on the stack. */
  store(kind: 'f32' | 'v128', offset: number, alignment = kind === 'v128' ? 4 : 2): void {
    if (kind === 'f32') this.code.byte(0x38);
    else {
      this.code.byte(0xfd);
      this.code.unsigned(0x0b);
    }
    this.code.unsigned(alignment);
    this.code.unsigned(offset);
  }

  /** Four lanes out of eight: 0 to 3 of the first operand, 4 to 7 of the second. */
  shuffle(lanes: readonly [number, number, number, number]): void {
    this.code.byte(0xfd);
    this.code.unsigned(0x0d);
    for (const lane of lanes) for (let byte = 0; byte < 4; byte++) this.code.byte(lane * 4 + byte);
  }

  extractLane(lane: number): void {
    this.code.byte(0xfd);
    this.code.unsigned(0x1f);
    this.code.byte(lane);
  }

  /** The encoded body and how far into it the code begins. */
  encode(): { bytes: Uint8Array; codeOffset: number } {
    const body = new ByteWriter();
    const runs: [count: number, type: ValueType][] = [];
    for (const type of this.#locals) {
      const last = runs.at(-1);
      if (last && last[1] === type) last[0]++;
      else runs.push([1, type]);
    }
    body.unsigned(runs.length);
    for (const [count, type] of runs) {
      body.unsigned(count);
      body.byte(TYPE_CODE[type]);
    }
    const codeOffset = body.length;
    body.append(this.code.bytes);
    body.byte(PLAIN.end);
    return { bytes: body.bytes, codeOffset };
  }
}

export interface WasmModule {
  readonly bytes: Uint8Array;
  /**
   * Positions in `bytes` of the multiply and the add of pairs that a fused multiply-add may replace. They ascend: of
   * pairs around each other (`a * b + (c * d + e)`) the inner one counts, so that distances are enough to store them.
   */
  readonly fusible: readonly (readonly [multiply: number, add: number])[];
}

export interface ModuleOptions {
  /** Exported functions by name. */
  readonly exports: readonly { readonly name: string; readonly index: number }[];
  /** Pages of 64 KiB of the imported memory `env.memory`. */
  readonly memoryPages: number;
  readonly shared: boolean;
}

/** A module that imports its memory and exports some of its functions. */
export function encodeModule(functions: readonly FunctionBuilder[], options: ModuleOptions): WasmModule {
  const out = new ByteWriter();
  out.append(new Uint8Array([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]));
  const types = new Map<string, number>();
  const typeOf = ({ parameters, result }: FunctionBuilder): number => {
    const key = `${parameters.join()}>${result ?? ''}`;
    if (!types.has(key)) types.set(key, types.size);
    return types.get(key)!;
  };
  const typeIndices = functions.map(typeOf);
  section(out, 1, (writer) => writeTypes(writer, [...types.keys()]));
  section(out, 2, (writer) => writeMemoryImport(writer, options));
  section(out, 3, (writer) => {
    writer.unsigned(functions.length);
    for (const index of typeIndices) writer.unsigned(index);
  });
  section(out, 7, (writer) => {
    writer.unsigned(options.exports.length);
    for (const { name, index } of options.exports) {
      writer.text(name);
      writer.byte(0x00);
      writer.unsigned(index);
    }
  });
  const relative: [number, number][] = [];
  const start = section(out, 10, (writer) => writeCode(writer, functions, relative));
  const fusible = withoutOverlap(relative).map(([multiply, add]) => [start + multiply, start + add] as const);
  return { bytes: out.bytes.slice(), fusible };
}

/** Pairs come in the order of their adds, so an inner one comes before those around it. */
function withoutOverlap(pairs: readonly (readonly [multiply: number, add: number])[]) {
  let end = 0;
  return pairs.filter(([multiply, add]) => {
    const apart = multiply >= end;
    if (apart) end = add;
    return apart;
  });
}

/** Returns where the content of the section begins. */
function section(out: ByteWriter, id: number, fill: (writer: ByteWriter) => void): number {
  const writer = new ByteWriter();
  fill(writer);
  out.byte(id);
  out.unsigned(writer.length);
  const start = out.length;
  out.append(writer.bytes);
  return start;
}

function writeTypes(writer: ByteWriter, keys: readonly string[]): void {
  writer.unsigned(keys.length);
  for (const key of keys) {
    const [parameters, result] = key.split('>') as [string, string];
    const types = parameters === '' ? [] : (parameters.split(',') as ValueType[]);
    writer.byte(0x60);
    writer.unsigned(types.length);
    for (const type of types) writer.byte(TYPE_CODE[type]);
    writer.unsigned(result === '' ? 0 : 1);
    if (result !== '') writer.byte(TYPE_CODE[result as ValueType]);
  }
}

function writeMemoryImport(writer: ByteWriter, { memoryPages, shared }: ModuleOptions): void {
  writer.unsigned(1);
  writer.text('env');
  writer.text('memory');
  writer.byte(0x02);
  // A shared memory has a maximum.
  writer.byte(shared ? 0x03 : 0x00);
  writer.unsigned(memoryPages);
  if (shared) writer.unsigned(memoryPages);
}

/** `fusible` receives positions relative to the content of the section. */
function writeCode(writer: ByteWriter, functions: readonly FunctionBuilder[], fusible: [number, number][]): void {
  writer.unsigned(functions.length);
  for (const builder of functions) {
    const { bytes, codeOffset } = builder.encode();
    writer.unsigned(bytes.length);
    const start = writer.length + codeOffset;
    writer.append(bytes);
    for (const [multiply, add] of builder.fusible) fusible.push([start + multiply, start + add]);
  }
}
