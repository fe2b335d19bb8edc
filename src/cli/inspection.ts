/** @file Whether passes are to be looked at: `--dump`, `--stop-after`, `--verify` and `--time` of every command that compiles. */

import type { Elaboration } from '../semantics/model.ts';
import type { InspectionOptions } from './inspect-passes.ts';
import type { Terminal } from './terminal.ts';

/** Passes are loaded where they are asked for. True when the command shall stop there: after `--stop-after`. */
export async function inspect(
  elaboration: Elaboration,
  options: InspectionOptions,
  terminal: Terminal,
): Promise<boolean> {
  const { dump, stopAfter, verify, time } = options;
  if (!dump && !stopAfter && !verify && !time) return false;
  const { inspectPasses } = await import('./inspect-passes.ts');
  inspectPasses(elaboration, options, terminal);
  return stopAfter !== undefined;
}
