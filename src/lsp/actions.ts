/** @file Every change that is offered at a place. Adding a kind is a file in `actions` and its line here. */
import type { Diagnostic, Span } from '../diagnostics/diagnostic.ts';
import { nodesAt } from '../syntax/visit.ts';
import type { Action, ActionSource } from './actions/action.ts';
import { addHead } from './actions/add-head.ts';
import { extractBlock } from './actions/extract-block.ts';
import { fixes } from './actions/fixes.ts';
import { keepSize } from './actions/keep-size.ts';
import { nameLayer } from './actions/name-layer.ts';
import { projectSkip } from './actions/project-skip.ts';
import { useRepeat } from './actions/use-repeat.ts';
import type { Workspace } from './workspace.ts';

const SOURCES: readonly ActionSource[] = [fixes, projectSkip, keepSize, addHead, useRepeat, extractBlock, nameLayer];

export function actionsAt(workspace: Workspace, file: string, start: number, end = start): Action[] {
  const analysis = workspace.analysis(file);
  if (!analysis) return [];
  const span: Span = { file, start, end };
  const diagnostics = analysis.diagnostics().filter((found) => touches(found, span));
  const request = { analysis, span, path: nodesAt(analysis.program, start), diagnostics };
  return SOURCES.flatMap((source) => source(request));
}

function touches({ span }: Diagnostic, { file, start, end }: Span): boolean {
  return span !== undefined && span.file === file && span.start <= end && start <= span.end;
}
