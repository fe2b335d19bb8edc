/** @file The commands of `cnnc`: the table of contents of the command line. */

import { Command, CommanderError } from 'commander';
import { COMPILER_VERSION } from '../common/version.ts';
import { wrap } from '../diagnostics/display.ts';
import { readLateOptions } from './late-arguments.ts';
import { EXIT, reportFailure } from './report.ts';
import type { Terminal } from './terminal.ts';
import { addCheck, addDiff, addGrad, addGradcheck, addGraph, addSummary } from './usage/analysing.ts';
import { addBuild, addExport, addImport, addTune } from './usage/building.ts';
import { type Finish, listPassesOption, PASSES_ASKED } from './usage/shared-options.ts';
import { addData, addEval, addFindRate, addPredict, addReport, addTrain } from './usage/training.ts';
import { addExplain, addFix, addFmt, addLsp } from './usage/writing.ts';

type Add = (program: Command, terminal: Terminal, finish: Finish, words: readonly string[]) => void;

/** In the order of the help. What a command does is loaded when it runs (`import` in its action). */
const COMMANDS: ReadonlyMap<string, Add> = new Map<string, Add>([
  ['check', addCheck],
  ['summary', addSummary],
  ['graph', addGraph],
  ['diff', addDiff],
  ['build', addBuild],
  ['train', addTrain],
  ['find-lr', addFindRate],
  ['eval', addEval],
  ['predict', addPredict],
  ['report', addReport],
  ['export', addExport],
  ['import', addImport],
  ['data', addData],
  ['tune', addTune],
  ['grad', addGrad],
  ['gradcheck', addGradcheck],
  ['fix', addFix],
  ['fmt', addFmt],
  ['lsp', addLsp],
  ['explain', addExplain],
]);

/** Runs one command. Its exit status: 0 for success, 1 for a mistake in a file, 2 for wrong usage. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  let status: number = EXIT.success;
  const program = commandLine(['cnnc', ...args], terminal, (found) => {
    status = found;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.code === PASSES_ASKED)
      terminal.out((await import('./inspect-passes.ts')).passTable());
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
  listPassesOption(program);
  program.hook('preAction', (_, command) => readLateOptions(command));
  // Options of all commands take longer to declare than a small file takes to check.
  const asked = COMMANDS.get(words[1] ?? '');
  for (const add of asked ? [asked] : COMMANDS.values()) add(program, terminal, finish, words);
  return program;
}

/** No line is longer than the terminal is wide. */
function brokenLines(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => wrap(line, width).join('\n'))
    .join('\n');
}
