/**
 * @file Protocol Buffers, driven by tables: a message is a record with a field for each name, and one table says where
 * each lies in a file. The table reads and writes; fields that it does not name are skipped. A file may be hostile: the
 * memory it takes is a small multiple of its length and of at most a million records, and what is not well-formed is a
 * `Malformed`. Source of the encoding:
 * https://protobuf.dev/programming-guides/encoding
 */
import { PbfReader, PbfWriter } from 'pbf';

/** What is wrong with a file. */
export class Malformed extends Error {}

/** Messages within messages; the reference implementation stops there too. */
const DEEPEST = 100;

/** Messages and 64-bit numbers in a file, which take far more memory than bytes of the file. */
const MOST_RECORDS = 1_000_000;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Where in a file a reader is, and how much it may still make of it. */
class Reading {
  readonly pbf: PbfReader;
  depth = 0;
  records = 0;

  /** `end`: of the message that is being read. */
  constructor(
    bytes: Uint8Array,
    public end = bytes.length,
  ) {
    this.pbf = new PbfReader(bytes);
  }

  varint(signed: boolean): number {
    const { pbf } = this;
    if (pbf.pos >= this.end) throw new Malformed('it ends within a number');
    const { pos } = pbf;
    for (let at = pos; pbf.buf[at]! > 127; at++)
      if (at - pos > 8 || at + 1 >= this.end) throw new Malformed('a number has no end');
    return pbf.readVarint(signed);
  }

  /** The end of what begins here with its length. */
  lengthy(): number {
    const length = this.varint(false);
    if (length > this.end - this.pbf.pos)
      throw new Malformed(`${length} bytes should follow at ${this.pbf.pos}, ${this.end - this.pbf.pos} do`);
    return this.pbf.pos + length;
  }

  bytes(): Uint8Array {
    const end = this.lengthy();
    const found = this.pbf.buf.subarray(this.pbf.pos, end);
    this.pbf.pos = end;
    return found;
  }

  record(): void {
    if (++this.records > MOST_RECORDS) throw new Malformed(`it has more than ${MOST_RECORDS} records`);
  }

  /** What a table does not name. */
  skip(wire: number): void {
    if (wire === VARINT) this.varint(false);
    else if (wire === BYTES) this.bytes();
    else if (wire === FIXED32 || wire === FIXED64) this.pbf.pos += wire === FIXED32 ? 4 : 8;
    else throw new Malformed(`there is no encoding ${wire}`);
  }
}

/** How one value is written. */
export interface Kind<Value> {
  readonly wire: number;
  /** What a field is that a file does not have. */
  readonly zero: Value;
  readonly read: (reading: Reading) => Value;
  readonly write: (pbf: PbfWriter, value: Value) => void;
  /** Of what is a message itself. */
  readonly message?: () => Message<Value>;
}

export interface Field<Value> {
  readonly tag: number;
  readonly kind: Kind<unknown>;
  readonly times: 'one' | 'maybe' | 'many';
  readonly absent: () => Value;
  /** Reads one occurrence; `before` is what earlier ones gave. */
  readonly read: (reading: Reading, wire: number, before: Value) => Value;
  readonly write: (pbf: PbfWriter, value: Value) => void;
}

/** A message: the fields of its records, in the order of their tags. */
export interface Message<Item> {
  readonly name: string;
  readonly fields: { readonly [Name in keyof Item]-?: Field<Item[Name]> };
}

/** 64 bits with a sign. Beyond 2^53 the nearest that a number can be: the largest one is 2^63, and is written as 2^63 - 1. */
export const int: Kind<number> = {
  wire: VARINT,
  zero: 0,
  read: (reading) => reading.varint(true),
  write(pbf, value) {
    if (Number.isSafeInteger(value)) pbf.writeVarint(value);
    else writeLong(pbf, BigInt(Math.min(Math.max(value, -(2 ** 63)), 2 ** 63)));
  },
};

/** 64 bits, all of them; read as signed. */
export const long: Kind<bigint> = {
  wire: VARINT,
  zero: 0n,
  read(reading) {
    reading.record();
    const start = reading.pbf.pos;
    const near = reading.varint(true);
    if (Number.isSafeInteger(near)) return BigInt(near);
    const bytes = reading.pbf.buf.subarray(start, reading.pbf.pos);
    return BigInt.asIntN(
      64,
      bytes.reduceRight((high, byte) => (high << 7n) | BigInt(byte & 127), 0n),
    );
  },
  write: writeLong,
};

function writeLong(pbf: PbfWriter, value: bigint): void {
  const largest = 2n ** 63n - 1n;
  let rest = BigInt.asUintN(64, value === largest + 1n ? largest : value);
  pbf.realloc(10);
  for (; rest > 127n; rest >>= 7n) pbf.buf[pbf.pos++] = Number(rest & 127n) | 128;
  pbf.buf[pbf.pos++] = Number(rest);
}

const fixed = (size: 4 | 8): Kind<number> => ({
  wire: size === 4 ? FIXED32 : FIXED64,
  zero: 0,
  read({ pbf, end }) {
    if (pbf.pos + size > end) throw new Malformed('it ends within a number');
    return size === 4 ? pbf.readFloat() : pbf.readDouble();
  },
  write: (pbf, value) => (size === 4 ? pbf.writeFloat(value) : pbf.writeDouble(value)),
});

export const float = fixed(4);
export const double = fixed(8);

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const text: Kind<string> = {
  wire: BYTES,
  zero: '',
  read: (reading) => decoder.decode(reading.bytes()),
  // `writeString` has another character for some beyond U+1FFFF.
  write: (pbf, value) => pbf.writeBytes(encoder.encode(value)),
};

/** A view of the file. */
export const bytes: Kind<Uint8Array> = {
  wire: BYTES,
  zero: new Uint8Array(0),
  read: (reading) => reading.bytes(),
  write: (pbf, value) => pbf.writeBytes(value),
};

/** `message` is asked for when it is needed: messages may hold each other. */
export const record = <Item>(message: () => Message<Item>): Kind<Item> => ({
  wire: BYTES,
  message,
  get zero() {
    return filled(message(), {});
  },
  read(reading) {
    const { end } = reading;
    const own = reading.lengthy();
    const found = readRecord(reading, message(), own);
    reading.end = end;
    return found;
  },
  write: (pbf, value) => pbf.writeRawMessage((item) => writeRecord(pbf, message(), item), value),
});

function expectWire(wire: number, own: number, tag: number): void {
  if (wire !== own) throw new Malformed(`field ${tag} has the encoding ${wire}, not ${own}`);
}

function writeOne<Value>(pbf: PbfWriter, tag: number, kind: Kind<Value>, value: Value): void {
  pbf.writeTag(tag, kind.wire);
  kind.write(pbf, value);
}

/** A field that is its kind's zero where a file does not have it. */
export function one<Value>(tag: number, kind: Kind<Value>): Field<Value> {
  const isZero = (value: Value) => value === kind.zero || (value instanceof Uint8Array && value.length === 0);
  return {
    tag,
    kind: kind as Kind<unknown>,
    times: 'one',
    absent: () => kind.zero,
    read(reading, wire) {
      expectWire(wire, kind.wire, tag);
      return kind.read(reading);
    },
    write(pbf, value) {
      if (!isZero(value) || Object.is(value, -0)) writeOne(pbf, tag, kind, value);
    },
  };
}

/** A field that may be absent, which is not the same as zero. */
export function maybe<Value>(tag: number, kind: Kind<Value>): Field<Value | undefined> {
  return {
    ...(one(tag, kind) as Field<Value | undefined>),
    times: 'maybe',
    absent: () => undefined,
    write(pbf, value) {
      if (value !== undefined) writeOne(pbf, tag, kind, value);
    },
  };
}

/** Any number of values; numbers may lie packed in a file, and are written so on request. */
export function many<Value>(tag: number, kind: Kind<Value>, packed = false): Field<readonly Value[]> {
  return {
    tag,
    kind: kind as Kind<unknown>,
    times: 'many',
    absent: () => [],
    read(reading, wire, before) {
      const values = before as Value[];
      if (wire !== BYTES || kind.wire === BYTES) {
        expectWire(wire, kind.wire, tag);
        values.push(kind.read(reading));
        return values;
      }
      const { end } = reading;
      reading.end = reading.lengthy();
      while (reading.pbf.pos < reading.end) values.push(kind.read(reading));
      reading.end = end;
      return values;
    },
    write(pbf, values) {
      if (!packed) for (const value of values) writeOne(pbf, tag, kind, value);
      else if (values.length > 0)
        pbf.writeMessage(
          tag,
          (items) => {
            for (const value of items) kind.write(pbf, value);
          },
          values,
        );
    },
  };
}

const byTag = new WeakMap<object, ReadonlyMap<number, readonly [name: string, field: Field<unknown>]>>();

function fieldsOf<Item>(message: Message<Item>) {
  const known = byTag.get(message);
  if (known) return known;
  const entries = Object.entries(message.fields as Record<string, Field<unknown>>);
  const fields = new Map(entries.map(([name, field]) => [field.tag, [name, field] as const]));
  byTag.set(message, fields);
  return fields;
}

/** A record with the fields given; the others are absent. */
export function filled<Item>(message: Message<Item>, given: Partial<Item>): Item {
  const made: Record<string, unknown> = {};
  for (const [name, field] of fieldsOf(message).values()) {
    const value = (given as Record<string, unknown>)[name] ?? field.absent();
    if (value !== undefined) made[name] = value;
  }
  return made as Item;
}

function readRecord<Item>(reading: Reading, message: Message<Item>, end: number): Item {
  reading.record();
  if (++reading.depth > DEEPEST) throw new Malformed(`its messages lie more than ${DEEPEST} deep`);
  reading.end = end;
  const found = filled(message, {}) as Record<string, unknown>;
  const fields = fieldsOf(message);
  const { pbf } = reading;
  while (pbf.pos < end) {
    const key = reading.varint(false);
    const wire = key % 8;
    const [name, field] = fields.get((key - wire) / 8) ?? [];
    if (!name) reading.skip(wire);
    else found[name] = field!.read(reading, wire, found[name]);
    if (pbf.pos > end) throw new Malformed(`it ends within a field of a ${message.name}`);
  }
  reading.depth--;
  return found as Item;
}

function writeRecord<Item>(pbf: PbfWriter, message: Message<Item>, item: Item): void {
  for (const [name, field] of fieldsOf(message).values()) field.write(pbf, (item as Record<string, unknown>)[name]);
}

/** Throws a `Malformed`. Bytes among the fields are views of `file`. */
export function readMessage<Item>(message: Message<Item>, file: Uint8Array): Item {
  return readRecord(new Reading(file), message, file.length);
}

/** `room`: bytes that it will take, as far as they are known; spares copies of what is long. */
export function writeMessage<Item>(message: Message<Item>, item: Item, room = 0): Uint8Array {
  const pbf = new PbfWriter(new Uint8Array(room + 4096));
  writeRecord(pbf, message, item);
  return pbf.finish();
}
