/** @file The steps of a network in an order of execution. */
import { isStep, type Network, type Step } from './values.ts';

/** All that the outputs depend on, each behind what it depends on. */
export function stepsOf({ inputs, outputs }: Network): Step[] {
  const found = new Set<Step>(inputs);
  const waiting = outputs.map(({ step }) => ({ step, open: true })).reverse();
  while (waiting.length > 0) {
    const { step, open } = waiting.pop()!;
    if (found.has(step)) continue;
    if (!open) {
      found.add(step);
      continue;
    }
    waiting.push({ step, open: false });
    for (const operand of [...step.operands].reverse())
      if (isStep(operand) && !found.has(operand)) waiting.push({ step: operand, open: true });
  }
  return [...found];
}
