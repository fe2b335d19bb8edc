/** @file What joins more and more values, as dense networks do, joins the values before with one more each time. */
import { type Body, isPart, type Part } from './parts.ts';

/** `concat(a, b, c)` is `concat(x, c)` where `x = concat(a, b)` is there. Changes the body. */
export function nestJoins({ parts }: Body): void {
  const numbers = new Map(parts.map((part, k) => [part, k]));
  const keyOf = (part: Part, count: number) =>
    [
      axisOf(part),
      ...part.operands.slice(0, count).map((operand) => (isPart(operand) ? numbers.get(operand) : '')),
    ].join();
  const joins = new Map<string, Part>();
  for (const part of parts) {
    if (part.word !== 'concat') continue;
    const all = part.operands.length;
    const own = keyOf(part, all);
    for (let count = all - 1; count > 1; count--) {
      const before = joins.get(keyOf(part, count));
      if (!before) continue;
      part.operands = [before, ...part.operands.slice(count)];
      break;
    }
    if (!joins.has(own)) joins.set(own, part);
  }
}

const axisOf = ({ arguments: given }: Part) => given.map(({ values: [value] }) => value).join();
