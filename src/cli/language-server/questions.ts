/** @file Each question of the protocol, and the function of the core that answers it. */
import type { ServerCapabilities } from 'vscode-languageserver/node';
import type { Source } from '../../diagnostics/source.ts';
import { actionsAt } from '../../lsp/actions.ts';
import { completionsAt } from '../../lsp/completion.ts';
import { formatting } from '../../lsp/formatting.ts';
import { hoverAt } from '../../lsp/hover.ts';
import { inlayHints } from '../../lsp/inlay-hints.ts';
import { lenses } from '../../lsp/lenses.ts';
import { definitionOf, referencesTo, renamableAt, rename } from '../../lsp/references.ts';
import { semanticTokens, TOKEN_MODIFIERS, TOKEN_TYPES } from '../../lsp/semantic-tokens.ts';
import { signatureAt } from '../../lsp/signature.ts';
import { documentSymbols, foldingRanges, workspaceSymbols } from '../../lsp/symbols.ts';
import {
  codeAction,
  completionItem,
  markdown,
  protocolSymbol,
  symbolKinds,
  textEdit,
  tokenData,
  workspaceEdit,
} from './answers.ts';
import { fileOf, offsetOf, type Position, positionAt, rangeOf, uriOf } from './convert.ts';
import type { Session } from './session.ts';

export const CAPABILITIES: ServerCapabilities = {
  textDocumentSync: { openClose: true, change: 1, save: true },
  hoverProvider: true,
  inlayHintProvider: true,
  completionProvider: { triggerCharacters: ['.', '(', ',', ':', '>', '"', '/'] },
  signatureHelpProvider: { triggerCharacters: ['(', ','] },
  definitionProvider: true,
  referencesProvider: true,
  renameProvider: { prepareProvider: true },
  documentSymbolProvider: true,
  workspaceSymbolProvider: true,
  foldingRangeProvider: true,
  semanticTokensProvider: {
    legend: { tokenTypes: [...TOKEN_TYPES], tokenModifiers: [...TOKEN_MODIFIERS] },
    full: true,
  },
  documentFormattingProvider: true,
  codeActionProvider: { codeActionKinds: ['quickfix', 'refactor.rewrite'] },
  codeLensProvider: {},
};

interface At {
  readonly textDocument: { readonly uri: string };
}

export function answerQuestions(session: Session): void {
  const { connection, workspace } = session;
  const sourceOf = (name: string) => session.sourceOf(name);

  /** Answers nothing for texts that are not open. */
  function about<Result, Nothing>(
    { textDocument }: At,
    nothing: Nothing,
    answer: (file: string, source: Source) => Result,
  ) {
    const file = fileOf(textDocument.uri);
    const text = workspace.textOf(file);
    return text === undefined ? nothing : answer(file, session.sourceOf(file)!);
  }
  const at = <Result>(
    request: At & { readonly position: Position },
    answer: (file: string, offset: number, source: Source) => Result,
  ) => about(request, null, (file, source) => answer(file, offsetOf(source, request.position), source));
  const locations = (spans: ReturnType<typeof referencesTo>) =>
    spans.flatMap((span) => {
      const source = sourceOf(span.file);
      return source ? [{ uri: uriOf(span.file), range: rangeOf(source, span) }] : [];
    });

  connection.onHover((request) =>
    at(request, (file, offset, source) => {
      const hover = hoverAt(workspace, file, offset);
      return hover ? { contents: markdown(hover.markdown), range: rangeOf(source, hover.span) } : null;
    }),
  );
  connection.languages.inlayHint.on((request) =>
    about(request, [], (file, source) => {
      if (!session.settings.inlayHints) return [];
      const { start, end } = request.range;
      return inlayHints(workspace, file, offsetOf(source, start), offsetOf(source, end)).map(
        ({ offset, label, tooltip }) => ({
          position: positionAt(source, offset),
          label,
          paddingLeft: true,
          ...(tooltip !== undefined && { tooltip }),
        }),
      );
    }),
  );
  connection.onCompletion((request) =>
    at(request, (file, offset, source) => {
      const { start, end, items } = completionsAt(workspace, file, offset);
      const range = rangeOf(source, { start, end });
      return items.map((item, k) => completionItem(item, k, range, source));
    }),
  );
  connection.onSignatureHelp((request) =>
    at(request, (file, offset) => {
      const help = signatureAt(workspace, file, offset);
      if (!help) return null;
      const parameters = help.parameters.map(({ start, end, doc }) => ({
        label: [start, end] as [number, number],
        documentation: markdown(doc),
      }));
      const signature = { label: help.label, documentation: markdown(help.doc), parameters };
      return {
        signatures: [signature],
        activeSignature: 0,
        ...(help.active !== undefined && { activeParameter: help.active }),
      };
    }),
  );
  connection.onDefinition((request) =>
    at(request, (file, offset) => {
      const span = definitionOf(workspace, file, offset);
      return span ? locations([span]) : null;
    }),
  );
  connection.onReferences((request) =>
    at(request, (file, offset) => locations(referencesTo(workspace, file, offset, request.context.includeDeclaration))),
  );
  connection.onPrepareRename((request) =>
    at(request, (file, offset, source) => {
      const found = renamableAt(workspace, file, offset);
      return 'problem' in found ? null : { range: rangeOf(source, found.span), placeholder: found.text };
    }),
  );
  connection.onRenameRequest((request) =>
    at(request, (file, offset) => {
      const found = rename(workspace, file, offset, request.newName);
      if ('problem' in found) throw new Error(found.problem);
      return workspaceEdit(found.edits, sourceOf);
    }),
  );
  connection.onDocumentSymbol((request) =>
    about(request, [], (file, source) =>
      documentSymbols(workspace, file).map((symbol) => protocolSymbol(symbol, source)),
    ),
  );
  connection.onWorkspaceSymbol(({ query }) =>
    workspaceSymbols(workspace, query).flatMap(({ name, kind, span }) =>
      locations([span]).map((location) => ({ name, kind: symbolKinds[kind], location })),
    ),
  );
  connection.onFoldingRanges((request) =>
    about(request, [], (file, source) =>
      foldingRanges(workspace, file).map(({ span, kind }) => {
        const { start, end } = rangeOf(source, span);
        return { startLine: start.line, endLine: kind ? end.line : end.line - 1, ...(kind && { kind }) };
      }),
    ),
  );
  connection.languages.semanticTokens.on((request) =>
    about(request, { data: [] }, (file, source) => ({ data: tokenData(semanticTokens(workspace, file), source) })),
  );
  connection.onDocumentFormatting((request) =>
    about(request, [], (file, source) => formatting(workspace, file).map((edit) => textEdit(edit, source))),
  );
  connection.onCodeAction((request) =>
    about(request, [], (file, source) => {
      const { start, end } = request.range;
      const actions = actionsAt(workspace, file, offsetOf(source, start), offsetOf(source, end));
      return actions.map((action) => codeAction(action, file, sourceOf));
    }),
  );
  connection.onCodeLens((request) =>
    about(request, [], (file, source) =>
      session.settings.codeLens
        ? lenses(workspace, file).flatMap((lens) => lensesOf(session, request.textDocument.uri, lens, source))
        : [],
    ),
  );
}

function lensesOf(
  { settings }: Session,
  uri: string,
  { span, title, network }: ReturnType<typeof lenses>[number],
  source: Source,
) {
  const range = rangeOf(source, span);
  const command = (text: string, name: string) => ({
    range,
    command: { title: text, command: name, arguments: [uri, network] },
  });
  if (!settings.commands) return [{ range, command: { title, command: '' } }];
  return [command(title, 'cnnc.summary'), command('train', 'cnnc.train')];
}
