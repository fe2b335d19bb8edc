/**
 * @file How kernels of a graphics card read memory, counted on their loops. Thirty-two neighbouring invocations read together:
 * from one line of 128 bytes, if they read the same value or neighbours, or from as many as thirty-two.
 */
import { countWork } from '../src/loop/count-work.ts';
import { type Expression, operandsOf, type Statement } from '../src/loop/ir.ts';
import type { LoweredProgram, PlacedKernel } from '../src/plan/lowered-program.ts';
import { isBatchSum } from '../src/plan/split-phases.ts';
import { linesOf, type Readers, readsApart } from '../src/targets/webgpu/neighbours.ts';
import { shareReductions, shareSums, WORTH_SHARING } from '../src/targets/webgpu/share-sums.ts';
import { splitGrid } from '../src/targets/webgpu/split-grid.ts';

export interface Reads {
  /** Of values in memory, by all invocations. */
  readonly reads: number;
  /** From how many lines 32 neighbours read together, summed over the reads. */
  readonly lines: number;
  /** Additions, multiplications and functions of what is read. */
  readonly operations: number;
}

/** Of a step of `blocks` images. */
export function countReads({ phases }: LoweredProgram, blocks: number): Reads {
  const total = [0, 0, 0];
  for (const kernel of phases.flatMap(({ kernels }) => kernels)) {
    const times = kernel.nodes.some((node) => node.varying || isBatchSum(node)) ? blocks : 1;
    readsOf(kernel).forEach((count, k) => {
      total[k]! += times * count;
    });
  }
  const [reads, lines, operations] = total as [number, number, number];
  return { reads, lines, operations };
}

/** Of one block. */
function readsOf({ kernel, nodes }: PlacedKernel): number[] {
  const parts = splitGrid(kernel.body);
  const inBlock = kernel.buffers.some(({ variance }) => variance === 'varying');
  const shared = nodes.some(isBatchSum)
    ? shareSums(parts, WORTH_SHARING)
    : shareReductions(parts, inBlock, WORTH_SHARING);
  const { sharers, sharings } = shared;
  const apart = readsApart(parts, shared);
  const readers = new Map<Statement, Readers>();
  const see = (reader: Readers, statements: readonly Statement[]) => {
    for (const statement of statements) {
      readers.set(statement, reader);
      if (statement.kind === 'loop') see(reader, statement.body);
    }
  };
  parts.forEach((part, k) => {
    see({ part, sharers, sharing: sharings[k]!, apart }, part.statements);
  });
  const count = (statement: Statement, _: unknown, counts: number[]) => {
    const reader = readers.get(statement);
    if (statement.kind === 'loop' || statement.kind === 'int' || !reader) return;
    for (const expression of withOperands(statement.value)) {
      if (expression.kind === 'load') {
        counts[0]! += 1;
        counts[1]! += linesOf(expression.address, reader);
      } else if (expression.kind === 'arithmetic' || expression.kind === 'call') counts[2]! += 1;
    }
    // The sum over the batch that a store adds to.
    if (statement.kind === 'store' && statement.mode === 'add') counts[2]! += 1;
  };
  return countWork(kernel, 1, { size: 3, count });
}

function withOperands(expression: Expression): Expression[] {
  return [expression, ...operandsOf(expression).flatMap(withOperands)];
}
