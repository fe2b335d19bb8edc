/**
 * @file Event files for TensorBoard: records (length, its checksum, data, its checksum) of the message `Event` of protobuf, in
 * which a scalar is a tag and a number. Each start of a run writes a file of its own. It begins by saying where it starts, so that
 * TensorBoard drops what earlier files have from that step on.
 */
import { appendFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { PbfWriter } from 'pbf';
import { makeFolder, writing } from '../data/write-files.ts';
import type { LogRow } from '../runtime/run-log.ts';

/** In the folder of the run. */
export const EVENTS = 'tensorboard';

/** Numbers of fields in `Event`, `SessionLog`, `Summary` and `Summary.Value`. */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 } as const;
const SESSION = { status: 1, start: 1 } as const;
const SUMMARY = { value: 1, tag: 1, simpleValue: 2 } as const;

type Scalars = readonly (readonly [tag: string, value: number])[];

export class EventsFile {
  /** Writes follow each other. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly place: string,
    readonly failed: (error: unknown) => void,
  ) {}

  /** `step`: made before. Throws CNN4123. */
  static async begin(out: string, step: number, failed: (error: unknown) => void): Promise<EventsFile> {
    const folder = join(out, EVENTS);
    const name = `events.out.tfevents.${Math.floor(Date.now() / 1000)}.${hostname()}.${process.pid}.${step}`;
    const place = join(folder, name);
    await writing(place, async () => {
      await makeFolder(folder);
      await writeFile(place, '');
    });
    const events = new EventsFile(place, failed);
    events.#write((event) => event.writeStringField(EVENT.fileVersion, 'brain.Event:2'));
    events.#write((event) => {
      event.writeVarintField(EVENT.step, step + 1);
      event.writeMessage(EVENT.sessionLog, (_, session) => session.writeVarintField(SESSION.status, SESSION.start), 0);
    });
    return events;
  }

  add(row: LogRow): void {
    const scalars = scalarsOf(row);
    if (scalars.length === 0) return;
    this.#write((event) => {
      event.writeVarintField(EVENT.step, row.step);
      event.writeMessage(EVENT.summary, writeSummary, scalars);
    });
  }

  /** Everything is written. */
  async end(): Promise<void> {
    await this.#last;
  }

  #write(fill: (event: PbfWriter) => void): void {
    const event = new PbfWriter();
    event.writeDoubleField(EVENT.wallTime, Date.now() / 1000);
    fill(event);
    const record = framed(event.finish());
    this.#last = this.#last.then(() => appendFile(this.place, record)).catch(this.failed);
  }
}

function writeSummary(scalars: Scalars, summary: PbfWriter): void {
  for (const [tag, value] of scalars)
    summary.writeMessage(
      SUMMARY.value,
      (_, scalar) => {
        scalar.writeStringField(SUMMARY.tag, tag);
        scalar.writeFloatField(SUMMARY.simpleValue, value);
      },
      0,
    );
}

/** Epochs and steps have tags of their own; of a layer, its name stands behind what is measured, so that layers are compared. */
export function scalarsOf(row: LogRow): Scalars {
  const given: (readonly [string, number | undefined])[] =
    row.kind === 'watch'
      ? Object.entries(row.layers ?? {}).flatMap(([layer, figures]) =>
          Object.entries(figures).map(([name, value]) => [`watch_${name}/${layer}`, value as number] as const),
        )
      : row.kind === 'step'
        ? [
            ['step/loss', row.loss],
            ['step/learning_rate', row.learningRate],
          ]
        : (['train', 'validation', 'test'] as const).flatMap((part) => [
            [`loss/${part}`, row[`${part}Loss`]] as const,
            [`accuracy/${part}`, row[`${part}Accuracy`]] as const,
          ]);
  return given.flatMap(([tag, value]) =>
    value !== undefined && Number.isFinite(value) ? [[tag, value] as const] : [],
  );
}

function framed(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(data.length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(crc32c(record.subarray(0, 8))), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, masked(crc32c(data)), true);
  return record;
}

/** A checksum of data that holds checksums would be weak: it is turned and moved. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** Castagnoli's polynomial, its bits reversed. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
