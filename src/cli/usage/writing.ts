/** @file Commands for texts: what is mended, formatted and explained. */

import type { Command } from 'commander';
import { anyCode, LateOption } from '../late-arguments.ts';
import type { Terminal } from '../terminal.ts';
import type { Finish } from './shared-options.ts';
import { reading } from './shared-options.ts';

export function addFix(program: Command, terminal: Terminal, finish: Finish): void {
  reading(program, 'fix <files...>', 'make the changes that are certain, and say what each does to the network')
    .addOption(
      new LateOption('--code <code>', 'only what has this code, such as CNN5001; may be repeated', anyCode, {
        repeated: true,
      }),
    )
    .option('--dry-run', 'write nothing')
    .action(async (files, options) => {
      const { fix } = await import('../commands/fix.ts');
      finish(await fix(files, options, terminal));
    });
}

export function addFmt(program: Command, terminal: Terminal, finish: Finish): void {
  program
    .command('fmt <files...>')
    .description('format files in place; `-` formats standard input')
    .option('--check', 'write nothing; fail if a file is not formatted')
    .action(async (files, options) => {
      const { fmt } = await import('../commands/fmt.ts');
      finish(await fmt(files, options, terminal));
    });
}

export function addLsp(program: Command): void {
  program
    .command('lsp')
    .description('answer an editor on standard input and output: the language server')
    .option('--stdio', 'the only way there is; editors tend to ask for it')
    .action(async () => {
      const { languageServer } = await import('../commands/lsp.ts');
      await languageServer();
    });
}

export function addExplain(program: Command, terminal: Terminal, finish: Finish): void {
  program
    .command('explain [word]')
    .description('say what a code, layer, function or setting means, or list all codes')
    .action(async (word) => {
      const { explain } = await import('../commands/explain.ts');
      finish(explain(word, terminal));
    });
}
