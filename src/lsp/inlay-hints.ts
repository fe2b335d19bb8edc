/** @file The shape behind every stage of a pipeline. Of blocks that are applied several times, that of the first application. */
import type { Stage } from '../syntax/ast.ts';
import { nodesOf } from '../syntax/visit.ts';
import { differentTexts, shapeOf } from './values-text.ts';
import type { Workspace } from './workspace.ts';

export interface InlayHint {
  readonly offset: number;
  readonly label: string;
  /** All that came out, where that differs. */
  readonly tooltip?: string;
}

/** Those in a part of the text, in its order. */
export function inlayHints(workspace: Workspace, file: string, start = 0, end = Number.POSITIVE_INFINITY): InlayHint[] {
  const analysis = workspace.analysis(file);
  if (!analysis) return [];
  const stages = nodesOf(analysis.program, 'stage').filter(({ span }) => span.end >= start && span.end <= end);
  return stages.flatMap((stage) => hintOf(stage, analysis.valuesOf(stage)));
}

function hintOf({ span }: Stage, values: Parameters<typeof differentTexts>[0]): InlayHint[] {
  const [first] = values;
  const label = shapeOf(first);
  if (label === undefined) return [];
  const all = differentTexts(values);
  return [{ offset: span.end, label, ...(all !== label && { tooltip: `applied ${values.length} times: ${all}` }) }];
}
