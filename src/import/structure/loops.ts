/** @file Blocks that follow each other with other values each time, as a loop over these values. */
import { valueText } from '../texts.ts';
import { type Body, type Part, usersOf } from './parts.ts';

/** Of fewer a chain is as short. */
const LEAST_ROWS = 6;
const LEAST_PARTS = 5;

export interface Loop {
  readonly parts: readonly Part[];
  /** Of the first application; the others count on. */
  readonly label: string;
  /** What differs, a list for each application. */
  readonly rows: readonly (readonly string[])[];
  /** The arguments, by the name that a row has. */
  readonly argumentsOf: (row: string) => readonly string[];
}

/** By their first parts. */
export function loopsOf(body: Body, labels: ReadonlyMap<Part, string>): ReadonlyMap<Part, Loop> {
  const users = usersOf(body);
  const inner = new Set<Part>();
  const loops = new Map<Part, Loop>();
  for (const first of body.parts) {
    if (!first.call || inner.has(first)) continue;
    const parts = [first];
    for (let last = first; ; last = parts.at(-1)!) {
      const [next, ...others] = users.get(last)!;
      if (!next || others.length > 0 || !continues(last, next, labels)) break;
      parts.push(next);
      inner.add(next);
    }
    const loop = parts.length >= LEAST_PARTS ? loopOver(parts, labels.get(first)!) : undefined;
    if (loop) loops.set(first, loop);
  }
  return loops;
}

function continues(before: Part, part: Part, labels: ReadonlyMap<Part, string>): boolean {
  if (part.call?.block !== before.call!.block || part.free || before.free) return false;
  const [own, next] = [before, part].map((one) => /^(.*?)(\d+)$/.exec(labels.get(one)!));
  if (!own || own[1] !== next?.[1]) return false;
  return Number(own[2]) + before.call!.rounds[0]!.length === Number(next[2]);
}

/** Undefined where rows would be no numbers. */
function loopOver(parts: readonly Part[], label: string): Loop | undefined {
  const { parameters } = parts[0]!.call!.block.description;
  const instances = parts.flatMap(({ call }) => call!.rounds[0]!);
  const columns = parameters.map(({ values }) => instances.map((k) => valueText(values[k]!)));
  const differs = columns.map((column) => column.some((text) => text !== column[0]));
  const varied = columns.filter((_, k) => differs[k]);
  if (instances.length < LEAST_ROWS || varied.length === 0) return undefined;
  if (varied.flat().some((text) => !/^\d+(\.\d+)?$/.test(text))) return undefined;
  const argumentsOf = (row: string) => {
    let place = 0;
    return parameters.flatMap(({ name, usual }, k) => {
      const text = differs[k] ? (varied.length > 1 ? `${row}[${place++}]` : row) : columns[k]![0]!;
      if (usual === undefined) return [text];
      return text === valueText(usual) ? [] : [`${name}: ${text}`];
    });
  };
  return { parts, label, rows: instances.map((_, k) => varied.map((column) => column[k]!)), argumentsOf };
}

/** `x` goes through all of them. */
export function loopLines({ label, rows, argumentsOf }: Loop, block: string, names: { value: string; row: string }) {
  const { value, row } = names;
  const list = rows.map((texts) => (texts.length > 1 ? `[${texts.join(', ')}]` : texts[0]!)).join(', ');
  const given = argumentsOf(row).join(', ');
  return [`for ${row} in [${list}] {`, `  ${value} = ${value} -> "${label}": ${block}${given && `(${given})`}`, '}'];
}
