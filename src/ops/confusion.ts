/**
 * @file Metrics that come from counting which class was taken for which. A mean over batches of such a metric would be
 * wrong, so the network counts and the runtime finishes the count when the data set is through (`runtime/confusion.ts`).
 */
import { predictedClass } from './accuracy.ts';
import { classified } from './classes.ts';
import { defineOperator, type OperatorDefinition } from './operator.ts';

function counted(
  finish: NonNullable<OperatorDefinition['finish']>,
  summary: string,
  formula: string,
): OperatorDefinition {
  return defineOperator({
    name: finish,
    summary: `${summary} Is measured by \`evaluate\` and \`test\`, not while training.`,
    formula,
    kind: 'metric',
    finish,
    inputs: 2,
    attributes: {},
    example: `metric ${finish}(logits, label)`,
    /**
     * Row: the true class, column: the predicted one, and one more for what has no prediction. An ignored label equals no
     * class, so it is in no row.
     */
    build(context) {
      const target = classified(context, finish);
      const { label, classes, place, at, over } = target;
      return context.apply(
        `op ${finish}(b${place}, t${place}, w[]) -> y[r, c] =
           sum(${over}) (if t${at} == r { if b${at} == c { w } else { 0 } } else { 0 })`,
        [predictedClass(context, target), label, context.weight],
        { extents: { r: classes, c: classes + 1 } },
      );
    },
  });
}

export const confusion = counted(
  'confusion',
  'Confusion matrix: how many images (pixels, for a map of classes) of each class were taken for each class. An image ' +
    'with a score that is NaN is taken for none.',
  'y[r, c] = count(label == r and argmax(k) x[k] == c)',
);

export const recall = counted(
  'recall',
  'Accuracy of each class: the fraction of its images (pixels, for a map of classes) that are recognised; images with a ' +
    'score that is NaN are not.',
  'y[r] = count(label == r and argmax(k) x[k] == r) / count(label == r)',
);

export const iou = counted(
  'iou',
  'Mean intersection over union: of all that is of a class or is taken for it, the fraction that is both; the mean over ' +
    'the classes that occur. An image with a score that is NaN is taken for none.',
  'y = mean(r) count(label == r and argmax(k) x[k] == r) / count(label == r or argmax(k) x[k] == r)',
);
