import { argumentOf, itemEdit, settingsOf } from '../places.ts';
import { defineRule } from '../rule.ts';

export const stoppingOnTest = defineRule({
  code: 'CNN5032',
  name: 'stopping-on-test',
  level: 'warning',
  title: 'early stopping that watches the test images',
  explanation:
    'To stop at the epoch that is best on the test images is to choose by them: the result is too good, and says little of images that nobody has seen. Without `watch`, a tenth of the training images is held out and watched (`validation` sets how many).',
  source: 'Goodfellow, Bengio and Courville 2016, section 5.3',
  needs: ['text', 'tree', 'model'],
  check({ text, tree, model }) {
    if (model.elaboration.settings.watch !== 'test') return [];
    return settingsOf(tree, model, 'stop').map((setting) => {
      const watch = argumentOf(setting, 'watch');
      return {
        message: 'training stops where the test images want it, so they test nothing any more',
        span: watch?.span ?? setting.span,
        fix: {
          message: 'leave out `watch: test`: images that are held out are watched',
          ...(watch && { edits: [itemEdit(text, watch)] }),
        },
      };
    });
  },
  examples: [
    {
      wrong: 'y = image -> dense(10)\ntrain N { stop early(patience: 3, watch: test) }',
      right: 'y = image -> dense(10)\ntrain N { stop early(patience: 3) }',
    },
  ],
});
