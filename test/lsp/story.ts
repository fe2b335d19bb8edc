/**
 * @file A story: files with a cursor (`|`) in one of them, what an editor asks there, and what it is answered, as text.
 *
 *     rename base
 *     --- net.cnn
 *     …
 *     ===
 *     what comes of it
 */
import type { Edit, Span } from '../../src/diagnostics/diagnostic.ts';
import { Source } from '../../src/diagnostics/source.ts';
import { actionsAt } from '../../src/lsp/actions.ts';
import { completionsAt } from '../../src/lsp/completion.ts';
import { formatting } from '../../src/lsp/formatting.ts';
import { hoverAt } from '../../src/lsp/hover.ts';
import { inlayHints } from '../../src/lsp/inlay-hints.ts';
import { lenses } from '../../src/lsp/lenses.ts';
import { definitionOf, referencesTo, rename } from '../../src/lsp/references.ts';
import { semanticTokens } from '../../src/lsp/semantic-tokens.ts';
import { signatureAt } from '../../src/lsp/signature.ts';
import { type DocumentSymbol, documentSymbols, foldingRanges, workspaceSymbols } from '../../src/lsp/symbols.ts';
import { Workspace } from '../../src/lsp/workspace.ts';

export interface Story {
  readonly question: string;
  readonly argument: string;
  readonly files: ReadonlyMap<string, string>;
  readonly file: string;
  readonly offset: number;
}

export function readStory(text: string): { readonly story: Story; readonly told: string; readonly answer: string } {
  const [told = '', answer = ''] = text.split(/^===\n/m);
  const [head = '', ...parts] = told.split(/^--- /m);
  const [, question = '', argument = ''] = /^(\S+) ?(.*)$/.exec(head.trim())!;
  const marked = parts.map(
    (part) => [part.slice(0, part.indexOf('\n')).trim(), part.slice(part.indexOf('\n') + 1)] as const,
  );
  const [file, at] = marked.find(([, content]) => content.includes('|')) ?? marked[0]!;
  const files = new Map(marked.map(([name, content]) => [name, content.replace('|', '')]));
  return { story: { question, argument, files, file, offset: Math.max(0, at.indexOf('|')) }, told, answer };
}

export function workspaceOf(files: ReadonlyMap<string, string>): Workspace {
  const workspace = new Workspace();
  for (const [name, text] of files) workspace.set(name, text);
  return workspace;
}

export function answerTo(story: Story): string {
  const { question, argument, files, file, offset } = story;
  const workspace = workspaceOf(files);
  const text = files.get(file)!;
  switch (question) {
    case 'diagnostics':
      return diagnosticsText(workspace, file);
    case 'hover': {
      const hover = hoverAt(workspace, file, offset);
      return hover ? `${text.slice(hover.span.start, hover.span.end)}\n\n${hover.markdown}\n` : 'nothing\n';
    }
    case 'hints':
      return withHints(workspace, file, text);
    case 'complete':
      return argument === '' ? completionList(workspace, story) : completed(workspace, story);
    case 'signature': {
      const help = signatureAt(workspace, file, offset);
      if (!help) return 'nothing\n';
      const active = help.parameters[help.active ?? -1];
      const under = active
        ? `${' '.repeat(active.start)}${'^'.repeat(active.end - active.start)}\n${active.doc}\n`
        : '';
      return `${help.label}\n${under}`;
    }
    case 'definition':
      return placesText(
        files,
        [definitionOf(workspace, file, offset)].filter((span) => span !== undefined),
      );
    case 'references':
      return placesText(files, referencesTo(workspace, file, offset));
    case 'rename': {
      const found = rename(workspace, file, offset, argument);
      return 'problem' in found ? `${found.problem}\n` : changedFiles(files, found.edits);
    }
    case 'symbols':
      return documentSymbols(workspace, file)
        .map((symbol) => symbolText(symbol, ''))
        .join('');
    case 'find':
      return workspaceSymbols(workspace, argument)
        .map(({ name, kind, span }) => `${kind} ${name} in ${span.file}\n`)
        .join('');
    case 'fold':
      return placesText(
        files,
        foldingRanges(workspace, file).map(({ span }) => span),
        true,
      );
    case 'tokens':
      return semanticTokens(workspace, file)
        .map(({ start, end, type, modifiers }) => `${text.slice(start, end)}: ${[type, ...modifiers].join(' ')}\n`)
        .join('');
    case 'format':
      return changedFiles(files, formatting(workspace, file));
    case 'lenses':
      return lenses(workspace, file)
        .map(({ network, title }) => `${network}: ${title}\n`)
        .join('');
    case 'actions':
      return actionsAt(workspace, file, offset)
        .map(({ kind, title }) => `${kind}: ${title}\n`)
        .join('');
    case 'action':
      return acted(workspace, story);
    default:
      throw new Error(`nothing is called ${question}`);
  }
}

function diagnosticsText(workspace: Workspace, file: string): string {
  const { diagnostics, source } = workspace.analysis(file)!;
  const lines = diagnostics().map(({ code, severity, message, span }) => {
    const { line, column } = source.positionOf(span?.start ?? 0);
    return `${line}:${column} ${severity} ${code}: ${message}\n`;
  });
  return lines.length > 0 ? lines.join('') : 'all is well\n';
}

function withHints(workspace: Workspace, file: string, text: string): string {
  let [shown, end] = ['', 0];
  const hints = inlayHints(workspace, file);
  for (const { offset, label, tooltip } of hints) {
    shown += `${text.slice(end, offset)} «${label}${tooltip === undefined ? '' : `; ${tooltip}`}»`;
    end = offset;
  }
  return shown + text.slice(end);
}

function completionList(workspace: Workspace, { file, offset }: Story): string {
  const { items, start, end } = completionsAt(workspace, file, offset);
  const lines = items.map(({ label, kind, detail = '' }) => `${kind} ${label}${detail && `: ${detail}`}\n`);
  const rest = lines.length - 30;
  return [
    `in place of ${end - start} letters\n`,
    ...lines.slice(0, 30),
    ...(rest > 0 ? [`and ${rest} more\n`] : []),
  ].join('');
}

/** The text after a proposal has been taken. */
function completed(workspace: Workspace, { file, offset, argument, files }: Story): string {
  const { items, start, end } = completionsAt(workspace, file, offset);
  const item = items.find(({ label }) => label === argument);
  if (!item) return 'nothing of that name is proposed\n';
  const edits = [...(item.edits ?? []), { span: { file, start, end }, replacement: item.snippet ?? item.label }];
  return `${changedFiles(files, edits)}---\n${item.documentation ?? ''}\n`;
}

/** The text after an action, and what is wrong with it. */
function acted(workspace: Workspace, { file, offset, argument, files }: Story): string {
  const action = actionsAt(workspace, file, offset).find(({ title }) => title.includes(argument));
  if (!action) return 'nothing of that kind is offered\n';
  const after = changed(files, action.edits);
  return `${action.title}\n${changedFiles(files, action.edits)}---\n${diagnosticsText(workspaceOf(after), file)}`;
}

export function changed(files: ReadonlyMap<string, string>, edits: readonly Edit[]): Map<string, string> {
  const after = new Map(files);
  for (const { span, replacement } of edits.toSorted((left, right) => right.span.start - left.span.start)) {
    const text = after.get(span.file)!;
    after.set(span.file, text.slice(0, span.start) + replacement + text.slice(span.end));
  }
  return after;
}

function changedFiles(files: ReadonlyMap<string, string>, edits: readonly Edit[]): string {
  const touched = new Set(edits.map(({ span }) => span.file));
  if (touched.size === 0) return 'no change\n';
  const after = changed(files, edits);
  return [...touched]
    .toSorted()
    .map((name) => `--- ${name}\n${after.get(name)}`)
    .join('');
}

function placesText(files: ReadonlyMap<string, string>, spans: readonly Span[], lines = false): string {
  if (spans.length === 0) return 'nothing\n';
  return spans
    .map((span) => {
      const text = files.get(span.file);
      if (text === undefined) return `${span.file}\n`;
      const { line, column, endLine } = new Source(span.file, text).placeOf(span);
      return lines
        ? `lines ${line} to ${endLine}\n`
        : `${span.file}:${line}:${column} ${text.split('\n')[line - 1]!.trim()}\n`;
    })
    .join('');
}

function symbolText({ name, kind, children }: DocumentSymbol, indent: string): string {
  return `${indent}${kind} ${name}\n${children.map((child) => symbolText(child, `${indent}  `)).join('')}`;
}
