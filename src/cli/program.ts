/** @file The commands of `cnnc` and their options: the table of contents of the command line. */

import { Command, CommanderError, Option } from 'commander';
import { FIGURE_COLUMNS } from '../analysis/summary-bars.ts';
import { COLUMNS } from '../analysis/summary-columns.ts';
import { COMPILER_VERSION } from '../common/version.ts';
import { wrap } from '../diagnostics/display.ts';
import { DEFAULT_TARGET, TARGET_NAMES } from '../targets/targets.ts';
import {
  anyCode,
  columnNames,
  folders,
  fraction,
  inputShape,
  passName,
  positiveNumber,
  ruleCode,
  saveEvery,
  setting,
  skippedPass,
  wholeNumber,
} from './arguments.ts';
import { build } from './commands/build.ts';
import { check } from './commands/check.ts';
import { data } from './commands/data.ts';
import { diff } from './commands/diff.ts';
import { evaluate } from './commands/eval.ts';
import { explain } from './commands/explain.ts';
import { exportNetwork, exportWeights, isWeightFile, TOOLS, WEIGHT_FILES } from './commands/export.ts';
import { findRate } from './commands/find-lr.ts';
import { fix } from './commands/fix.ts';
import { fmt } from './commands/fmt.ts';
import { grad, gradcheck } from './commands/grad.ts';
import { GRAPH_FORMATS, graph } from './commands/graph.ts';
import { languageServer } from './commands/lsp.ts';
import { predict } from './commands/predict.ts';
import { summary } from './commands/summary.ts';
import { train } from './commands/train.ts';
import { tune } from './commands/tune.ts';
import { passTable } from './inspection.ts';
import { EXIT, reportFailure } from './report.ts';
import type { Terminal } from './terminal.ts';

type Finish = (status: number) => void;

/** Runs one command. Its exit status: 0 for success, 1 for a mistake in a file, 2 for wrong usage. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  let status: number = EXIT.success;
  const program = commandLine(['cnnc', ...args], terminal, (found) => {
    status = found;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.success : EXIT.usage;
    return reportFailure(error, args, terminal);
  }
  return status;
}

function commandLine(words: readonly string[], terminal: Terminal, finish: Finish): Command {
  const program = new Command('cnnc')
    .description('Compiles descriptions of convolutional networks to trainer modules that run anywhere.')
    .version(COMPILER_VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .exitOverride()
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      outputError: (text, write) => write(brokenLines(text, terminal.width)),
    })
    .showHelpAfterError('cnnc --help, or cnnc COMMAND --help, lists what there is');
  listPassesOption(program, terminal);
  addCheck(program, terminal, finish);
  addSummary(program, terminal, finish);
  addGraph(program, terminal, finish);
  addDiff(program, terminal, finish);
  addBuild(program, terminal, finish);
  addTrain(program, terminal, finish, words);
  addFindRate(program, terminal, finish);
  addTrained(program, terminal, finish);
  addData(program, terminal, finish);
  addTune(program, terminal, finish);
  addGradients(program, terminal, finish);
  addOthers(program, terminal, finish);
  return program;
}

/** No line is longer than the terminal is wide. */
function brokenLines(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => wrap(line, width).join('\n'))
    .join('\n');
}

/** Answered as soon as it is read, whatever else the command line says. */
function listPassesOption(command: Command, terminal: Terminal): void {
  command.addOption(internal('--list-passes', 'list the passes'));
  command.on('option:list-passes', () => {
    terminal.out(passTable());
    throw new CommanderError(EXIT.success, 'cnnc.passes', '');
  });
}

/** Listed behind the options of users. */
function internal(flags: string, description: string): Option {
  return new Option(flags, description).helpGroup('For compiler work:');
}

/** A command that needs the layers of a network, and runs no pass. */
function reading(program: Command, usage: string, summary: string): Command {
  return program
    .command(usage)
    .description(summary)
    .option('--set <name=value>', 'set a parameter of the network; may be repeated', setting)
    .option('--network <name>', 'which network of the file, if there are several')
    .option('--allow-imports <folder>', 'import from there too, not from the project alone; may be repeated', folders);
}

/** Of commands that tell advice. */
function allowOption(): Option {
  return new Option('--allow <code>', 'do not tell what a rule finds, such as CNN5005; may be repeated').argParser(
    ruleCode,
  );
}

/** A command that compiles one file or several. */
function compiling(program: Command, terminal: Terminal, usage: string, summary: string): Command {
  const command = reading(program, usage, summary)
    .addOption(allowOption())
    .addOption(
      internal('--dump <pass>', 'print the graph after a pass, after `all` or where it `changed`').argParser(
        passName('all', 'changed'),
      ),
    )
    .addOption(
      internal('--stop-after <pass>', 'print the graph after a pass and do nothing else').argParser(passName()),
    )
    .addOption(internal('--skip <pass>', 'leave out an optional pass; may be repeated').argParser(skippedPass))
    .addOption(internal('--verify', 'check the rules of the graph after every pass'))
    .addOption(internal('--time', 'print how long each pass took'));
  listPassesOption(command, terminal);
  return command;
}

function targetOption(): Option {
  return new Option('--target <target>', 'form of the kernels').choices(TARGET_NAMES).default(DEFAULT_TARGET);
}

function tuneOption(): Option {
  return new Option('--no-tune', 'ignore what `cnnc tune` has found');
}

const CHECK_STATUS = `
Exit status: 0 if all is well or there is only advice, 1 for an error or a warning, and for advice with
--strict. The other commands stop at errors only; they show warnings and advice and go on.`;

function addCheck(program: Command, terminal: Terminal, finish: Finish): void {
  compiling(program, terminal, 'check <files...>', 'report what is wrong with files, and advice')
    .addOption(new Option('--json', 'print the diagnostics as JSON').conflicts(['sarif']))
    .option('--sarif', 'print them as SARIF, with which code hosts annotate pull requests')
    .option('--strict', 'let advice fail as well')
    .addHelpText('after', CHECK_STATUS)
    .action(async (files, options, command) => {
      const { skip, dump, stopAfter, verify, time } = options;
      if (skip && !dump && !stopAfter && !verify && !time)
        command.error(
          "error: option '--skip' needs a look at the passes: '--dump', '--stop-after', '--verify' or '--time'",
        );
      finish(await check(files, options, terminal));
    });
}

const COLUMN_LIST = `
Columns:
${COLUMNS.map(({ name, doc }) => `  ${name.padEnd(18)}${doc}`).join('\n')}`;

function addSummary(program: Command, terminal: Terminal, finish: Finish): void {
  compiling(program, terminal, 'summary <file>', 'print the layers with parameters, multiply-adds and receptive fields')
    .addOption(new Option('--json', 'print JSON').conflicts(['csv', 'md']))
    .addOption(new Option('--csv', 'print CSV').conflicts(['md']))
    .option('--md', 'print Markdown')
    .option('--batch <n>', 'images per step, for the memory', wholeNumber(1))
    .option('--input <shape>', 'another size of the input, 3x320x320; NAME=3x320x320 of one of several', inputShape)
    .option('--depth <n>', 'one line for all layers whose names agree in their first n parts', wholeNumber(1))
    .option('--columns <names>', 'what is shown, as in name,op,flops,memory', columnNames)
    .addOption(
      new Option('--sort <figure>', 'layers with most of it first, with bars in the table')
        .choices(FIGURE_COLUMNS.map(({ name }) => name))
        .conflicts(['json']),
    )
    .addOption(
      new Option('--no-fold', 'list equal blocks in a row one by one').conflicts(['json', 'csv', 'md', 'sort']),
    )
    .addOption(
      new Option('--html <file>', 'write a page with all of it and the graph; `-` for standard output').conflicts([
        'json',
        'csv',
        'md',
        'depth',
        'columns',
        'sort',
      ]),
    )
    .addHelpText('after', COLUMN_LIST)
    .action(async (file, options) => finish(await summary(file, options, terminal)));
}

function addGraph(program: Command, terminal: Terminal, finish: Finish): void {
  reading(program, 'graph <file>', 'draw the layers, in boxes for their blocks')
    .addOption(allowOption())
    .option('-o, --output <file>', 'the picture; `-` for standard output (default: an SVG beside the source)')
    .addOption(new Option('--format <form>', 'whatever the name of the file says').choices(GRAPH_FORMATS))
    .option('--depth <n>', 'open blocks only n deep; 0 for a box for each', wholeNumber(0))
    .option('--no-fold', 'draw equal blocks in a row one by one')
    .addOption(
      new Option('--colors <scheme>', 'of SVG and PNG (default: SVG as its reader likes it)').choices([
        'light',
        'dark',
      ]),
    )
    .option('--input <shape>', 'another size of the input, 3x320x320; NAME=3x320x320 of one of several', inputShape)
    .action(async (file, options) => finish(await graph(file, options, terminal)));
}

function addDiff(program: Command, terminal: Terminal, finish: Finish): void {
  const usage = 'diff <before> [after]';
  reading(program, usage, 'compare two networks, or two settings of one: their layers and what these cost')
    .option('--set-before <name=value>', 'set a parameter of the first alone', setting)
    .option('--set-after <name=value>', 'set a parameter of the second alone', setting)
    .option('--network-before <name>', 'which network of the first file')
    .option('--network-after <name>', 'which network of the second file')
    .option('--batch <n>', 'images per step, for the memory', wholeNumber(1))
    .addOption(new Option('--json', 'print JSON').conflicts(['md', 'html']))
    .addOption(new Option('--md', 'print Markdown, for a pull request').conflicts(['html']))
    .option('--html <file>', 'write a page with both side by side; `-` for standard output')
    .action(async (before, after, options, command) => {
      const isTwice = after === undefined && !options.setBefore && !options.setAfter;
      if (isTwice && !options.networkBefore && !options.networkAfter)
        command.error("error: name a second file, or what differs in the same: '--set-after name=value'");
      finish(await diff([before, after ?? before], options, terminal));
    });
}

function addBuild(program: Command, terminal: Terminal, finish: Finish): void {
  compiling(program, terminal, 'build <file>', 'emit the trainer module and its declarations')
    .option('-o, --output <file>', 'the module; `-` for standard output (default: beside the source)')
    .addOption(targetOption())
    .addOption(new Option('--ts', 'emit TypeScript').conflicts(['minify']))
    .addOption(tuneOption())
    .option('--minify', 'make it small')
    .option('--no-program', 'for pages and bundlers: smaller, and not to be started with `node`')
    .option('--max-batch <n>', 'the largest batch that the module takes', wholeNumber(1))
    .action(async (file, options) => finish(await build(file, options, terminal)));
}

const SKIP_BAD = ['--skip-bad', 'leave out pictures that cannot be decoded, and name them'] as const;

/** `words`: the whole command, which the training names when it is interrupted. */
/** Options of `train` that decide nothing without another one. */
const NEEDS = [
  ['resume', 'out', "--resume' needs option '--out <folder>"],
  ['force', 'out', "--force' needs option '--out <folder>"],
  ['saveEvery', 'out', "--save-every' needs option '--out <folder>"],
  ['partial', 'weights', "--partial' needs option '--weights <file>"],
] as const;

function addTrain(program: Command, terminal: Terminal, finish: Finish, words: readonly string[]): void {
  const command = compiling(
    program,
    terminal,
    'train <file>',
    'compile and train; what is not given comes from the `train` block',
  )
    .addOption(targetOption())
    .addOption(tuneOption())
    .option('--data <spec>', 'digits, images:DIR, mnist:DIR, cifar10:DIR, cifar100:DIR, npz:FILE or csv:FILE')
    .option('--epochs <n>', 'epochs of the whole run', wholeNumber(1))
    .option('--batch <n>', 'images per step', wholeNumber(1))
    .option('--lr <x>', 'highest learning rate', positiveNumber)
    .option('--seed <n>', 'of initial weights, order and dropout', wholeNumber(Number.MIN_SAFE_INTEGER))
    .option('--threads <n>', 'threads; the results do not depend on them', wholeNumber(1))
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
    .option('--weights <file>', 'start from weights, from a checkpoint, or from the best of a run’s folder')
    .option('--partial', 'take what fits of the weights')
    .addOption(new Option('--from <file>', 'the same as --weights FILE --partial').conflicts(['weights', 'partial']))
    .option('--json', 'print one JSON object per epoch')
    .action(async (file, options) => {
      for (const [option, other, flags] of NEEDS)
        if (options[option] !== undefined && options[other] === undefined) command.error(`error: option '${flags}'`);
      finish(await train(file, options, words, terminal));
    });
}

function addFindRate(program: Command, terminal: Terminal, finish: Finish): void {
  const summary = 'train some steps at growing learning rates, and say which one suits; keeps nothing of it';
  const command = compiling(program, terminal, 'find-lr <file>', summary)
    .addOption(targetOption())
    .addOption(tuneOption())
    .option('--data <spec>', 'as for `train`; of its images those to train on')
    .option('--batch <n>', 'images per step', wholeNumber(1))
    .option('--seed <n>', 'of initial weights, order and dropout', wholeNumber(Number.MIN_SAFE_INTEGER))
    .option('--threads <n>', 'threads; the results do not depend on them', wholeNumber(1))
    .option('--weights <file>', 'start from weights, from a checkpoint, or from the best of a run’s folder')
    .option('--skip-bad', 'leave out pictures that cannot be decoded')
    .option('--from <x>', 'the first learning rate', positiveNumber, 1e-6)
    .option('--to <x>', 'the last one, unless the loss rises before', positiveNumber, 10)
    .option('--steps <n>', 'how many there are', wholeNumber(20), 200)
    .option('--json', 'print JSON')
    .option('--html <file>', 'write a page with the curve; `-` for standard output')
    .action(async (file, options) => {
      if (options.from >= options.to) command.error("error: '--from' is not below '--to'");
      if (options.json && options.html === '-') command.error("error: '--json' and '--html -' write to the same place");
      finish(await findRate(file, options, terminal));
    });
}

/** Options of commands that use what was trained. */
function trained(program: Command, terminal: Terminal, usage: string, summary: string): Command {
  return compiling(program, terminal, usage, summary)
    .option('--weights <file>', 'of a `.cnn` file; in place of the best of a run')
    .addOption(new Option('--target <target>', 'form of the kernels').choices(TARGET_NAMES))
    .option('--threads <n>', 'threads; the results do not depend on them', wholeNumber(1));
}

function addTrained(program: Command, terminal: Terminal, finish: Finish): void {
  trained(program, terminal, 'eval <run>', 'measure a run’s best weights, or a `.cnn` file with --weights')
    .option('--data <spec>', 'other data than that of the run')
    .option(...SKIP_BAD)
    .addOption(new Option('--part <part>', 'which of its images').choices(['train', 'test']).default('test'))
    .option('--json', 'print JSON')
    .action(async (run, options) => finish(await evaluate(run, options, terminal)));
  const command = trained(
    program,
    terminal,
    'predict <run> [images...]',
    'say what images show: pictures, `.npy` and IDX files, or folders of them',
  )
    .option('--data <spec>', 'the test images of a data set')
    .option(...SKIP_BAD)
    .option('--top <n>', 'how many classes to tell', wholeNumber(1), 3)
    .addOption(new Option('--json', 'print one JSON object per image').conflicts('csv'))
    .option('--csv', 'print one line of CSV per image, as for folders')
    .action(async (run, images, options) => {
      if (!images.length && options.data === undefined)
        command.error("error: name images, or data with '--data <spec>'");
      finish(await predict(run, images, options, terminal));
    });
  addExport(program, terminal, finish);
}

function addExport(program: Command, terminal: Terminal, finish: Finish): void {
  const exporting = compiling(
    program,
    terminal,
    'export <file>',
    'write a network for another tool (--to), or the best weights of a run to a file',
  )
    .addOption(new Option('--to <tool>', 'the network for this tool').choices(TOOLS))
    .requiredOption('-o, --output <file>', `the file; of weights alone, its name ends in ${WEIGHT_FILES.join(' or ')}`)
    .option('--weights <file>', 'with --to: write these weights beside the network; a file, or the folder of a run')
    .action(async (file, { to, ...options }) => {
      if (to) return finish(await exportNetwork(file, { to, ...options }, terminal));
      if (!isWeightFile(options.output))
        exporting.error(`error: the name of the output ends in ${WEIGHT_FILES.join(' or ')}, or '--to' names a tool`);
      const extra = Object.keys(options).filter((name) => name !== 'output');
      if (extra.length > 0) exporting.error(`error: option '--${extra[0]}' is about networks; add '--to <tool>'`);
      finish(await exportWeights(file, options, terminal));
    });
}

function addData(program: Command, terminal: Terminal, finish: Finish): void {
  reading(program, 'data <spec> [file]', 'say what a data set holds; with a file, as its network takes it')
    .addOption(allowOption())
    .option('--json', 'print JSON')
    .option('--contact-sheet <file>', 'draw some images of each class into a PNG file, augmented as for training')
    .action(async (spec, file, options) => finish(await data(spec, file, options, terminal)));
}

function addTune(program: Command, terminal: Terminal, finish: Finish): void {
  compiling(
    program,
    terminal,
    'tune <file>',
    'time other loops on this machine, and keep those that are faster for `build` and `train`',
  )
    .option('--seconds <n>', 'about how long to measure', positiveNumber, 30)
    .option('--json', 'print JSON')
    .action(async (file, options) => finish(await tune(file, options, terminal)));
}

function addGradients(program: Command, terminal: Terminal, finish: Finish): void {
  compiling(program, terminal, 'grad <file>', 'print the derived backward graph as mathematics').action(
    async (file, options) => finish(await grad(file, options, terminal)),
  );
  compiling(program, terminal, 'gradcheck <file>', 'compare the derived gradients with central differences')
    .option('--samples <n>', 'elements to compare of each parameter', wholeNumber(1))
    .option('--seed <n>', 'of the random inputs', wholeNumber(0))
    .option('--tolerance <x>', 'largest relative error', positiveNumber, 1e-6)
    .option('--json', 'print JSON')
    .action(async (file, options) => finish(await gradcheck(file, options, terminal)));
}

function addOthers(program: Command, terminal: Terminal, finish: Finish): void {
  reading(program, 'fix <files...>', 'make the changes that are certain, and say what each does to the network')
    .option('--code <code>', 'only what has this code, such as CNN5001; may be repeated', anyCode)
    .option('--dry-run', 'write nothing')
    .action(async (files, options) => finish(await fix(files, options, terminal)));
  program
    .command('fmt <files...>')
    .description('format files in place; `-` formats standard input')
    .option('--check', 'write nothing; fail if a file is not formatted')
    .action(async (files, options) => finish(await fmt(files, options, terminal)));
  program
    .command('lsp')
    .description('answer an editor on standard input and output: the language server')
    .option('--stdio', 'the only way there is; editors tend to ask for it')
    .action(languageServer);
  program
    .command('explain [word]')
    .description('say what a code, layer, function or setting means, or list all codes')
    .action((word) => finish(explain(word, terminal)));
}
