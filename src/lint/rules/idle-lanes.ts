import { IMAGES_TOGETHER } from '../../loop/schedule.ts';
import { batchNormOf, settingsOf } from '../places.ts';
import { defineRule } from '../rule.ts';
import { FEW } from './small-batch-norm.ts';

export const idleLanes = defineRule({
  code: 'CNN5046',
  name: 'idle-lanes',
  level: 'advice',
  title: 'batch that does not fill the lanes',
  explanation: `Modules of WebAssembly compute ${IMAGES_TOGETHER} images side by side, one in each lane of a vector, and lanes without an image compute all the same: a step of one image takes as long as one of ${IMAGES_TOGETHER}, and an epoch up to ${IMAGES_TOGETHER} times as long. Modules of JavaScript compute four at a time. A larger batch has fewer updates in an epoch; the learning rate may grow with it.`,
  source: 'Goyal et al. 2017, section 2.1, on the learning rate',
  needs: ['tree', 'model'],
  check({ tree, model }) {
    const { batch, accumulate } = model.elaboration.settings;
    const [setting] = settingsOf(tree, model, 'batch');
    if (!setting || batch >= IMAGES_TOGETHER) return [];
    // What a batch norm makes of so few images weighs more, and has a finding of its own.
    if (batch < FEW && batchNormOf(model)) return [];
    const idle = IMAGES_TOGETHER - batch;
    const images = batch === 1 ? 'one image' : `${batch} images`;
    const larger = `write \`batch ${IMAGES_TOGETHER}\`: a step takes as long`;
    return [
      {
        message: `a step of ${images} takes as long as one of ${IMAGES_TOGETHER}: ${idle} of ${IMAGES_TOGETHER} lanes compute nothing new`,
        span: setting.span,
        fix: { message: accumulate > 1 ? `${larger}, and \`accumulate\` may be smaller` : larger },
      },
    ];
  },
  examples: [
    { wrong: 'y = image -> dense(10)\ntrain N { batch 4 }', right: 'y = image -> dense(10)\ntrain N { batch 8 }' },
    {
      wrong: 'y = image -> dense(10)\ntrain N { batch 2 accumulate 16 }',
      right: 'y = image -> dense(10)\ntrain N { batch 8 accumulate 4 }',
    },
  ],
});
