import type { Layer } from '../../semantics/model.ts';
import type { ModelFacts } from '../model-facts.ts';
import { defineRule } from '../rule.ts';
import { AXES, slidingOf } from '../sliding.ts';

/** Layers, and their share of all that have a kernel. */
const FEW = 4;
const SHARE = 0.25;

/** What a place sees on the path that sees least, and how far the next place lies. */
interface View {
  readonly field: readonly [number, number];
  readonly step: readonly [number, number];
}

export const unproductiveLayers = defineRule({
  code: 'CNN5025',
  name: 'unproductive-layers',
  level: 'advice',
  title: 'convolutions whose input already sees the whole image',
  explanation:
    'A convolution adds context to what it gets. Where each place already sees more than the whole image there is none left to add, and layers from there on hardly improve the result: they could be left out, or the image made larger. Reckoned along the path that sees least, so that shortcuts count.',
  source: 'Richter, Byttner, Krumnack and others 2021, sections 3 and 4',
  needs: ['model'],
  check({ model }) {
    const image = model.model.inputs.find(({ shape }) => shape.length === 3);
    if (!image) return [];
    const [, height, width] = image.shape as readonly [number, number, number];
    const views = smallestViews(model);
    const wide = model.layers.filter((layer) => isWide(layer));
    const idle = wide.filter((layer) => {
      const before = viewOf(layer, model, views);
      return before && before.field[0] > height && before.field[1] > width && !isPlace(layer);
    });
    const [first] = idle;
    if (!first || idle.length < FEW || idle.length < SHARE * wide.length) return [];
    const { field } = viewOf(first, model, views)!;
    return [
      {
        message: `from \`${first.name}\` on, ${idle.length} of ${wide.length} convolutions read features that see ${field.join('x')}, more than the image of ${height}x${width}`,
        span: first.span,
        fix: { message: 'use fewer layers or strides before it, or larger images' },
      },
    ];
  },
  examples: [
    {
      wrong: `input image: [1, 32, 32]\ny = image ${'-> conv(8, 3x3, pad: same) -> relu -> conv(8, 3x3, pad: same) -> relu -> maxpool(2) '.repeat(3)}${'-> conv(8, 3x3, pad: same) -> relu '.repeat(5)}-> flatten -> dense(10)`,
      right: `input image: [1, 32, 32]\ny = image ${'-> conv(8, 3x3, pad: same) -> relu -> conv(8, 3x3, pad: same) -> relu -> maxpool(2) '.repeat(3)}-> flatten -> dense(10)`,
    },
  ],
});

function isWide(layer: Layer): boolean {
  const window = slidingOf(layer);
  return (
    layer.operator !== 'maxpool' &&
    layer.operator !== 'avgpool' &&
    window !== undefined &&
    Math.max(...window.kernel) > 1
  );
}

/** On a map of one place it is a dense layer. */
function isPlace({ inputs }: Layer): boolean {
  const [, height, width] = inputs[0]!.shape;
  return height === 1 && width === 1;
}

function smallestViews(facts: ModelFacts): Map<Layer, View> {
  const views = new Map<Layer, View>();
  for (const layer of facts.layers) {
    const before = viewOf(layer, facts, views);
    if (!before) continue;
    const window = slidingOf(layer);
    const pair = (of: (axis: 0 | 1) => number): [number, number] => [of(AXES[0]), of(AXES[1])];
    views.set(
      layer,
      window
        ? {
            field: pair((axis) => before.field[axis] + (window.reach[axis] - 1) * before.step[axis]),
            step: pair((axis) => before.step[axis] * window.stride[axis]),
          }
        : before,
    );
  }
  return views;
}

/** Of the first thing that it reads which sees least; nothing behind a layer that sees everything. */
function viewOf({ inputs }: Layer, { producers, model }: ModelFacts, views: Map<Layer, View>): View | undefined {
  const seen = inputs.flatMap((input) => {
    if (model.inputs.some(({ node }) => node === input)) return [{ field: [1, 1], step: [1, 1] } as const];
    const producer = producers.get(input);
    return (producer && views.get(producer)) ?? [];
  });
  return seen.toSorted((a, b) => a.field[0] - b.field[0])[0];
}
