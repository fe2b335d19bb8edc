/** @file The outline of a file, names to search a project for, and what can be folded. */
import type { Span } from '../diagnostics/diagnostic.ts';
import type { Item, Name, Statement, SyntaxNode } from '../syntax/ast.ts';
import { nodesOf } from '../syntax/visit.ts';
import type { Workspace } from './workspace.ts';

export type SymbolKind =
  | 'network'
  | 'block'
  | 'function'
  | 'operator'
  | 'constant'
  | 'train'
  | 'input'
  | 'target'
  | 'value'
  | 'layer'
  | 'output'
  | 'setting';

export interface DocumentSymbol {
  readonly name: string;
  readonly kind: SymbolKind;
  readonly span: Span;
  /** The name itself. */
  readonly selection: Span;
  readonly children: readonly DocumentSymbol[];
}

export function documentSymbols(workspace: Workspace, file: string): DocumentSymbol[] {
  return workspace.analysis(file)?.program.items.flatMap(symbolOfItem) ?? [];
}

const kinds = { network: 'network', block: 'block', fn: 'function', op: 'operator', binding: 'constant' } as const;

function symbolOfItem(item: Item): DocumentSymbol[] {
  switch (item.kind) {
    case 'import':
    case 'allow':
      return [];
    case 'train':
      return [
        symbol(
          item.network,
          'train',
          item,
          item.settings.map((setting) => symbol(setting.name, 'setting', setting)),
        ),
      ];
    case 'network':
    case 'block':
      return [symbol(item.name, kinds[item.kind], item, item.body.flatMap(symbolsOfStatement))];
    default:
      return [symbol(item.name, kinds[item.kind], item)];
  }
}

function symbolsOfStatement(statement: Statement): DocumentSymbol[] {
  if (statement.kind === 'for') return statement.body.flatMap(symbolsOfStatement);
  const layers = nodesOf(statement, 'stage').flatMap((stage) =>
    stage.name ? [symbol(stage.name, 'layer', stage)] : [],
  );
  switch (statement.kind) {
    case 'input':
    case 'target':
    case 'output':
      return [symbol(statement.name, statement.kind, statement, layers)];
    case 'binding':
      return [symbol(statement.name, 'value', statement, layers)];
    default:
      return layers;
  }
}

function symbol(
  name: Name,
  kind: SymbolKind,
  { span }: SyntaxNode,
  children: readonly DocumentSymbol[] = [],
): DocumentSymbol {
  return { name: name.text, kind, span, selection: name.span, children };
}

export interface WorkspaceSymbol {
  readonly name: string;
  readonly kind: SymbolKind;
  readonly span: Span;
}

/** Items of all files whose name has the letters of `query` in their order. */
export function workspaceSymbols(workspace: Workspace, query: string): WorkspaceSymbol[] {
  const wanted = [...query.toLowerCase()];
  const fits = (name: string) => {
    const letters = name.toLowerCase();
    let at = -1;
    return wanted.every((letter) => (at = letters.indexOf(letter, at + 1)) >= 0);
  };
  const all = workspace.names().flatMap(({ program }) => program.items.flatMap(symbolOfItem));
  return all
    .filter(({ name, kind }) => kind !== 'train' && fits(name))
    .map(({ name, kind, selection }) => ({ name, kind, span: selection }));
}

export interface FoldingRange {
  readonly span: Span;
  readonly kind?: 'comment' | 'imports';
}

/** Bodies, long lists and pipelines, comments of several lines, imports. */
export function foldingRanges(workspace: Workspace, file: string): FoldingRange[] {
  const analysis = workspace.analysis(file);
  if (!analysis) return [];
  const { program, source } = analysis;
  const lineOf = (offset: number) => source.positionOf(offset).line;
  const nodes = nodesOf(program, 'network', 'block', 'train', 'for', 'op', 'pipeline', 'list', 'call');
  const blocks = nodes.map(({ span }) => ({ span }));
  const imports = program.items.filter(({ kind }) => kind === 'import');
  const together = imports.length > 1 ? [{ span: spanning(imports), kind: 'imports' as const }] : [];
  const comments = commentRuns(program.comments, lineOf).map((run) => ({
    span: spanning(run),
    kind: 'comment' as const,
  }));
  const seen = new Set<number>();
  return [...blocks, ...together, ...comments].filter(({ span }) => {
    const line = lineOf(span.start);
    if (lineOf(span.end) <= line || seen.has(line)) return false;
    seen.add(line);
    return true;
  });
}

interface Placed {
  readonly span: Span;
}

function spanning(parts: readonly Placed[]): Span {
  return { ...parts[0]!.span, end: parts.at(-1)!.span.end };
}

/** Comments on lines that follow each other. */
function commentRuns(comments: readonly Placed[], lineOf: (offset: number) => number): Placed[][] {
  const runs: Placed[][] = [];
  for (const comment of comments) {
    const last = runs.at(-1)?.at(-1);
    if (last && lineOf(comment.span.start) === lineOf(last.span.end) + 1) runs.at(-1)!.push(comment);
    else runs.push([comment]);
  }
  return runs;
}
