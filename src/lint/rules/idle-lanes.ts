import { FEW_TOGETHER, IMAGES_TOGETHER } from '../../loop/schedule.ts';
import { batchNormOf, settingsOf } from '../places.ts';
import { defineRule } from '../rule.ts';
import { FEW } from './small-batch-norm.ts';

/** Of all lanes. */
const SHARE = 1 / 8;

export const idleLanes = defineRule({
  code: 'CNN5046',
  name: 'idle-lanes',
  level: 'advice',
  title: 'batch that does not fill the lanes',
  explanation: `Modules of WebAssembly compute ${IMAGES_TOGETHER} images side by side, one in each lane of a vector, and ${FEW_TOGETHER} where a step has no more. Lanes without an image compute all the same: a step of one image takes as long as one of ${FEW_TOGETHER}, a step of ${IMAGES_TOGETHER + 1} as one of ${2 * IMAGES_TOGETHER}, and \`cnnc summary\` says how many lanes are idle. This is told where they are an eighth of all. A larger batch has fewer updates in an epoch; the learning rate may grow with it.`,
  source: 'Goyal et al. 2017, section 2.1, on the learning rate',
  needs: ['tree', 'model'],
  check({ tree, model }) {
    const { batch, accumulate } = model.elaboration.settings;
    const [setting] = settingsOf(tree, model, 'batch');
    const together = batch <= FEW_TOGETHER ? FEW_TOGETHER : IMAGES_TOGETHER;
    const lanes = Math.ceil(batch / together) * together;
    const idle = lanes - batch;
    if (!setting || idle < SHARE * lanes) return [];
    // What a batch norm makes of so few images weighs more, and has a finding of its own.
    if (batch < FEW && batchNormOf(model)) return [];
    const images = batch === 1 ? 'one image' : `${batch} images`;
    const larger = `write \`batch ${lanes}\`: a step takes as long`;
    return [
      {
        message: `a step of ${images} takes as long as one of ${lanes}: ${idle} of ${lanes} lanes compute nothing new`,
        span: setting.span,
        fix: { message: accumulate > 1 ? `${larger}, and \`accumulate\` may be smaller` : larger },
      },
    ];
  },
  examples: [
    { wrong: 'y = image -> dense(10)\ntrain N { batch 3 }', right: 'y = image -> dense(10)\ntrain N { batch 4 }' },
    { wrong: 'y = image -> dense(10)\ntrain N { batch 20 }', right: 'y = image -> dense(10)\ntrain N { batch 24 }' },
    {
      wrong: 'y = image -> dense(10)\ntrain N { batch 2 accumulate 16 }',
      right: 'y = image -> dense(10)\ntrain N { batch 8 accumulate 4 }',
    },
  ],
});
