/** @file Where a command writes: its result to standard output, everything else to standard error. */
import picocolors from 'picocolors';
import type { Colors } from 'picocolors/types';
import { printable, printableStyled } from '../common/printable.ts';
import { surviveLoss } from '../runtime/survive-loss.ts';

export interface Terminal {
  /** The result, and nothing else. Characters that steer terminals are escaped, here and in `err`. */
  readonly out: (text: string) => void;
  /** The content of a file as a result, as it is; absent where `out` does the same. */
  readonly content?: (content: string | Uint8Array) => void;
  /** Diagnostics, progress, logs. */
  readonly err: (text: string) => void;
  /** Standard input, or one piece more than `limit` bytes of it. */
  readonly readInput: (limit: number) => Promise<Uint8Array>;
  /**
   * Called once when the result can no longer be written, with the code of the system's error. Unless replaced, it ends the
   * process.
   */
  onLost?: (code: string) => void;
  /** Of standard error. */
  readonly colors: Colors;
  /** As it is now: it may change. */
  readonly width: number;
  /** Of standard output, where that is a terminal; results in files and pipes are as wide as they want. */
  readonly outputWidth?: number;
  readonly interactive: boolean;
}

export function processTerminal(): Terminal {
  const { stdout, stderr, stdin, env } = process;
  const interactive = stderr.isTTY === true;
  const colored = env.FORCE_COLOR !== undefined || (interactive && env.NO_COLOR === undefined && env.TERM !== 'dumb');
  const terminal: Terminal = {
    out: (text) => void stdout.write(printable(text)),
    content: (content) => void stdout.write(stdout.isTTY && typeof content === 'string' ? printable(content) : content),
    err: (text) => void stderr.write(colored || interactive ? printableStyled(text) : printable(text)),
    readInput: async (limit) => {
      const chunks: Buffer[] = [];
      let length = 0;
      for await (const chunk of stdin) {
        length += (chunk as Buffer).length;
        chunks.push(chunk as Buffer);
        if (length > limit) break;
      }
      return Buffer.concat(chunks);
    },
    colors: picocolors.createColors(colored),
    get width() {
      return interactive ? Math.min(stderr.columns || 80, 120) : 80;
    },
    ...(stdout.isTTY && { outputWidth: Math.max(stdout.columns || 80, 80) }),
    interactive,
    onLost: endProcess,
  };
  surviveLoss(stdout, stderr, terminal);
  return terminal;
}

/** A reader that has seen enough (`cnnc summary … | head`) closes the pipe, which is no error; a full disk is one. */
function endProcess(code: string): void {
  if (code === 'EPIPE') process.exit(process.exitCode ?? 0);
  process.stderr.write(`standard output cannot be written: the system says ${code}\n`);
  process.exit(1);
}
