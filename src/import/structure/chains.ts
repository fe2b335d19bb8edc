/**
 * @file Chains of a body: points through which all flows, one after the other. Between two neighbours lies a _link_: one step, or
 * branches that part at the first point and meet at the second. Any run of links of a chain can be a block, as one value
 * flows in and one flows out.
 *
 * From `a` to `b` there is a link if `b` is the first point that all ways from `a` go through, and `a` the last point that all ways
 * to `b` come from: each is the immediate (post)dominator of the other. Points are values, and the ways of a value that several
 * parts read: a branch begins there.
 */
import { type Body, isPart, type Part, usersOf } from './parts.ts';

export interface Link {
  readonly from: Part;
  /** What lies behind `from`, up to the value that flows on; each behind what it reads, in the order of operands. */
  readonly parts: readonly Part[];
}

interface Point {
  /** The value that is there. */
  readonly part: Part;
  before: readonly Point[];
  readonly behind: (Point | undefined)[];
}

/** In the order of the body. */
function pointsOf(body: Body): Point[] {
  const users = usersOf(body);
  const values = new Map<Part, Point>();
  const points: Point[] = [];
  const add = (part: Part, before: readonly Point[]): Point => {
    const point: Point = { part, before, behind: [] };
    for (const other of before) other.behind.push(point);
    points.push(point);
    return point;
  };
  for (const part of body.parts) {
    const before = part.operands.filter(isPart).map((operand) => {
      const point = values.get(operand)!;
      return users.get(operand)!.length > 1 ? add(operand, [point]) : point;
    });
    values.set(part, add(part, before));
  }
  for (const result of body.results) values.get(result)!.behind.push(undefined);
  return points;
}

/** Depth and parent of each node of a tree that is built from the root on. */
class Tree {
  readonly #parents = new Map<Point, Point | undefined>();
  readonly #depths = new Map<Point, number>();

  /** Below what all of `over` have in common; undefined is the root. */
  add(point: Point, over: readonly (Point | undefined)[]): void {
    const parent = over.length === 0 ? undefined : over.reduce((a, b) => this.#common(a, b));
    this.#parents.set(point, parent);
    this.#depths.set(point, parent ? this.#depths.get(parent)! + 1 : 1);
  }

  parent(point: Point): Point | undefined {
    return this.#parents.get(point);
  }

  #common(left: Point | undefined, right: Point | undefined): Point | undefined {
    let [a, b] = [left, right];
    while (a !== b) {
      const [deepA, deepB] = [a ? this.#depths.get(a)! : 0, b ? this.#depths.get(b)! : 0];
      if (deepA >= deepB) a = a && this.#parents.get(a);
      else b = b && this.#parents.get(b);
    }
    return a;
  }
}

export function chainsOf(body: Body): Link[][] {
  const points = pointsOf(body);
  const [before, behind] = [new Tree(), new Tree()];
  for (const point of points) before.add(point, point.before);
  for (const point of [...points].reverse()) behind.add(point, point.behind);
  const next = new Map<Point, Point>();
  for (const point of points) {
    const follower = behind.parent(point);
    if (follower && before.parent(follower) === point) next.set(point, follower);
  }
  const inner = new Set(next.values());
  const starts = [...next.keys()].filter((point) => !inner.has(point));
  return starts.map((start) => {
    const links: Link[] = [];
    for (let from = start; next.has(from); from = next.get(from)!)
      links.push({ from: from.part, parts: partsBetween(from.part, next.get(from)!.part) });
    return links;
  });
}

/** Equal links have their parts in the same order. */
function partsBetween(from: Part, to: Part): Part[] {
  const found = new Set<Part>();
  const waiting = [{ part: to, open: true }];
  while (waiting.length > 0) {
    const { part, open } = waiting.pop()!;
    if (found.has(part)) continue;
    if (!open) {
      found.add(part);
      continue;
    }
    waiting.push({ part, open: false });
    for (const operand of [...part.operands].reverse())
      if (isPart(operand) && operand !== from && !found.has(operand)) waiting.push({ part: operand, open: true });
  }
  return [...found];
}
