import { mapKind } from '../../ops/map-axes.ts';
import { defineRule } from '../rule.ts';
import { type Sliding, slidingOf } from '../sliding.ts';

/** Of the rows or columns of a map. */
const SHARE = 0.1;

export const droppedBorder = defineRule({
  code: 'CNN5021',
  name: 'dropped-border',
  level: 'advice',
  title: 'window that leaves out the border',
  explanation:
    'Where the windows do not come out even, the last rows and columns of a map are read by none. On a map of 7x7 `maxpool(2)` never sees a row and a column: a quarter of the places. `ceil: true` adds a last window for them; a size that comes out even needs none.',
  needs: ['model'],
  check: ({ model: { layers } }) =>
    layers.flatMap((layer) => {
      const window = slidingOf(layer);
      if (!window) return [];
      const lost = window.map.map((_, axis) => unread(window, axis));
      if (!window.map.some((size, axis) => lost[axis]! >= SHARE * size)) return [];
      const parts = lost.flatMap((count, axis) =>
        count > 0 ? counted(count, mapKind(lost.length).places[axis]!) : [],
      );
      const fix = layer.definition.attributes.some(({ name }) => name === 'ceil')
        ? 'write `ceil: true`, or give it a map that comes out even'
        : 'pad, or give it a map that comes out even';
      return [
        {
          message: `\`${layer.name}\` never reads the last ${parts.join(' and ')} of ${window.map.join('x')}`,
          span: layer.span,
          fix: { message: fix },
        },
      ];
    }),
  examples: [
    {
      wrong: 'y = image -> maxpool(4) -> conv(16, 3x3, pad: same) -> relu -> maxpool(2) -> flatten -> dense(10)',
      right:
        'y = image -> maxpool(4) -> conv(16, 3x3, pad: same) -> relu -> maxpool(2, ceil: true) -> flatten -> dense(10)',
    },
  ],
});

/** `1 row`, `2 rows` */
function counted(count: number, places: string): string {
  return `${count} ${count === 1 ? places.slice(0, -1) : places}`;
}

/** Rows behind the last window. A window that moves by more than its size leaves out others, which is another matter. */
function unread({ stride, reach, pad, map, output }: Sliding, axis: number): number {
  if (stride[axis]! > reach[axis]!) return 0;
  return Math.max(0, map[axis]! - ((output[axis]! - 1) * stride[axis]! + reach[axis]! - pad[axis]!));
}
