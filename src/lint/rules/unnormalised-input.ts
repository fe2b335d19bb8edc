import { formatOf } from '../../data/formats.ts';
import { traitsOf } from '../model-facts.ts';
import { settingsOf } from '../places.ts';
import { defineRule } from '../rule.ts';

export const unnormalisedInput = defineRule({
  code: 'CNN5034',
  name: 'unnormalised-input',
  level: 'advice',
  title: 'pictures are not normalised',
  explanation:
    'Bytes become numbers from 0 to 1. All of them being positive, the gradients of a unit of the first layer have one sign together, and training is slow at first. Subtract the mean of each channel and divide by its standard deviation: `normalize`. `cnnc data SPEC` tells them of any data. A norm as the first layer does the same.',
  source: 'LeCun, Bottou, Orr and Müller 1998, section 4.3',
  needs: ['tree', 'model'],
  check({ tree, model }) {
    const { data, normalize } = model.elaboration.settings;
    const usual = formatOf(data)?.known?.normalize;
    const [setting] = settingsOf(tree, model, 'data');
    const inputs = model.model.inputs.map(({ node }) => node);
    const isNormalised = model.layers.some(
      (layer) => traitsOf(layer).normalizes && layer.inputs.some((input) => inputs.includes(input)),
    );
    if (!usual || !setting || normalize || isNormalised) return [];
    return [
      {
        message: 'pictures come as numbers from 0 to 1, and are not normalised',
        span: setting.span,
        fix: { message: `write \`${usual}\`` },
      },
    ];
  },
  examples: [
    {
      wrong: 'input image: [3, 32, 32]\ny = image -> dense(10)\ntrain N { data cifar10("cifar") }',
      right:
        'input image: [3, 32, 32]\ny = image -> dense(10)\ntrain N { data cifar10("cifar") normalize mean: [0.491, 0.482, 0.447], std: [0.247, 0.243, 0.262] }',
    },
  ],
});
