import { traitsOf } from '../model-facts.ts';
import { defineRule } from '../rule.ts';

/** What a layer makes of an input that leaves it nothing to compare: a number that no image changes. */
export const constantLayer = defineRule({
  code: 'CNN5009',
  name: 'constant-layer',
  level: 'warning',
  title: 'layer that is the same for every image',
  explanation:
    'A norm subtracts the mean of some values and divides by their spread. Of a single value nothing is left: `instancenorm` on maps of 1x1, `layernorm` of one number, `groupnorm` with one value in each group. A softmax over one class is always 1, and the variance of one value 0. Nothing that comes before such a layer can be learned.',
  needs: ['model'],
  check: ({ model: { layers, elaboration } }) =>
    layers.flatMap((layer) => {
      const [input] = layer.inputs;
      const { batch } = elaboration.settings;
      const reason = input && traitsOf(layer).constantFor?.(input.shape, layer.attributes, batch);
      if (!reason) return [];
      const message = `\`${layer.name}\` gives the same for every image: ${reason}`;
      const fix = { message: `leave out \`${layer.operator}\`, or let it see more values` };
      return [{ message, span: layer.span, fix }];
    }),
  examples: [
    {
      wrong: 'y = image -> conv(16, 28x28, bias: false) -> instancenorm -> relu -> flatten -> dense(10)',
      right: 'y = image -> conv(16, 28x28) -> relu -> flatten -> dense(10)',
    },
    {
      wrong: 'y = image -> maxpool(28) -> batchnorm -> dense(10)\ntrain N { batch 1 }',
      right: 'y = image -> maxpool(28) -> batchnorm -> dense(10)\ntrain N { batch 32 }',
    },
  ],
});
