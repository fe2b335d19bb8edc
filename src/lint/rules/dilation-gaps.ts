import type { Layer } from '../../semantics/model.ts';
import { type ModelFacts, traitsOf } from '../model-facts.ts';
import { defineRule } from '../rule.ts';
import { slidingOf } from '../sliding.ts';

/** Which places of a map a place reads along each axis through convolutions of stride 1, and through how many of them. */
interface Reach {
  readonly offsets: readonly ReadonlySet<number>[];
  readonly dilated: number;
}

/** More are not needed to see a gap, and cost time. */
const MOST = 4096;

export const dilationGaps = defineRule({
  code: 'CNN5035',
  name: 'dilation-gaps',
  level: 'advice',
  title: 'stacked dilations leave gaps',
  explanation:
    'A dilated kernel reads every n-th place. Where convolutions with a common factor in their dilations follow each other, all of them read the same places, and neighbours never meet: the result is a grid. Dilations such as 1, 2, 5 together read every place.',
  source: 'Wang, Chen, Yuan and others 2018, section 3.2; Yu, Koltun and Funkhouser 2017',
  needs: ['model'],
  check({ model }) {
    const reaches = new Map<Layer, Reach>();
    for (const layer of model.layers) reaches.set(layer, reachOf(layer, model, reaches));
    const first = model.layers.find((layer) => {
      const { dilated, offsets } = reaches.get(layer)!;
      return dilated > 1 && isDilated(layer) && offsets.some(hasGaps);
    });
    if (!first) return [];
    return [
      {
        message: `\`${first.name}\` and the dilated convolutions before it read a grid of places, with gaps between`,
        span: first.attributeSpans.get('dilation') ?? first.span,
        fix: { message: 'use dilations without a common factor, such as 1, 2, 5' },
      },
    ];
  },
  examples: [
    {
      wrong:
        'y = image -> conv(8, 3x3, dilation: 2) -> relu -> conv(8, 3x3, dilation: 2) -> relu -> maxpool(4) -> flatten -> dense(10)',
      right:
        'y = image -> conv(8, 3x3) -> relu -> conv(8, 3x3, dilation: 2) -> relu -> conv(8, 3x3, dilation: 2) -> relu -> maxpool(3) -> flatten -> dense(10)',
    },
  ],
});

/** Along no axis yet. */
const START: Reach = { offsets: [], dilated: 0 };
const HERE: ReadonlySet<number> = new Set([0]);

function isDilated(layer: Layer): boolean {
  return slidingOf(layer)?.dilation.some((step) => step > 1) ?? false;
}

/** Starts anew behind anything but convolutions of stride 1 and layers that look at each place by itself. */
function reachOf(layer: Layer, { sourcesOf }: ModelFacts, reaches: Map<Layer, Reach>): Reach {
  const sources = sourcesOf(layer);
  const known = sources.map((source) => reaches.get(source) ?? START);
  const before = known.length === 1 ? known[0]! : START;
  const window = slidingOf(layer);
  const { activation, normalizes, keeps, joins } = traitsOf(layer);
  if (joins) return united(known);
  if (!window) return activation || normalizes || keeps === 'numbers' ? before : START;
  if (window.stride.some((step) => step > 1) || keeps) return START;
  const along = (size: number, axis: number) => {
    const taps = Array.from({ length: size }, (_, tap) => tap * window.dilation[axis]!);
    const offsets = before.offsets[axis] ?? HERE;
    if (offsets.size * taps.length > MOST) return offsets;
    return new Set([...offsets].flatMap((offset) => taps.map((tap) => offset + tap)));
  };
  return { offsets: window.kernel.map(along), dilated: before.dilated + (isDilated(layer) ? 1 : 0) };
}

/** Of paths that meet, each place reads what any of them does. */
function united(paths: readonly Reach[]): Reach {
  const axes = Math.max(0, ...paths.map(({ offsets }) => offsets.length));
  const along = (axis: number) => new Set(paths.flatMap(({ offsets }) => [...(offsets[axis] ?? HERE)]));
  return {
    offsets: Array.from({ length: axes }, (_, axis) => along(axis)),
    dilated: Math.max(0, ...paths.map(({ dilated }) => dilated)),
  };
}

function hasGaps(offsets: ReadonlySet<number>): boolean {
  return Math.max(...offsets) + 1 > offsets.size;
}
