/** @file The command line in this process, what it writes recorded. */
import pico from 'picocolors';
import { runCommandLine } from '../../src/cli/program.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

/** A terminal, and all that was written to it. */
export function recorder(input = '', interactive = false, outputWidth?: number) {
  const written = { out: '', err: '' };
  const terminal: Terminal = {
    out: (text) => void (written.out += text),
    err: (text) => void (written.err += text),
    readInput: async () => new TextEncoder().encode(input),
    colors: pico.createColors(false),
    width: 80,
    ...(outputWidth !== undefined && { outputWidth }),
    interactive,
  };
  return { terminal, written };
}

export async function run(args: readonly string[], input = '', interactive = false, outputWidth?: number) {
  const { terminal, written } = recorder(input, interactive, outputWidth);
  return { status: await runCommandLine(args, terminal), ...written };
}
