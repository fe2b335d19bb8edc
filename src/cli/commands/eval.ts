/** @file `cnnc eval RUN --data SPEC`: loss and metrics of a run's best weights, or of a file with `--weights`. */
import { classifyImages } from '../../check/classify-images.ts';
import { describeData } from '../../data/dataset.ts';
import { TrainerError } from '../../data/trainer-error.ts';
import { classFigures } from '../../report/class-figures.ts';
import { describeTest } from '../../runtime/epoch-text.ts';
import { classTable } from '../class-table.ts';
import { metricsTable } from '../metrics-table.ts';
import { EXIT } from '../report.ts';
import type { Terminal } from '../terminal.ts';
import { type Trained, type TrainedOptions, tellSkipped, withTrained } from '../trained.ts';
import { loadDataOf } from './train.ts';

export interface EvaluationOptions extends TrainedOptions {
  /** That of the run unless given. */
  readonly data?: string;
  readonly part?: 'train' | 'test';
}

/** Reports what `withTrained` does, and CNN4140 to CNN4151. */
export function evaluate(path: string, options: EvaluationOptions, terminal: Terminal): Promise<number> {
  return withTrained(path, options, terminal, (trained) => measure(trained, options, terminal));
}

async function measure({ elaboration, trainer, record }: Trained, options: EvaluationOptions, terminal: Terminal) {
  const { json, part = 'test' } = options;
  const spec = options.data ?? record?.data.spec ?? elaboration.settings.data;
  const data = await loadDataOf(elaboration, spec, { skipBad: options.skipBad, onSkip: tellSkipped(terminal) });
  terminal.err(describeData(data));
  const images = data[part];
  if (!images.count)
    throw new TrainerError('CNN4144', `\`${spec}\` has no ${part} images`, 'name other data with `--data`');
  const result = await trainer.test(images);
  const { loss, correct, count, metrics = {} } = result;
  const classes = data.classes ?? record?.data.classes;
  const classified = await classifyImages(trainer, images);
  const figures = classified && classFigures(classified, classes);
  if (json) {
    const accuracy = correct === undefined ? {} : { accuracy: correct / count };
    terminal.out(`${JSON.stringify({ loss, ...accuracy, count, metrics, ...figures })}\n`);
    return EXIT.success;
  }
  const table = figures ? classTable(figures) : '';
  terminal.out(`${describeTest(result, part)}\n${metricsTable(metrics, classes)}${table}`);
  return EXIT.success;
}
