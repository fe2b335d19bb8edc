import type { Initialization } from '../../ir/graph.ts';
import { drawOf } from '../../plan/initial-draw.ts';
import type { Layer } from '../../semantics/model.ts';
import { traitsOf } from '../model-facts.ts';
import { defineRule } from '../rule.ts';

/** Standard deviations that are harmless lie between 1 / FACTOR and FACTOR of that of the input. */
const FACTOR = 1000;

/** How many times larger the mean square of what a layer gives is than of what it gets, as the papers reckon it. */
function gainOf({ states }: Layer): number | undefined {
  const weight = states.find(({ owner, trainable }) => owner?.part === 'weight' && trainable);
  if (!weight || weight.shape.length < 2) return undefined;
  const variance = varianceOf(weight.initializer);
  return variance && weight.initializer.fanIn * variance;
}

function varianceOf(start: Initialization): number | undefined {
  const { kind, value } = drawOf(start);
  if (kind === 'uniform') return value ** 2 / 3;
  if (kind === 'normal' || kind === 'truncated_normal') return value ** 2;
  return undefined;
}

/** Half of the numbers become 0, or nearly so. */
const halves = ({ range: [low, high] = [Number.NEGATIVE_INFINITY, 0] }: { range?: readonly [number, number] }) =>
  low > Number.NEGATIVE_INFINITY && low <= 0 && high === Number.POSITIVE_INFINITY;

export const initialScale = defineRule({
  code: 'CNN5012',
  name: 'initial-scale',
  level: 'advice',
  title: 'initial weights do not fit the activations',
  explanation:
    'With weights of variance v a layer of n inputs makes the mean square of its values n v times as large, and `relu` halves it. Where the product over many layers is far from 1, values and gradients vanish or explode before anything is learned. `kaiming` (v = 2/n) keeps the scale through `relu`, `xavier_normalized` and `lecun` (v near 1/n) through `tanh`; `xavier` is U(±1/√n), v = 1/(3n). A norm or a residual connection on the way sets the scale anew.',
  source: 'He, Zhang, Ren and Sun 2015, section 2.2; Glorot and Bengio 2010, section 4.2',
  needs: ['model'],
  check({ model: { layers, sourcesOf } }) {
    const scales = new Map<Layer, number>();
    for (const layer of layers) {
      const traits = traitsOf(layer);
      const before = Math.max(0, ...sourcesOf(layer).map((source) => scales.get(source) ?? 1)) || 1;
      const fresh = traits.normalizes || traits.joins || traits.saturates !== undefined || layer.inputs.length > 1;
      scales.set(layer, fresh ? 1 : before * (gainOf(layer) ?? (traits.activation && halves(traits) ? 0.5 : 1)));
    }
    const first = layers.find((layer) => isFar(Math.sqrt(scales.get(layer)!)));
    if (!first) return [];
    const scale = Math.sqrt(scales.get(first)!);
    const size = scale < 1 ? `${Math.round(1 / scale)} times smaller` : `${Math.round(scale)} times larger`;
    return [
      {
        message: `with these initial weights the values of \`${first.name}\` are about ${size} than those of the input`,
        span: first.span,
        fix: {
          message: 'use `init kaiming` with relu, `init xavier_normalized` with tanh, or norms between the layers',
        },
      },
    ];
  },
  examples: [
    {
      wrong: `y = image ${'-> dense(64) -> relu '.repeat(9)}-> dense(10)\ntrain N { init xavier }`,
      right: `y = image ${'-> dense(64) -> relu '.repeat(9)}-> dense(10)\ntrain N { init kaiming }`,
    },
  ],
});

function isFar(scale: number): boolean {
  return scale > FACTOR || scale < 1 / FACTOR;
}
