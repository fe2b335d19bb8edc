/** @file Boxes of a picture lie within each other or apart, and lines end at their borders. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Box, isBlock, type Picture } from '../../src/drawing/boxes.ts';
import { headerOf, type Layout, layOut, METRICS, type PlacedBox, type Point } from '../../src/drawing/layout.ts';
import { pictureOf } from '../../src/drawing/picture-of.ts';
import { svgFile } from '../../src/drawing/svg.ts';
import { elaborated } from '../semantics/elaborated.ts';

const zoo = (name: string) => pictureOf(elaborated(readFileSync(`examples/zoo/${name}.cnn`, 'utf8')).training);

/** Pairs of a box and one that lies directly or indirectly within it. */
function nested({ boxes }: Layout): [PlacedBox, PlacedBox][] {
  const byId = new Map(boxes.map((placed) => [placed.box.id, placed]));
  return boxes.flatMap((outer) =>
    (outer.box.children ?? []).map((child): [PlacedBox, PlacedBox] => [outer, byId.get(child.id)!]),
  );
}

const overlap = (a: PlacedBox, b: PlacedBox) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** What holds of every layout. */
function check(picture: Picture): void {
  const layout = layOut(picture);
  const byId = new Map(layout.boxes.map((placed) => [placed.box.id, placed]));
  const outside = nested(layout).filter(
    ([a, b]) => b.x < a.x || b.y < a.y || b.x + b.width > a.x + a.width || b.y + b.height > a.y + a.height,
  );
  expect(outside.map(([, { box }]) => box.id)).toEqual([]);
  const leaves = layout.boxes.filter(({ box }) => !isBlock(box));
  const pairs = leaves.flatMap((a, k) => leaves.slice(k + 1).filter((b) => overlap(a, b)));
  expect(pairs.map(({ box }) => box.id)).toEqual([]);
  for (const { from, to } of picture.flows) {
    const pieces = layout.flows.filter((flow) => flow.from === from);
    const [source, aim] = [byId.get(from)!, byId.get(to)!];
    const starts = pieces.map(({ points }) => points[0]!);
    const isStart = ({ x, y }: Point) => near(y, source.y + source.height) && near(x, source.x + source.width / 2);
    expect(starts.some(isStart)).toBe(true);
    const ends = pieces.filter((piece) => piece.to === to).map(({ points }) => points.at(-1)!);
    expect(ends.some(({ x, y }) => near(y, aim.y) && near(x, aim.x + aim.width / 2))).toBe(true);
  }
  // Pieces meet: what enters a block at its border goes on from there.
  const ends = new Set(layout.flows.map((flow) => key(flow.from, flow.points.at(-1)!)));
  const loose = layout.flows.filter(({ from, points: [first] }) => {
    const source = byId.get(from)!;
    return !near(first!.y, source.y + source.height) && !ends.has(key(from, first!));
  });
  expect(loose).toEqual([]);
  const points = layout.flows.flatMap((flow) => flow.points);
  expect(points.filter(({ x, y }) => x < 0 || y < 0 || x > layout.width || y > layout.height)).toEqual([]);
}

/** Blocks through whose names a line runs; a line from point to point stays between them. */
function throughNames({ boxes, flows }: Layout): string[] {
  const lines = flows.flatMap(({ points }) => points.slice(1).map((to, k) => [points[k]!, to] as const));
  return boxes.flatMap(({ box, x, y }) => {
    const [left, right] = [x + METRICS.padding, x + METRICS.padding + headerOf(box).length * METRICS.letter];
    const isCrossed = ([from, to]: readonly [Point, Point]) =>
      Math.min(from.y, to.y) < y + METRICS.header - 4 &&
      Math.max(from.y, to.y) > y &&
      Math.min(from.x, to.x) < right &&
      Math.max(from.x, to.x) > left;
    return isBlock(box) && lines.some(isCrossed) ? [box.id] : [];
  });
}

const near = (a: number, b: number) => Math.abs(a - b) < 0.01;
const key = (from: string, { x, y }: { x: number; y: number }) => `${from} ${x.toFixed(2)} ${y.toFixed(2)}`;

describe('boxes lie within their blocks and apart, and lines lead from border to border', () => {
  it.each(['lenet5', 'unet', 'googlenet', 'resnet', 'siamese'])('in the picture of %s', (name) => {
    const picture = zoo(name);
    expect(picture.flows.length).toBeGreaterThan(5);
    check(picture);
    expect(throughNames(layOut(picture))).toEqual([]);
  });

  it('in any picture', () => {
    const anything = fc.record({
      /** How many blocks lie around each leaf, and whether it begins a new one there. */
      leaves: fc.array(fc.tuple(fc.nat(3), fc.boolean()), { minLength: 1, maxLength: 12 }),
      flows: fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 20 }),
    });
    fc.assert(
      fc.property(anything, ({ leaves, flows }) => check(randomPicture(leaves, flows))),
      { numRuns: 60 },
    );
  });
});

function randomPicture(
  leaves: readonly (readonly [number, boolean])[],
  flows: readonly (readonly [number, number])[],
): Picture {
  const top: Box[] = [];
  const open: { readonly children: Box[] }[] = [];
  for (const [k, [depth, isNew]] of leaves.entries()) {
    open.length = Math.min(open.length, isNew ? Math.max(0, depth - 1) : depth);
    while (open.length < depth) {
      const children: Box[] = [];
      const id = `block ${k} ${open.length}`;
      (open.at(-1)?.children ?? top).push({ id, kind: 'block', label: [id, 'Block'], title: id, children, layers: [] });
      open.push({ children });
    }
    const id = `leaf ${k}`;
    (open.at(-1)?.children ?? top).push({ id, kind: 'layer', label: [id, 'x'.repeat(k)], title: id, layers: [id] });
  }
  const forward = flows.filter(([from, to]) => from < to && to < leaves.length);
  const unique = new Map(forward.map(([from, to]) => [`${from} ${to}`, { from: `leaf ${from}`, to: `leaf ${to}` }]));
  return { name: 'any', boxes: top, flows: [...unique.values()] };
}

describe('an SVG', () => {
  it('quotes names, and has the colours that were asked for', () => {
    const box = { id: 'a', kind: 'layer', label: ['<a & "b">'], title: 't', layers: ['a'] } as const;
    const picture = { name: '<&>', boxes: [box], flows: [] };
    expect(svgFile(picture)).toContain('&lt;a &amp; &quot;b&quot;&gt;');
    expect(svgFile(picture)).toContain('prefers-color-scheme: dark');
    expect(svgFile(picture, 'light')).not.toContain('prefers-color-scheme');
    expect(svgFile(picture, 'dark')).not.toContain('#ffffff');
  });
});
