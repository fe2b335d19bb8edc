/** @file Results of the core in the words of the protocol. Its numbers are written here, since its library is loaded by one command alone. */
import type {
  CodeAction,
  CompletionItem,
  MarkupContent,
  Diagnostic as ProtocolDiagnostic,
  DocumentSymbol as ProtocolSymbol,
  TextEdit,
  WorkspaceEdit,
} from 'vscode-languageserver/node';
import type { Diagnostic, Edit } from '../../diagnostics/diagnostic.ts';
import type { Source } from '../../diagnostics/source.ts';
import type { Action } from '../../lsp/actions/action.ts';
import type { Completion, CompletionKind } from '../../lsp/completion.ts';
import { type SemanticToken, TOKEN_MODIFIERS, TOKEN_TYPES } from '../../lsp/semantic-tokens.ts';
import type { DocumentSymbol, SymbolKind } from '../../lsp/symbols.ts';
import { positionAt, rangeOf, uriOf } from './convert.ts';

const PLAIN = 1;
const SNIPPET = 2;

export type SourceOf = (file: string) => Source | undefined;

export function markdown(value: string): MarkupContent {
  return { kind: 'markdown', value };
}

const severities = {
  error: 1,
  warning: 2,
  advice: 3,
} as const;

/** One in an imported file stands at the start of the file that is open, and says where it is. */
export function protocolDiagnostic(found: Diagnostic, file: string, sourceOf: SourceOf): ProtocolDiagnostic {
  const { code, severity, message, span, notes, fix } = found;
  const source = sourceOf(file)!;
  const isHere = span?.file === file;
  const help = fix && !fix.edits?.length ? `\nhelp: ${fix.message}` : '';
  const rest = notes.flatMap((note) => (note.span ? [] : [`\n${note.message}`])).join('');
  return {
    range: rangeOf(source, isHere ? span : { start: 0, end: 0 }),
    severity: severities[severity],
    code,
    source: 'cnnc',
    message: `${span && !isHere ? `in \`${span.file}\`: ` : ''}${message}${rest}${help}`,
    relatedInformation: notes.flatMap((note) => {
      const of = note.span && sourceOf(note.span.file);
      return of
        ? [{ location: { uri: uriOf(note.span!.file), range: rangeOf(of, note.span!) }, message: note.message }]
        : [];
    }),
  };
}

export function textEdit({ span, replacement }: Edit, source: Source): TextEdit {
  return { range: rangeOf(source, span), newText: replacement };
}

export function workspaceEdit(edits: readonly Edit[], sourceOf: SourceOf): WorkspaceEdit {
  const changes: Record<string, TextEdit[]> = {};
  for (const edit of edits) {
    const source = sourceOf(edit.span.file);
    if (source) (changes[uriOf(edit.span.file)] ??= []).push(textEdit(edit, source));
  }
  return { changes };
}

export function codeAction({ title, kind, edits, diagnostic }: Action, file: string, sourceOf: SourceOf): CodeAction {
  return {
    title,
    kind: kind === 'fix' ? 'quickfix' : 'refactor.rewrite',
    edit: workspaceEdit(edits, sourceOf),
    ...(diagnostic && { diagnostics: [protocolDiagnostic(diagnostic, file, sourceOf)] }),
  };
}

const completionKinds: Readonly<Record<CompletionKind, NonNullable<CompletionItem['kind']>>> = {
  keyword: 14,
  layer: 3,
  block: 7,
  function: 3,
  value: 6,
  parameter: 6,
  argument: 10,
  setting: 10,
  word: 20,
  file: 17,
  constant: 21,
};

export function completionItem(
  item: Completion,
  order: number,
  range: TextEdit['range'],
  source: Source,
): CompletionItem {
  const { label, kind, detail, documentation, snippet, edits } = item;
  return {
    label,
    kind: completionKinds[kind],
    sortText: String(order).padStart(4, '0'),
    textEdit: { range, newText: snippet ?? label },
    insertTextFormat: snippet === undefined ? PLAIN : SNIPPET,
    ...(detail !== undefined && { detail }),
    ...(documentation !== undefined && { documentation: markdown(documentation) }),
    ...(edits && { additionalTextEdits: edits.map((edit) => textEdit(edit, source)) }),
  };
}

export const symbolKinds: Readonly<Record<SymbolKind, ProtocolSymbol['kind']>> = {
  network: 5,
  block: 5,
  function: 12,
  operator: 25,
  constant: 14,
  train: 3,
  input: 13,
  target: 13,
  value: 13,
  layer: 8,
  output: 13,
  setting: 7,
};

export function protocolSymbol(
  { name, kind, span, selection, children }: DocumentSymbol,
  source: Source,
): ProtocolSymbol {
  return {
    name,
    kind: symbolKinds[kind],
    range: rangeOf(source, span),
    selectionRange: rangeOf(source, selection),
    children: children.map((child) => protocolSymbol(child, source)),
  };
}

/** Five numbers each: lines and columns from the token before, length, type, a bit for each modifier. */
export function tokenData(tokens: readonly SemanticToken[], source: Source): number[] {
  let last = { line: 0, character: 0 };
  return tokens.flatMap(({ start, end, type, modifiers }) => {
    const at = positionAt(source, start);
    const column = at.line === last.line ? at.character - last.character : at.character;
    const bits = modifiers.reduce((sum, modifier) => sum | (1 << TOKEN_MODIFIERS.indexOf(modifier)), 0);
    const data = [at.line - last.line, column, end - start, TOKEN_TYPES.indexOf(type), bits];
    last = { ...at };
    return data;
  });
}
