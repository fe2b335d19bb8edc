/** @file The `cnnc` program. */
import { runCommandLine } from './program.ts';
import { endQuietlyOnClosedPipe, processTerminal } from './terminal.ts';

endQuietlyOnClosedPipe();
process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal());
