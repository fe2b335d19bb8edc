/** @file What a machine takes for each kind of work, as a record that can be kept. */
import { WORK_KINDS, type Work, type WorkKind } from './kernel-work.ts';

export interface Calibration {
  /** Version of the compiler. */
  readonly compiler: string;
  /** V8, with its version. */
  readonly engine: string;
  readonly processor: string;
  readonly target: 'js' | 'wasm';
  /** Nanoseconds for one of each kind. */
  readonly kernels: Readonly<Record<WorkKind, number>>;
  /** Nanoseconds of the host: for a step, and for each number of an image that it writes. */
  readonly host: { readonly step: number; readonly written: number };
}

export function secondsOf(work: Work, { kernels }: Pick<Calibration, 'kernels'>): number {
  return WORK_KINDS.reduce((sum, kind, k) => sum + work[k]! * kernels[kind], 0) / 1e9;
}

/** What makes it no calibration, in words. */
export function problemInCalibration(found: unknown): string | undefined {
  if (!isRecord(found)) return 'it is not an object';
  for (const name of ['compiler', 'engine', 'processor'])
    if (typeof found[name] !== 'string') return `\`${name}\` is not a text`;
  const { target } = found;
  if (target !== 'js' && target !== 'wasm') return '`target` is neither `js` nor `wasm`';
  return problemIn('kernels', WORK_KINDS, found) ?? problemIn('host', ['step', 'written'], found);
}

function problemIn(part: string, names: readonly string[], found: Record<string, unknown>): string | undefined {
  const numbers = found[part];
  if (!isRecord(numbers)) return `\`${part}\` is not an object`;
  const wrong = names.find((name) => !(Number.isFinite(numbers[name]) && (numbers[name] as number) >= 0));
  return wrong && `\`${part}.${wrong}\` is not a time`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
