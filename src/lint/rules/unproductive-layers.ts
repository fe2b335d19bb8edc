import type { Layer } from '../../semantics/model.ts';
import type { Sizes } from '../../specs/attributes.ts';
import type { ModelFacts } from '../model-facts.ts';
import { defineRule } from '../rule.ts';
import { placesOf, slidingOf } from '../sliding.ts';

/** Layers, and their share of all that have a kernel. */
const FEW = 4;
const SHARE = 0.25;

/** What a place sees on the path that sees least, and how far the next place lies. */
interface View {
  readonly field: Sizes;
  readonly step: Sizes;
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
    const [size] = model.model.inputs.flatMap(({ shape }) => (placesOf(shape) ? [placesOf(shape)!] : []));
    if (!size) return [];
    const views = smallestViews(model);
    const wide = model.layers.filter((layer) => isWide(layer));
    const idle = wide.filter((layer) => {
      const before = viewOf(layer, model, views);
      return before?.field.every((seen, axis) => seen > size[axis]!) && !isPlace(layer);
    });
    const [first] = idle;
    if (!first || idle.length < FEW || idle.length < SHARE * wide.length) return [];
    const { field } = viewOf(first, model, views)!;
    return [
      {
        message: `from \`${first.name}\` on, ${idle.length} of ${wide.length} convolutions read features that see ${field.join('x')}, more than the ${size.length === 1 ? 'signal' : 'image'} of ${size.join('x')}`,
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
  return placesOf(inputs[0]!.shape)?.every((size) => size === 1) ?? false;
}

function smallestViews(facts: ModelFacts): Map<Layer, View> {
  const views = new Map<Layer, View>();
  for (const layer of facts.layers) {
    const before = viewOf(layer, facts, views);
    if (!before) continue;
    const window = slidingOf(layer);
    views.set(
      layer,
      window?.map.length === before.field.length
        ? {
            field: before.field.map((seen, axis) => seen + (window.reach[axis]! - 1) * before.step[axis]!),
            step: before.step.map((step, axis) => step * window.stride[axis]!),
          }
        : before,
    );
  }
  return views;
}

/** Of the first thing that it reads which sees least; nothing behind a layer that sees everything. */
function viewOf({ inputs }: Layer, { producers, model }: ModelFacts, views: Map<Layer, View>): View | undefined {
  const seen = inputs.flatMap((input) => {
    const ones = model.inputs.some(({ node }) => node === input) && placesOf(input.shape)?.map(() => 1);
    if (ones) return [{ field: ones, step: ones }];
    const producer = producers.get(input);
    return (producer && views.get(producer)) ?? [];
  });
  return seen.toSorted((a, b) => a.field[0]! - b.field[0]!)[0];
}
