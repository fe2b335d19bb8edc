/** @file Places found in sorted columns are those that a plain search finds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Life, Occupied } from '../../src/plan/occupied.ts';

type Request = Life & { readonly total: number };
type Placed = Request & { readonly start: number };

const request = fc
  .tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 8 }), fc.integer({ min: 1, max: 9 }))
  .map(([from, length, total]): Request => ({ from, to: from + length, total }));
const requests = fc.array(request, { maxLength: 40 });

const meet = (a: Life, b: Life) => a.from <= b.to && b.from <= a.to;

/** Tries place after place. */
function searched(placed: readonly Placed[], wanted: Request, start: number): number {
  const isFree = (at: number) =>
    placed.every(
      (other) => !meet(other, wanted) || other.start + other.total <= at || at + wanted.total <= other.start,
    );
  let at = start;
  while (!isFree(at)) at++;
  return at;
}

describe('occupied places', () => {
  it('leave the lowest place that is free for so long', () => {
    const check = (wanted: readonly Request[], start: number) => {
      const occupied = new Occupied(wanted.length);
      const placed: Placed[] = [];
      for (const next of wanted) {
        const at = searched(placed, next, start);
        expect(occupied.firstPlace(next, start)).toBe(at);
        occupied.add(next, at, next.total);
        placed.push({ ...next, start: at });
      }
    };
    fc.assert(fc.property(requests, fc.integer({ min: 0, max: 5 }), check));
  });

  it('are free where nothing lies at that time', () => {
    const check = (wanted: readonly (Request & { start: number })[], other: Request & { start: number }) => {
      const occupied = new Occupied(wanted.length);
      for (const next of wanted) occupied.add(next, next.start, next.total);
      const isFree = wanted.every(
        (placed) =>
          !meet(placed, other) ||
          placed.start + placed.total <= other.start ||
          other.start + other.total <= placed.start,
      );
      expect(occupied.isFree(other, other.start, other.total)).toBe(isFree);
    };
    const placed = fc.tuple(request, fc.integer({ min: 0, max: 30 })).map(([life, start]) => ({ ...life, start }));
    fc.assert(fc.property(fc.array(placed, { maxLength: 5 }), placed, check));
  });
});
