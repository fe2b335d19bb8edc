/** @file What stands above each network: its parameters, multiply-adds, and memory. */

import { bytes, thousands } from '../analysis/figure-texts.ts';
import { countedTotals } from '../analysis/summary.ts';
import type { Span } from '../diagnostics/diagnostic.ts';
import { summaryOf } from '../report/summarize-module.ts';
import type { NetworkResult } from './analysis.ts';
import type { Workspace } from './workspace.ts';

export interface Lens {
  readonly span: Span;
  readonly title: string;
  readonly network: string;
}

export function lenses(workspace: Workspace, file: string): Lens[] {
  const networks = workspace.analysis(file)?.networks ?? [];
  return networks.flatMap((network) => {
    const title = titleOf(network);
    const { name } = network.item;
    return title === undefined ? [] : [{ span: name.span, title, network: name.text }];
  });
}

function titleOf({ elaboration }: NetworkResult): string | undefined {
  const known = elaboration();
  if (!known || known.training.layers.length === 0) return undefined;
  const { parameters, macs } = countedTotals(known.training, known.states);
  const counts = `${thousands(parameters)} parameters · ${thousands(macs)} multiply-adds`;
  if (known.incomplete) return `${counts} before the first mistake`;
  const { memory } = summaryOf(known).totals;
  return `${counts} · ${bytes(memory.peak)} to train in batches of ${known.settings.batch}`;
}
