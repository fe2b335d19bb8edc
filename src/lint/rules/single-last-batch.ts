import { batchNormOf, settingsOf } from '../places.ts';
import { defineRule } from '../rule.ts';
import { trainingImages } from '../training-images.ts';
import { FEW } from './small-batch-norm.ts';

export const singleLastBatch = defineRule({
  code: 'CNN5047',
  name: 'single-last-batch',
  level: 'advice',
  title: 'last batch of a single image, with batch norm',
  explanation:
    'The last batch of an epoch has the images that are left. Where one is left, batch norm takes mean and variance from it alone: behind a dense layer the difference from the mean is 0, and what comes before it learns nothing in that step; on a map they are those of one image, of which the running statistics take their share. This is told where the number of images is certain, of `digits`.',
  source: 'Wu and He 2018, figure 1 and section 4.1',
  needs: ['tree', 'model'],
  check({ tree, model }) {
    const { settings } = model.elaboration;
    const [data] = settingsOf(tree, model, 'data');
    const [setting = data] = settingsOf(tree, model, 'batch');
    const images = trainingImages(settings);
    const norm = batchNormOf(model);
    const { batch } = settings;
    if (!data || !setting || !norm || images === undefined || batch < FEW || images % batch !== 1) return [];
    const better = otherBatch(images, batch);
    return [
      {
        message: `of ${images} images in batches of ${batch} one is left, and \`${norm.name}\` takes its statistics from it`,
        span: setting.span,
        notes: [{ message: 'the norm is here', span: norm.span }],
        fix: { message: `write \`batch ${better}\`, whose last batch has ${images % better || better} images` },
      },
    ];
  },
  examples: [
    {
      wrong:
        'y = image -> conv(16, 3x3, bias: false) -> batchnorm -> relu -> maxpool(4) -> dense(10)\ntrain N { data "digits:6001" batch 50 }',
      right:
        'y = image -> conv(16, 3x3, bias: false) -> batchnorm -> relu -> maxpool(4) -> dense(10)\ntrain N { data "digits:6000" batch 50 }',
    },
    {
      wrong:
        'y = image -> dense(32, bias: false) -> batchnorm -> relu -> dense(10)\ntrain N { data "digits:7130" validation 10% batch 16 }',
      right:
        'y = image -> dense(32, bias: false) -> batchnorm -> relu -> dense(10)\ntrain N { data "digits:7130" batch 16 }',
    },
  ],
});

/** The nearest that leaves none, or as many as batch norm can do with. */
function otherBatch(images: number, batch: number): number {
  for (let distance = 1; ; distance++)
    for (const other of [batch + distance, batch - distance])
      if (other >= FEW && (images % other === 0 || images % other >= FEW)) return other;
}
