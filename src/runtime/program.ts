/** @file A trainer module run as a program: `node lenet.js --data mnist:DIR --epochs 2`. */

import { type Dataset, type Labels, sizeOf } from '../data/dataset.ts';
import { nodeModule, readBytes } from '../data/files.ts';
import { loadWith } from '../data/load-with.ts';
import { describeError, TrainerError } from '../data/trainer-error.ts';
import { writeFiles } from '../data/write-files.ts';
import type { StepResult } from './engine.ts';
import type { Compiled } from './executable.ts';
import type { EpochResult, FitOptions } from './fit.ts';
import { takeImages } from './run-data.ts';
import { createTrainer, type Trainer } from './trainer.ts';

const optionTypes = {
  data: { type: 'string' },
  epochs: { type: 'string' },
  batch: { type: 'string' },
  seed: { type: 'string' },
  threads: { type: 'string' },
  lr: { type: 'string' },
  out: { type: 'string' },
  resume: { type: 'string' },
  json: { type: 'boolean' },
  predict: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

interface Settings extends Pick<FitOptions, 'epochs' | 'batch' | 'lr' | 'seed'> {
  readonly data: string;
  readonly out?: string;
  readonly resume?: string;
  readonly json: boolean;
  readonly predict: boolean;
  readonly threads?: number;
}

/** Wrong usage: exit status 2. */
class UsageError extends Error {}

function usage({ network, training }: Compiled, file: string): string {
  return `usage: node ${file} [options]     trains ${network.name}
  --data SPEC    digits, mnist:DIR, cifar10:DIR, cifar100:DIR, csv:FILE, npz:FILE (${training.data})
  --epochs N     epochs of the whole run (${training.epochs})
  --batch N      images per step, at most ${network.maxBatch} (${training.batch})
  --lr X         highest learning rate (${training.learningRate})
  --seed N       of initial values, order and dropout (${training.seed})
  --threads N    that compute, of a WebAssembly module (1)
  --out FILE     write a checkpoint after every epoch
  --resume FILE  continue from a checkpoint, or start from weights
  --predict      predict the test images instead of training
  --json         one JSON object per line`;
}

function parseNumber(name: string, text: string | undefined, pattern: RegExp): number | undefined {
  if (text === undefined) return undefined;
  if (pattern.test(text) && Number(text) < Number.POSITIVE_INFINITY) return Number(text);
  throw new UsageError(`--${name} needs ${name === 'lr' ? 'a positive number' : 'a whole number'}, not \`${text}\``);
}

/** Above 0. */
const wholeNumber = /^0*[1-9]\d*$/;

async function parseSettings(args: string[], compiled: Compiled): Promise<Settings | undefined> {
  const { parseArgs } = await nodeModule('util');
  const parse = () => {
    try {
      return parseArgs({ args, options: optionTypes }).values;
    } catch (error) {
      throw new UsageError((error as Error).message.split('. ')[0]);
    }
  };
  const values = parse();
  if (values.help) return undefined;
  return {
    data: values.data ?? compiled.training.data,
    epochs: parseNumber('epochs', values.epochs, wholeNumber),
    batch: parseNumber('batch', values.batch, wholeNumber),
    seed: parseNumber('seed', values.seed, /^-?\d+$/),
    threads: parseNumber('threads', values.threads, wholeNumber),
    lr: parseNumber('lr', values.lr, /^(?=.*[1-9])\d*\.?\d+(e[-+]?\d+)?$/i),
    out: values.out,
    resume: values.resume,
    json: values.json ?? false,
    predict: values.predict ?? false,
  };
}

function percent(fraction: number | undefined): string {
  return fraction === undefined ? '' : `  accuracy ${(100 * fraction).toFixed(2)} %`;
}

/** One line of text per epoch, loss and accuracy of each part, within 80 columns. */
export function describeEpoch(result: EpochResult, epochs: number): string {
  const { epoch, trainLoss, trainAccuracy, testLoss, testAccuracy, seconds, imagesPerSecond } = result;
  const part = (name: string, loss: number, accuracy?: number) =>
    `${name} ${loss.toFixed(4)}${accuracy === undefined ? '' : ` ${(100 * accuracy).toFixed(2)} %`}`;
  const losses = `${part('train', trainLoss, trainAccuracy)}  ${part('test', testLoss, testAccuracy)}`;
  return `epoch ${epoch}/${epochs}  ${losses}  ${seconds.toFixed(1)} s  ${Math.round(imagesPerSecond)} images/s`;
}

export function describeTest({ loss, correct, count }: StepResult): string {
  return `test loss ${loss.toFixed(4)}${percent(correct === undefined ? undefined : correct / count)}  (${count} images)`;
}

/** One line per test image: the class with the highest output, or all outputs. */
function printPredictions(trainer: Trainer, data: Dataset, settings: Settings): void {
  const { network } = trainer;
  const { test } = data;
  const target = Object.values(network.targets)[0];
  const [shape = []] = Object.values(network.outputs);
  const classes = target?.kind === 'class' && sizeOf(shape) === target.classes;
  for (let start = 0; start < test.count; start += network.maxBatch) {
    const count = Math.min(network.maxBatch, test.count - start);
    const indices = Int32Array.from({ length: count }, (_, n) => start + n);
    const part = takeImages(test, indices);
    const outputs = trainer.predict(part.images);
    const labels = part.labels as Labels;
    for (let n = 0; n < count; n++) {
      const output = Array.from(outputs.subarray((n * outputs.length) / count, ((n + 1) * outputs.length) / count));
      const predicted = classes ? output.indexOf(Math.max(...output)) : undefined;
      const image = start + n;
      if (settings.json)
        console.log(
          JSON.stringify({ image, label: labels.length === count ? labels[n] : undefined, predicted, output }),
        );
      else
        console.log(
          `${image}  ${predicted === undefined ? output.join(' ') : (data.classes?.[predicted] ?? predicted)}`,
        );
    }
  }
}

/** The first Ctrl-C stops between two steps, so that `--out` holds the place; the second kills. */
function stopOnInterrupt(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  return controller.signal;
}

async function train(trainer: Trainer, data: Dataset, settings: Settings, compiled: Compiled): Promise<void> {
  const { epochs, batch, lr, seed, json, out } = settings;
  const signal = stopOnInterrupt();
  const save = async () => {
    if (out) await writeFiles(new Map([[out, trainer.save()]]));
  };
  let last: EpochResult | undefined;
  let planned = epochs ?? compiled.training.epochs;
  const onProgress = (progress: { epochs: number }) => {
    planned = progress.epochs;
  };
  for await (last of trainer.fit(data, { epochs, batch, lr, seed, signal, onProgress })) {
    console.log(json ? JSON.stringify(last) : describeEpoch(last, planned));
    await save();
  }
  if (signal.aborted) {
    await save();
    console.error(out ? `interrupted; continue with --resume ${out}` : 'interrupted');
    process.exitCode = 130;
  } else if (!json || !last) {
    const test = await trainer.test(data.test);
    console.log(
      json ? JSON.stringify({ testLoss: test.loss, testAccuracy: test.correct! / test.count }) : describeTest(test),
    );
    if (test.metrics && !json) console.log(test.metrics);
  }
}

async function run(compiled: Compiled, settings: Settings): Promise<void> {
  const { seed, threads, resume } = settings;
  const trainer = await createTrainer(compiled, { seed, threads });
  try {
    if (resume) trainer.load(await readBytes(resume));
    const data = await loadWith(settings.data, compiled, compiled.parts?.readers);
    if (settings.predict) printPredictions(trainer, data, settings);
    else await train(trainer, data, settings, compiled);
  } finally {
    // Threads keep the process alive.
    trainer.dispose();
  }
}

/**
 * Whether the module is what Node, Deno or Bun was started with, and not imported by it, by a worker, or bundled into
 * another program: a bundle has the address of the program, but does not export the network.
 */
async function isProgram({ network }: Compiled, moduleUrl: string): Promise<boolean> {
  const started = globalThis.process?.argv?.[1];
  if (!started || !moduleUrl.startsWith('file:')) return false;
  const { isMainThread } = await nodeModule('worker_threads');
  const { realpath } = await nodeModule('fs/promises');
  const { fileURLToPath } = await nodeModule('url');
  const path = (name: string) => realpath(name).catch(() => realpath(`${name}.js`).catch(() => ''));
  if (!isMainThread || (await path(started)) !== (await path(fileURLToPath(moduleUrl)))) return false;
  return (await import(moduleUrl)).network === network;
}

/** Trains or predicts as the command line says, if the module is the program. Exit status: 1 for a mistake, 2 for wrong usage. */
export async function main(compiled: Compiled, moduleUrl: string): Promise<void> {
  if (!(await isProgram(compiled, moduleUrl).catch(() => false))) return;
  process.stdout.on('error', () => process.exit()); // whoever read the output, such as `head`, has gone
  const help = usage(compiled, moduleUrl.split('/').pop()!);
  try {
    const settings = await parseSettings(process.argv.slice(2), compiled);
    if (settings) await run(compiled, settings);
    else console.log(help);
  } catch (error) {
    const [text, status] = error instanceof UsageError ? [`${error.message}\n${help}`, 2] : [undefined, 1];
    console.error(
      text ?? (error instanceof TrainerError ? describeError(error) : `error: ${(error as Error)?.message ?? error}`),
    );
    process.exitCode = status;
  }
}
