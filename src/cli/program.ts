/** @file The commands of `cnnc`: the table of contents of the command line. */

import { Command, CommanderError } from 'commander';
import { COMPILER_VERSION } from '../common/version.ts';
import { wrap } from '../diagnostics/display.ts';
import { EXIT, reportFailure } from './report.ts';
import type { Terminal } from './terminal.ts';
import { addCheck, addDiff, addGradients, addGraph, addSummary } from './usage/analysing.ts';
import { addBuild, addExport, addImport, addTune } from './usage/building.ts';
import { type Finish, listPassesOption } from './usage/shared-options.ts';
import { addData, addFindRate, addTrain, addTrained } from './usage/training.ts';
import { addOthers } from './usage/writing.ts';

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
  addExport(program, terminal, finish);
  addImport(program, terminal, finish);
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
