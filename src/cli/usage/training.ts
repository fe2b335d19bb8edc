/** @file Commands that train, and use what was trained. */

import { type Command, Option } from 'commander';
import { FORMATS, specificationOf } from '../../data/formats.ts';
import { TARGET_NAMES } from '../../targets/target.ts';
import { fraction, positiveNumber, saveEvery, wholeNumber } from '../arguments.ts';
import type { Terminal } from '../terminal.ts';
import type { Finish } from './shared-options.ts';
import { allowOption, compiling, mapOption, reading, targetOption, tuneOption } from './shared-options.ts';

const SKIP_BAD = ['--skip-bad', 'leave out pictures that cannot be decoded, and name them'] as const;

/** Options of `train` that decide nothing without another one. */
const NEEDS = [
  ['resume', 'out', "--resume' needs option '--out <folder>"],
  ['force', 'out', "--force' needs option '--out <folder>"],
  ['saveEvery', 'out', "--save-every' needs option '--out <folder>"],
  ['tensorboard', 'out', "--tensorboard' needs option '--out <folder>"],
  ['watch', 'out', "--watch' needs option '--out <folder>"],
  ['report', 'out', "--report' needs option '--out <folder>"],
  ['partial', 'weights', "--partial' needs option '--weights <file>"],
] as const;

/** `words`: the whole command, which the training names when it is interrupted. */
export function addTrain(program: Command, terminal: Terminal, finish: Finish, words: readonly string[]): void {
  const command = compiling(
    program,
    'train <file>',
    'compile and train; what is not given comes from the `train` block',
  )
    .addOption(targetOption())
    .addOption(tuneOption())
    .option('--data <spec>', FORMATS.map(specificationOf).join(', '))
    .option('--epochs <n>', 'epochs of the whole run', wholeNumber(1))
    .option('--batch <n>', 'images per step', wholeNumber(1))
    .option('--lr <x>', 'highest learning rate', positiveNumber)
    .option('--seed <n>', 'of initial weights, order and dropout', wholeNumber(Number.MIN_SAFE_INTEGER))
    .option('--threads <n>', 'threads; the results do not depend on them', wholeNumber(1))
    .addOption(
      new Option(
        '--device <device>',
        'what trains: the processor, a graphics card by the npm package `webgpu`, or the faster one',
      )
        .choices(['cpu', 'webgpu', 'auto'])
        .default('cpu'),
    )
    .option('--wide', 'try kernels of 256 bits, an experiment of Node 24 on x64: the same results, sooner')
    .option(...SKIP_BAD)
    .option('--validation <part>', 'training images to hold out, such as 10%', fraction)
    .option('--out <folder>', 'keep the run there: its place, its best weights, its log')
    .addOption(
      new Option('--resume', 'continue the run in the folder of --out').conflicts([
        ...['force', 'weights', 'partial', 'from'],
      ]),
    )
    .option('--force', 'replace a run that is in the folder of --out')
    .option('--save-every <time>', 'save the place this often: 30s, 5min, 500steps (default: 1min)', saveEvery)
    .addOption(new Option('--report <when>', 'write report.html while training goes on, too').choices(['live']))
    .option('--tensorboard', 'write event files for TensorBoard, too')
    .option('--watch', 'record what the layers do: dead units, saturation, norms of weights and gradients')
    .option('--weights <file>', 'start from weights, from a checkpoint, or from the best of a run’s folder')
    .option('--partial', 'take what fits of the weights')
    .addOption(new Option('--from <file>', 'the same as --weights FILE --partial').conflicts(['weights', 'partial']))
    .addOption(mapOption())
    .option('--json', 'print one JSON object per epoch')
    .action(async (file, options) => {
      if (options.map && options.weights === undefined && options.from === undefined)
        command.error("error: option '--map' needs option '--weights <file>' or '--from <file>'");
      if (options.device !== 'cpu' && command.getOptionValueSource('target') === 'cli')
        command.error(`error: option '--target <target>' is for '--device cpu': a graphics card has its own kernels`);
      for (const [option, other, flags] of NEEDS)
        if (options[option] !== undefined && options[other] === undefined) command.error(`error: option '${flags}'`);
      const { train } = await import('../commands/train.ts');
      finish(await train(file, options, words, terminal));
    });
}

export function addFindRate(program: Command, terminal: Terminal, finish: Finish): void {
  const summary = 'train some steps at growing learning rates, and say which one suits; keeps nothing of it';
  const command = compiling(program, 'find-lr <file>', summary)
    .addOption(targetOption())
    .addOption(tuneOption())
    .option('--data <spec>', 'as for `train`; of its images those to train on')
    .option('--batch <n>', 'images per step', wholeNumber(1))
    .option('--seed <n>', 'of initial weights, order and dropout', wholeNumber(Number.MIN_SAFE_INTEGER))
    .option('--threads <n>', 'threads; the results do not depend on them', wholeNumber(1))
    .option('--weights <file>', 'start from weights, from a checkpoint, or from the best of a run’s folder')
    .addOption(mapOption())
    .option('--skip-bad', 'leave out pictures that cannot be decoded')
    .option('--from <x>', 'the first learning rate', positiveNumber, 1e-6)
    .option('--to <x>', 'the last one, unless the loss rises before', positiveNumber, 10)
    .option('--steps <n>', 'how many there are', wholeNumber(20), 200)
    .option('--json', 'print JSON')
    .option('--html <file>', 'write a page with the curve; `-` for standard output')
    .action(async (file, options) => {
      if (options.from >= options.to) command.error("error: '--from' is not below '--to'");
      if (options.json && options.html === '-') command.error("error: '--json' and '--html -' write to the same place");
      const { findRate } = await import('../commands/find-lr.ts');
      finish(await findRate(file, options, terminal));
    });
}

/** Options of commands that use what was trained. */
function trained(program: Command, usage: string, summary: string): Command {
  return compiling(program, usage, summary)
    .option('--weights <file>', 'of a `.cnn` file; in place of the best of a run')
    .addOption(mapOption())
    .addOption(new Option('--target <target>', 'form of the kernels').choices(TARGET_NAMES))
    .option('--threads <n>', 'threads; the results do not depend on them', wholeNumber(1));
}

export function addEval(program: Command, terminal: Terminal, finish: Finish): void {
  trained(program, 'eval <run>', 'measure a run’s best weights, or a `.cnn` file with --weights')
    .option('--data <spec>', 'other data than that of the run')
    .option(...SKIP_BAD)
    .addOption(new Option('--part <part>', 'which of its images').choices(['train', 'test']).default('test'))
    .option('--json', 'print JSON')
    .action(async (run, options) => {
      const { evaluate } = await import('../commands/eval.ts');
      finish(await evaluate(run, options, terminal));
    });
}

export function addPredict(program: Command, terminal: Terminal, finish: Finish): void {
  const command = trained(
    program,
    'predict <run> [images...]',
    'say what images show: pictures, `.npy` and IDX files, or folders of them',
  )
    .option('--data <spec>', 'the test images of a data set')
    .option(...SKIP_BAD)
    .option('--top <n>', 'how many classes to tell (default: 3; in CSV 1)', wholeNumber(1))
    .addOption(new Option('--json', 'print one JSON object per image').conflicts('csv'))
    .option('--csv', 'print one line of CSV per image, as for folders')
    .action(async (run, images, options) => {
      if (!images.length && options.data === undefined)
        command.error("error: name images, or data with '--data <spec>'");
      const { predict } = await import('../commands/predict.ts');
      finish(await predict(run, images, options, terminal));
    });
}

export function addReport(program: Command, terminal: Terminal, finish: Finish): void {
  trained(program, 'report <run>', 'make the page of a run again: curves, confusions, filters, feature maps')
    .option('--data <spec>', 'other data than that of the run')
    .option(...SKIP_BAD)
    .action(async (run, options) => {
      const { report } = await import('../commands/report.ts');
      finish(await report(run, options, terminal));
    });
}

export function addData(program: Command, terminal: Terminal, finish: Finish): void {
  reading(program, 'data <spec> [file]', 'say what a data set holds; with a file, as its network takes it')
    .addOption(allowOption())
    .option('--json', 'print JSON')
    .option('--contact-sheet <file>', 'draw some images of each class into a PNG file, augmented as for training')
    .action(async (spec, file, options) => {
      const { data } = await import('../commands/data.ts');
      finish(await data(spec, file, options, terminal));
    });
}
