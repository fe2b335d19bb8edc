/** @file Commands that tell about a network. */

import { type Command, Option } from 'commander';
import { COLUMN_DOCS, FIGURES } from '../../analysis/column-names.ts';
import { table } from '../../common/table.ts';
import { cellPlace, inputShape, positiveNumber, setting, wholeNumber } from '../arguments.ts';
import { GRAPH_FORMATS } from '../forms.ts';
import { columnNames, LateOption } from '../late-arguments.ts';
import type { Terminal } from '../terminal.ts';
import type { Finish } from './shared-options.ts';
import { allowOption, blockOption, compiling, reading, targetOption } from './shared-options.ts';

const CHECK_STATUS = `
Exit status: 0 if all is well or there is only advice, 1 for an error or a warning, and for advice with
--strict. The other commands stop at errors only; they show warnings and advice and go on.`;

export function addCheck(program: Command, terminal: Terminal, finish: Finish): void {
  compiling(program, 'check <files...>', 'report what is wrong with files, and advice')
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
      const { check } = await import('../commands/check.ts');
      finish(await check(files, options, terminal));
    });
}

const COLUMN_LIST = `
Columns:
${table([{ least: 16 }, {}], Object.entries(COLUMN_DOCS), { indent: '  ' }).join('\n')}`;

export function addSummary(program: Command, terminal: Terminal, finish: Finish): void {
  compiling(program, 'summary <file>', 'print the layers with parameters, multiply-adds and receptive fields')
    .addOption(new Option('--json', 'print JSON').conflicts(['csv', 'md']))
    .addOption(new Option('--csv', 'print CSV').conflicts(['md']))
    .option('--md', 'print Markdown')
    .option('--batch <n>', 'images per step, for the memory', wholeNumber(1))
    .addOption(blockOption())
    .option('--input <shape>', 'another size of the input, 3x320x320; NAME=3x320x320 of one of several', inputShape)
    .option('--depth <n>', 'one line for all layers whose names agree in their first n parts', wholeNumber(1))
    .addOption(new Option('--by-operator', 'one line for all layers of an operator').conflicts(['depth', 'html']))
    .addOption(new LateOption('--columns <names>', 'what is shown, as in name,op,flops,memory', columnNames))
    .addOption(
      new Option('--sort <figure>', 'layers with most of it first, with bars in the table')
        .choices(FIGURES)
        .conflicts(['json']),
    )
    .addOption(
      new Option('--no-fold', 'list equal blocks in a row one by one').conflicts(['json', 'csv', 'md', 'sort']),
    )
    .addOption(
      new Option('--cell <place>', 'what a place of a map sees: conv2:3,4, or conv2 for its middle')
        .argParser(cellPlace)
        .conflicts(['csv', 'md', 'depth', 'columns', 'sort', 'html']),
    )
    .addOption(
      new Option(
        '--effective [picture]',
        'with --cell: where its gradient falls, from random weights; also as an SVG or PNG',
      ),
    )
    .addOption(
      new Option('--sizes', 'the sizes of the input at which every layer works').conflicts([
        'csv',
        'md',
        'depth',
        'columns',
        'sort',
        'html',
        'cell',
      ]),
    )
    .addOption(
      new Option(
        '--calibrate [file]',
        'measure this machine, which takes seconds, and estimate times; with a file, what it says, or kept there',
      ).conflicts(['cell', 'sizes', 'html']),
    )
    .addOption(targetOption())
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
    .action(async (file, options, command) => {
      if (options.effective && !options.cell)
        command.error("error: option '--effective' is about a place of a map: '--cell LAYER'");
      const timed = options.sort === 'time' ? '--sort time' : options.columns?.includes('time') && '--columns …,time';
      if (timed && !options.calibrate)
        command.error(`error: option '${timed}' needs a measure of this machine: '--calibrate'`);
      if (options.sizes) {
        const { sizes } = await import('../commands/sizes.ts');
        return finish(await sizes(file, options, terminal));
      }
      const { summary } = await import('../commands/summary.ts');
      finish(await summary(file, options, terminal));
    });
}

export function addGraph(program: Command, terminal: Terminal, finish: Finish): void {
  reading(program, 'graph <file>', 'draw the layers, in boxes for their blocks')
    .addOption(allowOption())
    .addOption(blockOption())
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
    .action(async (file, options) => {
      const { graph } = await import('../commands/graph.ts');
      finish(await graph(file, options, terminal));
    });
}

export function addDiff(program: Command, terminal: Terminal, finish: Finish): void {
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
      const { diff } = await import('../commands/diff.ts');
      finish(await diff([before, after ?? before], options, terminal));
    });
}

export function addGrad(program: Command, terminal: Terminal, finish: Finish): void {
  compiling(program, 'grad <file>', 'print the derived backward graph as mathematics').action(async (file, options) => {
    const { grad } = await import('../commands/grad.ts');
    finish(await grad(file, options, terminal));
  });
}

export function addGradcheck(program: Command, terminal: Terminal, finish: Finish): void {
  compiling(program, 'gradcheck <file>', 'compare the derived gradients with central differences')
    .option('--samples <n>', 'elements to compare of each parameter', wholeNumber(1))
    .option('--seed <n>', 'of the random inputs', wholeNumber(0))
    .option('--tolerance <x>', 'largest relative error', positiveNumber, 1e-6)
    .option('--json', 'print JSON')
    .action(async (file, options) => {
      const { gradcheck } = await import('../commands/grad.ts');
      finish(await gradcheck(file, options, terminal));
    });
}
