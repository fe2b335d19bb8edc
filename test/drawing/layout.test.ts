/** @file Boxes of a picture lie within each other or apart, and lines end at their borders. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isBlock } from '../../src/drawing/boxes.ts';
import { type Layout, layOut, type PlacedBox } from '../../src/drawing/layout.ts';
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

describe.each(['lenet5', 'unet', 'googlenet', 'resnet', 'siamese'])('the picture of %s', (name) => {
  const picture = zoo(name);
  const layout = layOut(picture);

  it('has what is within a block within its border', () => {
    const pairs = nested(layout);
    const out = pairs.filter(
      ([a, b]) => b.x < a.x || b.y < a.y || b.x + b.width > a.x + a.width || b.y + b.height > a.y + a.height,
    );
    expect(out.map(([, { box }]) => box.id)).toEqual([]);
  });

  it('has leaves apart', () => {
    const leaves = layout.boxes.filter(({ box }) => !isBlock(box));
    const pairs = leaves.flatMap((a, k) => leaves.slice(k + 1).filter((b) => overlap(a, b)));
    expect(pairs.map(({ box }) => box.id)).toEqual([]);
    expect(leaves.length).toBeGreaterThan(5);
  });

  it('leads every flow from the lower border of its source down to the upper border of its aim', () => {
    const byId = new Map(layout.boxes.map((placed) => [placed.box.id, placed]));
    for (const { from, to } of picture.flows) {
      const pieces = layout.flows.filter((flow) => flow.from === from);
      const source = byId.get(from)!;
      const starts = pieces.map(({ points }) => points[0]!);
      expect(starts.some(({ x, y }) => near(y, source.y + source.height) && near(x, source.x + source.width / 2))).toBe(
        true,
      );
      const aim = byId.get(to)!;
      const ends = pieces.filter((piece) => piece.to === to).map(({ points }) => points.at(-1)!);
      expect(ends.some(({ x, y }) => near(y, aim.y) && near(x, aim.x + aim.width / 2))).toBe(true);
    }
    // Pieces meet: what enters a block at its border goes on from there.
    const ends = new Set(layout.flows.map((flow) => key(flow.from, flow.points.at(-1)!)));
    const starts = layout.flows.filter(({ from, points: [first] }) => {
      const source = byId.get(from)!;
      return !near(first!.y, source.y + source.height) && !ends.has(key(from, first!));
    });
    expect(starts).toEqual([]);
  });

  it('lies within its size', () => {
    const points = layout.flows.flatMap((flow) => flow.points);
    expect(points.filter(({ x, y }) => x < 0 || y < 0 || x > layout.width || y > layout.height)).toEqual([]);
  });
});

const near = (a: number, b: number) => Math.abs(a - b) < 0.01;
const key = (from: string, { x, y }: { x: number; y: number }) => `${from} ${x.toFixed(2)} ${y.toFixed(2)}`;

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
