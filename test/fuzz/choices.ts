/** @file Decisions of a generator, drawn from a list of numbers: as the list shrinks to zeros, so does what is decided. */
import type { Shape } from '../../src/ir/graph.ts';

export class Choices {
  #position = 0;

  constructor(readonly numbers: readonly number[]) {}

  /** A whole number below `count`; 0, which must be the simplest, when the numbers are used up. */
  next(count: number): number {
    return (this.numbers[this.#position++] ?? 0) % count;
  }

  /** True once in `times`. */
  rarely(times: number): boolean {
    return this.next(times) === times - 1;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.next(items.length)]!;
  }

  /** Three factors of a number of elements, or fewer. */
  factors(shape: Shape): number[] {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const divisors = (n: number) => Array.from({ length: n }, (_, k) => k + 1).filter((k) => n % k === 0);
    const first = this.pick(divisors(size));
    const second = this.pick(divisors(size / first));
    return [first, second, size / first / second].slice(0, second * first === size ? 2 : 3);
  }

  permutation(length: number): number[] {
    const left = Array.from({ length }, (_, k) => k);
    return Array.from({ length }, () => left.splice(this.next(left.length), 1)[0]!);
  }
}
