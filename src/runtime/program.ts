/**
 * @file A trainer module run as a program: `node lenet.js --data mnist:DIR --epochs 2`. Bundled with the readers of data and
 * all that only a program needs; modules carry it packed, see `start.ts`.
 */

import { printable } from '../common/printable.ts';
import { type Dataset, describeData, type Labels, sizeOf } from '../data/dataset.ts';
import { readBytes } from '../data/files.ts';
import { FORMATS, specificationOf } from '../data/formats.ts';
import { loadData } from '../data/load-data.ts';
import { nodeModule } from '../data/node-module.ts';
import { describeError, TrainerError } from '../data/trainer-error.ts';
import type { Compiled } from './executable.ts';
import { FRACTION_FORM, parseFraction, parseSaveEvery, SAVE_EVERY_FORM } from './option-text.ts';
import { loadWeights } from './start-weights.ts';
import { surviveLoss } from './survive-loss.ts';
import { takeImages } from './take-images.ts';
import { createTrainer } from './trainer.ts';
import type { Trainer } from './trainer-api.ts';
import { type Report, runTraining, type TrainingSettings } from './training-run.ts';

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;

const optionTypes = {
  ...{ data: text, epochs: text, batch: text, lr: text, seed: text, threads: text, out: text },
  ...{ validation: text, 'save-every': text, resume: flag, force: flag, weights: text, partial: flag, from: text },
  ...{ json: flag, predict: flag, help: flag },
} as const;

interface Settings extends TrainingSettings {
  readonly data: string;
  readonly predict: boolean;
  /** The module itself. */
  readonly url: string;
}

/** Wrong usage: exit status 2. */
class UsageError extends Error {}

function usage({ network, training }: Compiled, file: string): string {
  const formats = FORMATS.flatMap((format) => (format.read ? [specificationOf(format)] : []));
  return `usage: node ${file} [options]     trains ${network.name}
  --data SPEC    ${formats.join(', ')} (${training.data})
  --epochs N     epochs of the whole run (${training.epochs})
  --batch N      images per step, at most ${network.maxBatch} (${training.batch})
  --lr X         highest learning rate (${training.learningRate})
  --seed N       of initial values, order and dropout (${training.seed})
  --threads N    that compute, of a WebAssembly module (1)
  --validation P training images to hold out, such as 10%
  --out DIR      keep the run there: its place, its best weights, its log
  --resume       continue the run in the folder of --out
  --force        replace a run that is in the folder of --out
  --save-every T save the place this often: 30s, 5min, 500steps (1min)
  --weights FILE start from weights, or predict with them; also those of a run's folder
  --partial      take what fits of the weights
  --from FILE    the same as --weights FILE --partial
  --predict      predict the test images instead of training
  --json         one JSON object per line`;
}

function parseNumber(name: string, text: string | undefined, pattern: RegExp): number | undefined {
  if (text === undefined) return undefined;
  if (pattern.test(text) && Number(text) < Number.POSITIVE_INFINITY) return Number(text);
  throw new UsageError(`--${name} needs ${name === 'lr' ? 'a positive number' : 'a whole number'}, not \`${text}\``);
}

function parseText<Value>(
  name: keyof typeof optionTypes,
  text: string | undefined,
  parse: (text: string) => Value | undefined,
  form: string,
): Value | undefined {
  if (text === undefined) return undefined;
  const value = parse(text);
  if (value !== undefined) return value;
  throw new UsageError(`--${name} needs ${form}, not \`${text}\``);
}

const TRAINING_ONLY = ['epochs', 'batch', 'lr', 'out', 'force', 'validation', 'save-every', 'from'] as const;

/** Above 0. */
const wholeNumber = /^0*[1-9]\d*$/;

type Values = Readonly<{
  [Name in keyof typeof optionTypes]?: (typeof optionTypes)[Name]['type'] extends 'string' ? string : boolean;
}>;

/** Throws for options that decide nothing beside the others. */
function checkTogether(values: Values): void {
  const { resume, force, weights, out, predict, from, partial } = values;
  const starts = weights !== undefined || from !== undefined;
  if (out === undefined && (resume || force)) throw new UsageError(`--${resume ? 'resume' : 'force'} needs --out DIR`);
  if (out === undefined && values['save-every'] !== undefined) throw new UsageError('--save-every needs --out DIR');
  if (from !== undefined && (weights !== undefined || partial))
    throw new UsageError('--from FILE stands for --weights FILE --partial');
  if (partial && weights === undefined) throw new UsageError('--partial needs --weights FILE');
  if (resume && (force || starts)) throw new UsageError('--resume goes with neither --force nor --weights nor --from');
  if (predict && resume) throw new UsageError('--predict needs --weights FILE, not --resume');
  const idle = predict && TRAINING_ONLY.find((name) => values[name] !== undefined);
  if (idle) throw new UsageError(`--${idle} goes with training, not with --predict`);
}

async function parseSettings(
  args: string[],
  compiled: Compiled,
  url: string,
  file: string,
): Promise<Settings | undefined> {
  const { parseArgs } = await nodeModule('util');
  const parse = () => {
    try {
      return parseArgs({ args, options: optionTypes }).values;
    } catch (error) {
      const problem = (error as Error).message.split('. ')[0]!;
      const hint = '; --out DIR --resume continues a run, --weights FILE starts from weights';
      throw new UsageError(problem + (/\.safetensors/.test(problem) ? hint : ''));
    }
  };
  const values = parse();
  if (values.help) return undefined;
  checkTogether(values);
  const { resume, force, weights, out, predict, from } = values;
  return {
    data: values.data ?? compiled.training.data,
    epochs: parseNumber('epochs', values.epochs, wholeNumber),
    batch: parseNumber('batch', values.batch, wholeNumber),
    seed: parseNumber('seed', values.seed, /^-?\d+$/),
    threads: parseNumber('threads', values.threads, wholeNumber),
    lr: parseNumber('lr', values.lr, /^(?=.*[1-9])\d*\.?\d+(e[-+]?\d+)?$/i),
    validation: parseText('validation', values.validation, parseFraction, FRACTION_FORM),
    saveEvery: parseText('save-every', values['save-every'], parseSaveEvery, SAVE_EVERY_FORM),
    ...{ resume, force, weights, out, from, partial: values.partial, json: values.json, url },
    predict: predict ?? false,
    usual: { ...compiled.training, lr: compiled.training.learningRate },
    command: ['node', file, ...args],
  };
}

/** One line per test image: the class with the highest output, or all outputs. The number of images that have none. */
function printPredictions(trainer: Trainer, data: Dataset, { json }: Settings, report: Report): number {
  const { network } = trainer;
  const { test } = data;
  const target = Object.values(network.targets)[0];
  const [shape = []] = Object.values(network.outputs);
  const classes = target?.kind === 'class' && sizeOf(shape) === target.classes;
  let unsure = 0;
  for (let start = 0; start < test.count; start += network.maxBatch) {
    const count = Math.min(network.maxBatch, test.count - start);
    const indices = Int32Array.from({ length: count }, (_, n) => start + n);
    const part = takeImages(test, indices);
    const outputs = trainer.predict(part.images);
    const labels = part.labels as Labels;
    for (let n = 0; n < count; n++) {
      const output = Array.from(outputs.subarray((n * outputs.length) / count, ((n + 1) * outputs.length) / count));
      const best = output.indexOf(Math.max(...output));
      const predicted = classes && best >= 0 ? best : undefined;
      const image = start + n;
      if (best < 0) unsure++;
      const label = labels.length === count ? labels[n] : undefined;
      const words = predicted === undefined ? output.join(' ') : (data.classes?.[predicted] ?? predicted);
      report.out(`${json ? JSON.stringify({ image, label, predicted, output }) : `${image}  ${words}`}\n`);
    }
  }
  return unsure;
}

async function predict(trainer: Trainer, data: Dataset, settings: Settings, report: Report): Promise<number> {
  if (settings.weights === undefined)
    report.err('these are predictions of random weights; --weights FILE takes trained ones\n');
  await loadWeights(trainer, settings, report.err);
  const unsure = printPredictions(trainer, data, settings, report);
  if (unsure) report.err(`the outputs of ${unsure} of ${data.test.count} images are not numbers\n`);
  return unsure ? 1 : 0;
}

async function readModule(url: string): Promise<string> {
  const { fileURLToPath } = await nodeModule('url');
  return new TextDecoder().decode(await readBytes(fileURLToPath(url)));
}

async function run(compiled: Compiled, settings: Settings, report: Report): Promise<number> {
  const prepare = async () => {
    const { seed, threads, data: spec, url } = settings;
    const data = await loadData(spec, compiled);
    report.err(describeData(data));
    const trainer = await createTrainer(compiled, { seed, threads });
    return { data, trainer, run: { spec, options: {}, module: () => readModule(url) } };
  };
  if (!settings.predict) return runTraining(settings, report, prepare);
  const { data, trainer } = await prepare();
  try {
    return await predict(trainer, data, settings, report);
  } finally {
    trainer.dispose(); // threads keep the process alive
  }
}

function processReport(): Report {
  const { stdout, stderr } = process;
  const report: Report = {
    out: (text) => void stdout.write(printable(text)),
    err: (text) => void stderr.write(printable(text)),
    metrics: (metrics) =>
      Object.entries(metrics)
        .map(([name, value]) => `${name} ${JSON.stringify(value)}\n`)
        .join(''),
    // Whoever reads the output, such as `head`, may go.
    onLost: (code) => process.exit(code === 'EPIPE' ? 0 : 1),
  };
  surviveLoss(stdout, stderr, report);
  return report;
}

/** Trains or predicts as the command line says. Exit status: 1 for a mistake, 2 for wrong usage. */
export async function main(compiled: Compiled, moduleUrl: string): Promise<void> {
  const report = processReport();
  const file = moduleUrl.split('/').pop()!;
  const help = usage(compiled, file);
  try {
    const settings = await parseSettings(process.argv.slice(2), compiled, moduleUrl, file);
    if (settings) process.exitCode = await run(compiled, settings, report);
    else report.out(`${help}\n`);
  } catch (error) {
    const [text, status] = error instanceof UsageError ? [`${error.message}\n${help}`, 2] : [undefined, 1];
    const told = error instanceof TrainerError ? describeError(error) : `error: ${(error as Error)?.message ?? error}`;
    report.err(`${text ?? told}\n`);
    process.exitCode = status;
  }
}
