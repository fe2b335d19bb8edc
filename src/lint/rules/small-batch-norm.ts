import { traitsOf } from '../model-facts.ts';
import { batchNormOf, settingsOf } from '../places.ts';
import { defineRule } from '../rule.ts';

/** Images. At 2 the error of ResNet-50 is a tenth higher in absolute terms than at 32. */
export const FEW = 4;

export const smallBatchNorm = defineRule({
  code: 'CNN5028',
  name: 'small-batch-norm',
  level: 'advice',
  title: 'batch norm with a very small batch',
  explanation:
    'Batch norm takes mean and variance from the images of one batch. Of one to three images they say little of all images: training is noisy, and the running statistics that inference uses do not fit. Group norm and layer norm do not look at the batch.',
  source: 'Wu and He 2018, figure 1 and section 4.1',
  needs: ['tree', 'model'],
  check({ tree, model }) {
    const { batch } = model.elaboration.settings;
    const [setting] = settingsOf(tree, model, 'batch');
    const norm = batchNormOf(model);
    if (!norm || !setting || batch >= FEW) return [];
    // Of a single value nothing is left at all, which is a finding of its own.
    if (batch === 1 && traitsOf(norm).constantFor?.(norm.inputs[0]!.shape, norm.attributes, batch)) return [];
    return [
      {
        message: `\`${norm.name}\` takes its statistics from ${batch === 1 ? 'a single image' : `${batch} images`}`,
        span: setting.span,
        notes: [{ message: 'the norm is here', span: norm.span }],
        fix: { message: 'use `groupnorm`, or a batch of 16 and more' },
      },
    ];
  },
  examples: [
    {
      wrong:
        'y = image -> conv(16, 3x3, bias: false) -> batchnorm -> relu -> maxpool(4) -> dense(10)\ntrain N { batch 2 }',
      right:
        'y = image -> conv(16, 3x3, bias: false) -> batchnorm -> relu -> maxpool(4) -> dense(10)\ntrain N { batch 16 }',
    },
  ],
});
