/**
 * @file The work of kernels by kinds that a machine takes different times for, counted on their loops: operations on
 * registers, loads and stores, rounds of loops, calls, and bytes that come from far. With the seconds of each kind, which
 * `calibrate` measures, it becomes a time.
 */
import { countWork, type Measure, type Reaches } from '../loop/count-work.ts';
import { type Expression, operandsOf, type Statement, type Variance, varianceOf } from '../loop/ir.ts';
import type { TargetTraits } from '../loop/schedule.ts';
import type { PlacedKernel } from '../plan/lowered-program.ts';
import type { Touch } from './reuse-distance.ts';

/** Bytes of other values that were touched since a byte was: beyond how many it is counted as far. */
const FAR = { beyond256K: 2 ** 18, beyond1M: 2 ** 20, beyond4M: 2 ** 22, beyond16M: 2 ** 24 } as const;

export const WORK_KINDS = [
  'arithmetic',
  'division',
  'selection',
  'function',
  'random',
  'load',
  'spread',
  'store',
  'round',
  'laneSum',
  'widening',
  'call',
  'beyond256K',
  'beyond1M',
  'beyond4M',
  'beyond16M',
] as const;

export type WorkKind = (typeof WORK_KINDS)[number];

/** How much there is of each kind, in their order. */
export type Work = readonly number[];

const SELECTIONS: ReadonlySet<string> = new Set(['max', 'min', 'abs', 'detach']);

/** Of all its calls in a program; `touches`: what they read and write, and how far away that is. */
export function workOf({ kernel }: PlacedKernel, calls: Calls, traits: TargetTraits): Work {
  const work = countWork(kernel, calls.blocks, measureOf(traits)).map((count) => count * calls.times);
  work[indexOf('call')] = calls.times;
  for (const { bytes, distance } of calls.touches)
    for (const [kind, least] of Object.entries(FAR)) if (distance > least) work[indexOf(kind as WorkKind)]! += bytes;
  return work;
}

export interface Calls {
  readonly times: number;
  /** Of each call of a kernel over blocks. */
  readonly blocks: number;
  readonly touches: readonly Touch[];
}

/** Adding up so many copies of a sum. */
export function workOfCombining(length: number, copies: number, { width }: TargetTraits): Work {
  const registers = length / width;
  const counts = { arithmetic: copies - 1, load: copies, store: 1, round: 1 } as Partial<Record<WorkKind, number>>;
  return WORK_KINDS.map((kind) => (counts[kind] ?? 0) * registers);
}

export function addWork(one: Work, other: Work, times = 1): Work {
  return one.map((count, k) => count + times * other[k]!);
}

export const NO_WORK: Work = WORK_KINDS.map(() => 0);

function indexOf(kind: WorkKind): number {
  return WORK_KINDS.indexOf(kind);
}

function measureOf(traits: TargetTraits): Measure {
  const counting = new RegisterCounting(traits);
  return { size: WORK_KINDS.length, count: (...given) => counting.statement(...given) };
}

class RegisterCounting {
  readonly #registers: Readonly<Record<Variance, number>>;

  constructor(readonly traits: TargetTraits) {
    this.#registers = { uniform: 1, varying: traits.registersPerVarying };
  }

  statement(statement: Statement, reaches: Reaches, counts: number[]): void {
    const add = (kind: WorkKind, count: number) => {
      counts[indexOf(kind)]! += count;
    };
    switch (statement.kind) {
      case 'loop':
        return add('round', 1);
      case 'int':
        return;
      case 'widen':
        return add('widening', this.#registers[statement.value.variance]);
      default: {
        const width = 'width' in statement ? statement.width : undefined;
        this.#expression(statement.value, width, reaches, add);
        if (statement.kind === 'accumulate') add('arithmetic', this.#size('varying', width));
        if (statement.kind !== 'store') return;
        add('store', this.#size(statement.buffer.variance, width));
        if (statement.mode === 'set') return;
        add('load', 1);
        add('arithmetic', 1);
      }
    }
  }

  /** Registers that a value takes. */
  #size(variance: Variance, width: number | undefined): number {
    const share = variance === 'varying' && width !== undefined ? width / this.traits.lanes : 1;
    return this.#registers[variance] * share;
  }

  #expression(
    expression: Expression,
    width: number | undefined,
    reaches: Reaches,
    add: (kind: WorkKind, count: number) => void,
  ): void {
    if (expression.kind === 'guarded') {
      add('selection', expression.conditions.length);
      if (!reaches(expression)) return;
    }
    const kind = kindOf(expression);
    if (kind) add(kind, this.#size(varianceOf(expression), width) * (expression.kind === 'select' ? 2 : 1));
    for (const operand of operandsOf(expression)) this.#expression(operand, width, reaches, add);
  }
}

function kindOf(expression: Expression): WorkKind | undefined {
  switch (expression.kind) {
    case 'arithmetic':
      return expression.operator === '/' ? 'division' : 'arithmetic';
    case 'call':
      if (expression.name === 'sqrt') return 'division';
      return SELECTIONS.has(expression.name) ? 'selection' : 'function';
    case 'select':
      return 'selection';
    case 'load':
      return varianceOf(expression) === 'varying' ? 'load' : 'spread';
    case 'random':
    case 'laneSum':
      return expression.kind;
    default:
      return undefined;
  }
}
