/** @file What several commands take. */

import { type Command, CommanderError, Option } from 'commander';
import { DEFAULT_TARGET, TARGET_NAMES } from '../../targets/target.ts';
import { folders, renaming, setting } from '../arguments.ts';
import { LateOption, passName, ruleCode, skippedPass } from '../late-arguments.ts';
import { EXIT } from '../report.ts';

export type Finish = (status: number) => void;

/** Answered as soon as it is read, whatever else the command line says. */
export const PASSES_ASKED = 'cnnc.passes';

export function listPassesOption(command: Command): void {
  command.addOption(internal(new Option('--list-passes', 'list the passes')));
  command.on('option:list-passes', () => {
    throw new CommanderError(EXIT.success, PASSES_ASKED, '');
  });
}

/** Listed behind the options of users. */
function internal(option: Option): Option {
  return option.helpGroup('For compiler work:');
}

/** A command that needs the layers of a network, and runs no pass. */
export function reading(program: Command, usage: string, summary: string): Command {
  return program
    .command(usage)
    .description(summary)
    .option('--set <name=value>', 'set a parameter of the network; may be repeated', setting)
    .option('--network <name>', 'which network of the file, if there are several')
    .option('--allow-imports <folder>', 'import from there too, not from the project alone; may be repeated', folders);
}

/** Of commands that tell advice. */
export function allowOption(): Option {
  const what = 'do not tell what a rule finds, such as CNN5005; may be repeated';
  return new LateOption('--allow <code>', what, ruleCode, { repeated: true });
}

/** Of commands that look at a network and train nothing. */
export function blockOption(): Option {
  const what = 'one block of the file as the network; `--input` says what flows in, `--set` its parameters';
  return new Option('--block <name>', what).conflicts(['network']);
}

/** A command that compiles one file or several. */
export function compiling(program: Command, usage: string, summary: string): Command {
  const dump = 'print the graph after a pass, after `all` or where it `changed`';
  const stop = 'print the graph after a pass and do nothing else';
  const skip = 'leave out an optional pass; may be repeated';
  const command = reading(program, usage, summary)
    .addOption(allowOption())
    .addOption(internal(new LateOption('--dump <pass>', dump, passName('all', 'changed'))))
    .addOption(internal(new LateOption('--stop-after <pass>', stop, passName())))
    .addOption(internal(new LateOption('--skip <pass>', skip, skippedPass, { repeated: true })))
    .addOption(internal(new Option('--verify', 'check the rules of the graph after every pass')))
    .addOption(internal(new Option('--time', 'print how long each pass took')));
  listPassesOption(command);
  return command;
}

/** Of commands that take weights. */
export function mapOption(): Option {
  const what =
    'what weights are called here: `layer1.*=stage1.*`, `backbone.=`; may be repeated, the first that fits counts';
  return new Option('--map <old=new>', what).argParser(renaming);
}

/** Of commands that run the module here: what runs elsewhere is built alone. */
export function targetOption(): Option {
  return new Option('--target <target>', 'form of the kernels').choices(TARGET_NAMES).default(DEFAULT_TARGET);
}

export function tuneOption(): Option {
  return new Option('--no-tune', 'ignore what `cnnc tune` has found');
}
