/**
 * @file How many groups the blocks of a batch fall into. Each group adds its sums over the batch (gradients, statistics,
 * the loss) to copies of its own, which are then added up in the order of the groups. So threads, which take whole
 * groups, never add to the same place, and the bits do not depend on their number. Copies cost memory, and time to clear
 * and to add up; so there are as many as a step has the work to pay for.
 */
import { elementCount, formulaOf, type Graph, type Node } from '../ir/graph.ts';
import { reductionOf } from '../ir/scalar.ts';
import { isBatchSum } from './split-phases.ts';

/** More threads than this are never used. */
const MOST_GROUPS = 8;

/** What one float of a copy costs, in terms of a contraction: cleared, read and added, mostly from the L2 cache. */
const TERMS_PER_COPIED_FLOAT = 20;

/** The part of a step's work that the copies may cost. Measured: 1 % of LeNet's step for four groups, estimated as 5 %. */
const ALLOWANCE = 1 / 20;

/** Of more than two groups' copies: 16 MB. */
const MOST_COPIED_FLOATS = 4 * 1024 * 1024;

/** A power of two, 1 where more would cost too much. `images`: of a whole batch. */
export function chooseGroups(graph: Graph, maxBlocks: number, images: number): number {
  let sumFloats = 0;
  let terms = 0;
  for (const node of graph.nodes) {
    if (isBatchSum(node)) sumFloats += elementCount(node.shape);
    if (node.varying || isBatchSum(node)) terms += termsOf(node);
  }
  let groups = 1;
  while (2 * groups <= Math.min(MOST_GROUPS, maxBlocks)) {
    const copiedFloats = (2 * groups - 1) * sumFloats;
    if (copiedFloats * TERMS_PER_COPIED_FLOAT > ALLOWANCE * terms * images) break;
    if (groups > 1 && copiedFloats > MOST_COPIED_FLOATS) break;
    groups *= 2;
  }
  return groups;
}

/** Per image. */
function termsOf(node: Node): number {
  const formula = formulaOf(node);
  if (!formula) return 0;
  const taps = reductionOf(formula.body)?.axes ?? [];
  return taps.reduce((product, axis) => product * axis.extent, elementCount(node.shape));
}
