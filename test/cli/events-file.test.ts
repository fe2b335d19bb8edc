/**
 * @file Event files for TensorBoard, read by a decoder of their published formats alone (records of TensorFlow, `event.proto`,
 * `summary.proto`), and purged as TensorBoard does it when a run goes on.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { crc32c } from '../../src/cli/events-file.ts';
import { tiny } from './networks.ts';
import { run } from './recorder.ts';
import { folderWith } from './run-cnnc.ts';

interface Field {
  readonly number: number;
  readonly value: number | Buffer;
}

function fieldsOf(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const [number, wire] = [key >> 3, key & 7];
    if (wire === 0) fields.push({ number, value: varint() });
    else if (wire === 1) fields.push({ number, value: bytes.readDoubleLE((at += 8) - 8) });
    else if (wire === 5) fields.push({ number, value: bytes.readFloatLE((at += 4) - 4) });
    else if (wire === 2) {
      const length = varint();
      fields.push({ number, value: bytes.subarray(at, (at += length)) });
    } else throw new Error(`wire type ${wire}`);
  }
  return fields;
}

const get = (fields: readonly Field[], number: number) => fields.find((field) => field.number === number)?.value;

/** Bit by bit, from the polynomial. */
function slowCrc(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

function recordsOf(file: Buffer): Buffer[] {
  const records: Buffer[] = [];
  const unmasked = (at: number) => {
    const turned = (file.readUInt32LE(at) - 0xa282ead8) >>> 0;
    return ((turned >>> 17) | (turned << 15)) >>> 0;
  };
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(unmasked(at + 8)).toBe(slowCrc(file.subarray(at, at + 8)));
    expect(unmasked(at + 12 + length)).toBe(slowCrc(data));
    records.push(data);
    at += length + 16;
  }
  return records;
}

interface Scalar {
  readonly step: number;
  readonly tag: string;
  readonly value: number;
}

/** What TensorBoard would show: a start drops what was there from its step on. */
function shownOf(folder: string): Scalar[] {
  let shown: Scalar[] = [];
  for (const name of readdirSync(folder).sort((a, b) => Number(a.split('.').at(-1)) - Number(b.split('.').at(-1)))) {
    const [first, start, ...rest] = recordsOf(readFileSync(join(folder, name))).map(fieldsOf);
    expect(`${get(first!, 3)}`).toBe('brain.Event:2');
    expect(get(fieldsOf(get(start!, 7) as Buffer), 1)).toBe(1);
    shown = shown.filter(({ step }) => step < (get(start!, 2) as number));
    for (const event of rest) {
      expect(Math.abs((get(event, 1) as number) - Date.now() / 1000)).toBeLessThan(3600);
      for (const { number, value } of fieldsOf(get(event, 5) as Buffer)) {
        const scalar = fieldsOf(value as Buffer);
        expect(number).toBe(1);
        shown.push({ step: get(event, 2) as number, tag: `${get(scalar, 1)}`, value: get(scalar, 2) as number });
      }
    }
  }
  return shown;
}

describe('event files', () => {
  it('have the checksums that are published', () => {
    // RFC 3720, B.4.
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, k) => k))).toBe(0x46dd794e);
  });

  it('show a run once, however often it was begun', async () => {
    const cwd = folderWith({ 'tiny.cnn': tiny });
    const train = (out: string, ...more: string[]) =>
      run(['train', join(cwd, 'tiny.cnn'), '--out', join(cwd, out), '--tensorboard', '--watch', ...more]);
    await train('whole');
    await train('parts', '--epochs', '1');
    await train('parts', '--resume', '--epochs', '2');
    const [whole, parts] = ['whole', 'parts'].map((name) => shownOf(join(cwd, name, 'tensorboard')));
    expect(parts).toEqual(whole);
    const rows = readFileSync(join(cwd, 'whole/metrics.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const logged = (kind: string, field: string) =>
      rows.filter((row) => row.kind === kind).map((row) => [row.step, Math.fround(row[field])]);
    const tagged = (tag: string) =>
      whole!.filter((scalar) => scalar.tag === tag).map(({ step, value }) => [step, value]);
    expect(tagged('step/loss')).toEqual(logged('step', 'loss'));
    expect(tagged('step/learning_rate')).toEqual(logged('step', 'learningRate'));
    expect(tagged('loss/test')).toEqual(logged('epoch', 'testLoss'));
    expect(tagged('accuracy/train')).toEqual(logged('epoch', 'trainAccuracy'));
    expect(tagged('watch_weight/hidden').map(([step]) => step)).toEqual([1, 2, 4, 8, 16]);
    // What was watched is in the log once, too.
    expect(readFileSync(join(cwd, 'parts/metrics.jsonl'), 'utf8')).toBe(
      readFileSync(join(cwd, 'whole/metrics.jsonl'), 'utf8'),
    );
    expect(readFileSync(join(cwd, 'parts/report.html'), 'utf8')).toContain('Dead units');
  });

  it('and rows of layers are for runs that are kept', async () => {
    const cwd = folderWith({ 'tiny.cnn': tiny });
    for (const option of ['--tensorboard', '--watch'])
      expect((await run(['train', join(cwd, 'tiny.cnn'), option])).status).toBe(2);
    await run(['train', join(cwd, 'tiny.cnn'), '--out', join(cwd, 'plain')]);
    expect(readdirSync(join(cwd, 'plain'))).not.toContain('tensorboard');
    expect(readFileSync(join(cwd, 'plain/metrics.jsonl'), 'utf8')).not.toContain('watch');
  });
});
