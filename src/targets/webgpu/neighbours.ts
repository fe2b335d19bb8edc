/**
 * @file What neighbouring invocations read together: of the same value, or of values side by side, a card fetches few lines of
 * memory. Those who share sums are neighbours, or else those whose sums are.
 */
import { type Affine, coefficientOf } from '../../ir/affine.ts';
import { type Expression, operandsOf, type Statement } from '../../loop/ir.ts';
import { WORKGROUP } from './header.ts';
import type { SharedSums, Sharing } from './share-sums.ts';
import type { Part } from './split-grid.ts';

/** Invocations that read at once. */
const TOGETHER = 32;

/** Floats of a line: 128 bytes. */
const LINE = 32;

/** What there is to know about the invocations of a part. */
export interface Readers {
  readonly part: Part;
  readonly sharers: number;
  readonly sharing: Sharing;
  /** Neighbours have sums of their own, and those who share a sum are apart. */
  readonly apart: boolean;
}

/** From how many lines the first of them read together, if they begin one. */
export function linesOf(
  address: Affine,
  { part: { axes, size }, sharers, sharing: { rounds, loops }, apart }: Readers,
): number {
  const lines = new Set<number>();
  const sums = WORKGROUP / sharers;
  for (let id = 0; id < Math.min(TOGETHER, size * sharers); id++) {
    const [element, sharer] = apart ? [id % sums, Math.floor(id / sums)] : [Math.floor(id / sharers), id % sharers];
    let [rest, place] = [element, 0];
    for (const { variable, step, count } of [...axes].reverse()) {
      place += coefficientOf(address, variable) * step * (rest % count);
      rest = Math.floor(rest / count);
    }
    for (const loop of loops.keys())
      if (loop.kind === 'loop') place += coefficientOf(address, loop.variable) * loop.step * (sharer % rounds);
    lines.add(Math.floor(place / LINE));
  }
  return lines.size;
}

/** Are fewer lines read if those who share a sum are no neighbours? By the addresses as they were before they were hoisted. */
export function readsApart(parts: readonly Part[], { sharers, sharings }: SharedSums): boolean {
  if (sharers === 1 || sharers === WORKGROUP) return false;
  const total = (apart: boolean) =>
    parts.reduce((sum, part, k) => sum + linesOfLoops(part, { part, sharers, sharing: sharings[k]!, apart }), 0);
  return total(true) < total(false);
}

function linesOfLoops({ statements }: Part, readers: Readers): number {
  const inLoop = (statement: Statement): number =>
    statement.kind === 'loop'
      ? statement.body.reduce((sum, inner) => sum + inLoop(inner), 0)
      : 'value' in statement && statement.kind !== 'int'
        ? linesOfExpression(statement.value, readers)
        : 0;
  return statements.filter(({ kind }) => kind === 'loop').reduce((sum, loop) => sum + inLoop(loop), 0);
}

function linesOfExpression(expression: Expression, readers: Readers): number {
  const own = expression.kind === 'load' ? linesOf(expression.address, readers) : 0;
  return operandsOf(expression).reduce((sum, operand) => sum + linesOfExpression(operand, readers), own);
}
