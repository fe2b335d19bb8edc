/** @file Looking at the passes: what `--dump`, `--stop-after`, `--verify` and `--time` print. */

import { tableText } from '../common/table.ts';
import { printGraph } from '../ir/printer.ts';
import type { PassEvent } from '../passes/pass.ts';
import { listPasses } from '../passes/pipeline.ts';
import { trainingGraph } from '../plan/program-graphs.ts';
import type { Elaboration } from '../semantics/model.ts';
import type { Terminal } from './terminal.ts';

export interface InspectionOptions {
  /** The name of a pass, `all` or `changed`. */
  readonly dump?: string;
  readonly stopAfter?: string;
  /** Optional passes that are left out. */
  readonly skip?: readonly string[];
  readonly verify?: boolean;
  readonly time?: boolean;
  /** Standard output is for JSON. */
  readonly json?: boolean;
}

/** Runs the passes as asked for. `--stop-after` shows the graph it stopped with unless `--dump` says otherwise. */
export function inspectPasses(elaboration: Elaboration, options: InspectionOptions, terminal: Terminal): void {
  const { dump, stopAfter, skip, verify, time } = options;
  const events: PassEvent[] = [];
  trainingGraph(elaboration, { verify, stopAfter, skip, onPass: (event) => events.push(event) });
  const write = options.json ? terminal.err : terminal.out;
  for (const text of dumps(events, dump ?? stopAfter)) write(text);
  if (verify) terminal.err(`${events.length} passes, every graph is well-formed\n`);
  if (time) terminal.err(timeTable(events));
}

function dumps(events: readonly PassEvent[], wanted: string | undefined): string[] {
  const shown = events.flatMap(({ pass, before, after }) => {
    const text = `after ${pass.name}: ${pass.doc}\n${printGraph(after)}\n`;
    if (wanted === 'changed') return printGraph(before) === printGraph(after) ? [] : [text];
    return wanted === 'all' || wanted === pass.name ? [text] : [];
  });
  const first = events[0];
  const isWhole = wanted === 'all' || wanted === 'changed';
  return first && isWhole ? [`before the passes\n${printGraph(first.before)}\n`, ...shown] : shown;
}

function timeTable(events: readonly PassEvent[]): string {
  const total = events.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const row = (name: string, milliseconds: number, note = '') => [name, `${milliseconds.toFixed(1)} ms`, note];
  const rows = events.map(({ pass, milliseconds, after }) =>
    row(pass.name, milliseconds, `${after.nodes.length} nodes`),
  );
  return tableText([{ least: 22 }, { right: true, least: 9 }, {}], [...rows, row('all passes', total)]);
}

export function passTable(): string {
  const rows = listPasses().map(({ name, doc }) => [name, doc]);
  return tableText([{ least: 22 }, {}], rows);
}
