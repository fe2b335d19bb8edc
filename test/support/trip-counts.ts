/**
 * @file The arithmetic of kernels, counted on their loops without running them, as the interpreter counts it: one for each
 * operation on a varying value.
 */
import { countWork, type Measure, type Reaches } from '../../src/loop/count-work.ts';
import { type Expression, type Kernel, operandsOf, varianceOf } from '../../src/loop/ir.ts';

/** Per image; of a kernel over blocks, where there is one block of `lanes` images. */
export function operationsOfKernel(kernel: Kernel, lanes: number): number {
  const measure: Measure = {
    size: 1,
    count: (statement, reaches, counts) => {
      if (statement.kind === 'loop' || statement.kind === 'int' || statement.kind === 'widen') return;
      const added = statement.kind === 'accumulate' ? 1 : 0;
      const width = 'width' in statement ? (statement.width ?? lanes) : lanes;
      counts[0]! += ((operationsIn(statement.value, reaches) + added) * width) / lanes;
    },
  };
  return countWork(kernel, 1, measure)[0]!;
}

function operationsIn(expression: Expression, reaches: Reaches): number {
  if (expression.kind === 'guarded' && !reaches(expression)) return 0;
  const isOperation = ['arithmetic', 'call', 'select', 'random'].includes(expression.kind);
  const own = isOperation && varianceOf(expression) === 'varying' ? 1 : 0;
  return operandsOf(expression).reduce((sum, operand) => sum + operationsIn(operand, reaches), own);
}
