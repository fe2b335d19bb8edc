/** @file Commands for texts: what is mended, formatted and explained. */

import type { Command } from 'commander';
import { anyCode } from '../arguments.ts';
import { explain } from '../commands/explain.ts';
import { fix } from '../commands/fix.ts';
import { fmt } from '../commands/fmt.ts';
import { languageServer } from '../commands/lsp.ts';
import type { Terminal } from '../terminal.ts';
import type { Finish } from './shared-options.ts';
import { reading } from './shared-options.ts';

export function addOthers(program: Command, terminal: Terminal, finish: Finish): void {
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
