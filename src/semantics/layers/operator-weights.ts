/** @file How the weights of an operator of the program start: what is summed up as `init` says, the rest neutrally. */
import { type Initialization, type Shape, USUAL_START } from '../../ir/graph.ts';
import { accessesOf, type Reduction, type Scalar, visitScalar } from '../../ir/scalar.ts';
import type { TensorPattern } from '../../syntax/ast.ts';

/**
 * A weight with a summed axis starts as those of `conv` and `dense` do, `fanIn` being the terms of the sum that it has a
 * part in. One that is only added starts at 0, like a bias; any other, such as a scale, at 1. `given`: the operands that
 * are tensors; an axis that they have too, like the channels of a convolution's input, leads nowhere else.
 */
export function weightInitialization(
  pattern: TensorPattern,
  operand: number,
  given: readonly TensorPattern[],
  { shape, body }: { readonly shape: Shape; readonly body: Scalar },
): Initialization {
  const extents = new Map(pattern.axes.map(({ text }, k) => [text, shape[k]!]));
  const summed = reductionAround(body, operand)?.axes.filter(({ name }) => extents.has(name)) ?? [];
  const fanIn = summed.reduce((product, { extent }) => product * extent, 1);
  const read = new Set(given.flatMap(({ axes }) => axes.map(({ text }) => text)));
  const fanOut = [...extents].reduce((product, [axis, extent]) => (read.has(axis) ? product : product * extent), 1);
  if (summed.length > 0) return { kind: USUAL_START, fanIn, fanOut };
  return { kind: isAdded(body, operand) ? 'zeros' : 'ones', fanIn, fanOut };
}

function reductionAround(body: Scalar, operand: number): Reduction | undefined {
  let found: Reduction | undefined;
  visitScalar(body, (part) => {
    if (part.kind === 'reduce' && part.operator === 'sum' && accessesOf(part).some((read) => read.operand === operand))
      found ??= part;
  });
  return found;
}

/** Whether the value of the body goes up and down with the operand by itself. */
function isAdded(body: Scalar, operand: number): boolean {
  if (body.kind === 'access') return body.operand === operand;
  if (body.kind !== 'arithmetic' || (body.operator !== '+' && body.operator !== '-')) return false;
  return isAdded(body.left, operand) || isAdded(body.right, operand);
}
