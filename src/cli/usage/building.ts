/** @file Commands that make files of a network. */

import { type Command, Option } from 'commander';
import { DEFAULT_TARGET, TRAINER_TARGET_NAMES } from '../../targets/target.ts';
import { inputShape, positiveNumber, wholeNumber } from '../arguments.ts';
import { isWeightFile, TOOL_OPTIONS, TOOLS, WEIGHT_FILES } from '../forms.ts';
import type { Terminal } from '../terminal.ts';
import type { Finish } from './shared-options.ts';
import { compiling, mapOption, tuneOption } from './shared-options.ts';

export function addBuild(program: Command, terminal: Terminal, finish: Finish): void {
  const building = compiling(
    program,
    'build <file>',
    'emit the trainer module, or one that only predicts (--inference), and its declarations',
  )
    .option('-o, --output <file>', 'the module; `-` for standard output (default: beside the source)')
    .addOption(
      new Option(
        '--target <target>',
        'form of the kernels; `webgpu`: for graphics cards, in a page; `auto`: for these and `wasm`, the faster is taken',
      )
        .choices(TRAINER_TARGET_NAMES)
        .default(DEFAULT_TARGET),
    )
    .addOption(new Option('--ts', 'emit TypeScript').conflicts(['minify']))
    .addOption(tuneOption())
    .option('--minify', 'make it small')
    .option('--worker', 'can train in a worker: the module exports `createTrainerWorker`, too')
    .option('--wide', 'with kernels of 256 bits beside those of 128: `createTrainer({ wide: true })` tries them')
    .option('--no-program', 'for pages and bundlers: smaller, and not to be started with `node`')
    .option('--max-batch <n>', 'the largest batch that the module takes', wholeNumber(1))
    .addOption(
      new Option('--inference', 'emit a module that only predicts; the file may be the folder of a run').conflicts([
        'ts',
        'worker',
        'wide',
        'maxBatch',
      ]),
    )
    .option('--weights <file>', 'with --inference: put these weights into the module; a file, or the folder of a run')
    .addOption(mapOption())
    .addOption(
      new Option('--weights-as <form>', 'with --inference: how they lie in it').choices(['f32', 'f16', 'int8']),
    )
    .option('--data <spec>', 'with --weights-as: tell on these images what predictions lose by it')
    .option(
      '--batch <n>',
      'with --inference: images at a time; `auto` (default) is fast for one and for many',
      batchSize,
    )
    .option(
      '--threads <n>',
      'with --inference: the most that may compute an image together (8; small networks: 1)',
      wholeNumber(1),
    )
    .addOption(
      new Option('--pictures [how]', 'with --inference: pictures of any size are taken, and resized')
        .choices(['cover', 'contain', 'stretch'])
        .preset('cover'),
    )
    .action(async (file, { inference, ...options }) => {
      if (inference && (options.target === 'webgpu' || options.target === 'auto'))
        building.error(`error: option '--target ${options.target}' is for modules that train, not with '--inference'`);
      const { data, weightsAs } = options;
      if (data !== undefined && !(inference && (weightsAs === 'f16' || weightsAs === 'int8')))
        building.error(
          "error: option '--data' is for weights that are rounded, '--inference --weights-as f16' or 'int8'",
        );
      if (inference) {
        const { buildPredictor } = await import('../commands/build-predictor.ts');
        return finish(await buildPredictor(file, options, terminal));
      }
      const extra = ['weights', 'map', 'weights-as', 'batch', 'threads', 'pictures'].filter(
        (name) => camelCase(name) in options,
      );
      if (extra.length > 0) building.error(`error: option '--${extra[0]}' is about predicting; add '--inference'`);
      const { build } = await import('../commands/build.ts');
      finish(await build(file, options, terminal));
    });
}

function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** How many images a module that only predicts computes at a time. */
function batchSize(text: string): number | 'auto' {
  return text === 'auto' ? text : wholeNumber(1)(text);
}

export function addExport(program: Command, terminal: Terminal, finish: Finish): void {
  const exporting = compiling(
    program,
    'export <file>',
    'write a network for another tool (--to), or the best weights of a run, or those of another tool, to a file',
  )
    .addOption(new Option('--to <tool>', 'the network for this tool').choices(TOOLS))
    .requiredOption('-o, --output <file>', `the file; of weights alone, its name ends in ${WEIGHT_FILES.join(' or ')}`)
    .option('--weights <file>', 'with --to: write these weights with the network; a file, or the folder of a run')
    .addOption(mapOption())
    .option('--batch <n>', 'with --to onnx: for so many images; any number unless given', wholeNumber(1))
    .addOption(
      new Option('--fold', 'with --to onnx: make batch norms a part of the convolutions before them').conflicts(
        'train',
      ),
    )
    .addOption(
      new Option('--heads', 'with --to onnx: layers that only the loss reads, too, as outputs').conflicts('train'),
    )
    .option('--train', 'with --to onnx: a step of training, its states beside it')
    .action(async (file, { to, ...options }) => {
      const foreign = Object.keys(options).find((name) => to && to !== (TOOL_OPTIONS[name] ?? to));
      if (foreign) exporting.error(`error: option '--${foreign}' is for '--to ${TOOL_OPTIONS[foreign]}'`);
      const { exportNetwork, exportWeights } = await import('../commands/export.ts');
      if (to) return finish(await exportNetwork(file, { to, ...options }, terminal));
      if (!isWeightFile(options.output))
        exporting.error(`error: the name of the output ends in ${WEIGHT_FILES.join(' or ')}, or '--to' names a tool`);
      const extra = Object.keys(options).filter((name) => name !== 'output' && name !== 'map');
      if (extra.length > 0) exporting.error(`error: option '--${extra[0]}' is about networks; add '--to <tool>'`);
      finish(await exportWeights(file, options, terminal));
    });
}

export function addImport(program: Command, terminal: Terminal, finish: Finish): void {
  program
    .command('import <file>')
    .description(
      'read a network of another tool (.onnx, .cfg of Darknet, .prototxt of Caffe, .json or .keras of Keras): a text, its weights beside it',
    )
    .requiredOption('-o, --output <file>', 'the text; weights are written to NAME.safetensors beside it')
    .option(
      '--input <shape>',
      'what the model leaves open of its input, 3x320x320; NAME=3x320x320 of one of several',
      inputShape,
    )
    .option('--unbatched', 'the first dimension of inputs counts no images: each is one tensor')
    .option('--weights <file>', 'of a .cfg those in a .weights of Darknet, of Keras its variables in an .npz')
    .action(async (file, options) => {
      const { importNetwork } = await import('../commands/import.ts');
      finish(await importNetwork(file, options, terminal));
    });
}

export function addTune(program: Command, terminal: Terminal, finish: Finish): void {
  compiling(
    program,
    'tune <file>',
    'time other loops on this machine, and keep those that are faster for `build` and `train`',
  )
    .option('--seconds <n>', 'about how long to measure', positiveNumber, 30)
    .option('--json', 'print JSON')
    .action(async (file, options) => {
      const { tune } = await import('../commands/tune.ts');
      finish(await tune(file, options, terminal));
    });
}
