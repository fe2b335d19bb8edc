/**
 * @file Where in the grammar a cursor stands. While one types, the text is broken just there; with a name in the place of the
 * cursor it mostly is not. So the question is put to that text: what would a name here be?
 */
import type { Resolution } from '../resolve/resolution.ts';
import { loadModules, type ReadImport } from '../semantics/names/modules.ts';
import { resolveModules } from '../semantics/names/resolve-modules.ts';
import type { CallExpression, ImportItem, Name, Program, Setting, SyntaxNode } from '../syntax/ast.ts';
import { parse } from '../syntax/parse.ts';
import { nodesAt } from '../syntax/visit.ts';

/** No program has it, and it is no word of the language. */
const PROBE = 'cnnc__here';

export function isProbe(node: SyntaxNode): boolean {
  return node.kind === 'identifier' && node.text === PROBE;
}

export type Site =
  | { readonly kind: 'item' | 'comment' | 'number' }
  | { readonly kind: 'statement'; readonly body: 'network' | 'block' | 'for' }
  | { readonly kind: 'path'; readonly written: string }
  | { readonly kind: 'import'; readonly item: ImportItem }
  | { readonly kind: 'trained' }
  | { readonly kind: 'setting'; readonly given: readonly string[] }
  | { readonly kind: 'setting word'; readonly setting: string }
  | { readonly kind: 'setting argument'; readonly setting: string; readonly call: CallExpression; readonly name?: Name }
  | { readonly kind: 'argument'; readonly call: CallExpression; readonly name?: Name }
  | { readonly kind: 'member'; readonly object: SyntaxNode }
  /** `flows`: a stage, into which a tensor flows. */
  | { readonly kind: 'value'; readonly flows: boolean; readonly role?: 'loss' | 'metric' };

export interface CompletionSite {
  readonly site: Site;
  /** What has been typed of the word, and is replaced. */
  readonly start: number;
  readonly end: number;
  /** Of the text with a name at the cursor: as far as `start` it is the text itself. */
  readonly program: Program;
  readonly names: Resolution;
}

export function completionSite(text: string, file: string, offset: number, read: ReadImport): CompletionSite {
  const before = /[A-Za-z_][A-Za-z0-9_]*$/.exec(text.slice(0, offset))?.[0] ?? '';
  const behind = /^[A-Za-z0-9_]*/.exec(text.slice(offset))![0];
  const [start, end] = [offset - before.length, offset + behind.length];
  const program = probed(text, file, start, end);
  const { names } = resolveModules(loadModules(program, read));
  const site = outsideOfTree(text, program, start) ?? siteIn(program, start, text);
  return { site, start, end, program, names };
}

/** The name alone, as the start of a setting, as that of a statement: whichever leaves the fewest mistakes. */
function probed(text: string, file: string, start: number, end: number): Program {
  const tries = [PROBE, `${PROBE} 1`, `${PROBE} = 1`];
  const results = tries.map((probe) => parse(text.slice(0, start) + probe + text.slice(end), file));
  const least = Math.min(...results.map(({ diagnostics }) => diagnostics.length));
  return results.find(({ diagnostics }) => diagnostics.length === least)!.program;
}

/** In comments and in strings nothing stands for a name. */
function outsideOfTree(text: string, program: Program, offset: number): Site | undefined {
  if (program.comments.some(({ span }) => span.start < offset && offset <= span.end)) return { kind: 'comment' };
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  const [, written] = /\bfrom\s+"([^"]*)$/.exec(line) ?? [];
  if (written !== undefined) return { kind: 'path', written };
  if (/^[^"]*("[^"]*"[^"]*)*"[^"]*$/.test(line)) return { kind: 'comment' };
  return /(^|[^\w.])\d[\w.]*$/.test(line) ? { kind: 'number' } : undefined;
}

function siteIn(program: Program, offset: number, text: string): Site {
  const path = nodesAt(program, offset + 1);
  const last = path.at(-1)!;
  const train = path.find((node) => node.kind === 'train');
  if (train)
    return inTrain(path, offset) ?? (isAt(train.network, offset) ? { kind: 'trained' } : settingSite(train.settings));
  if (last.kind === 'binding' && last.name.text === PROBE) return statementSite(path.at(-2)!);
  if (last.kind === 'import') return { kind: 'import', item: last };
  if (last.kind === 'member' && isAt(last.member, offset)) return { kind: 'member', object: last.object };
  const argument = argumentSite(path, offset);
  if (argument) return argument;
  if (['network', 'block', 'for', 'program'].includes(last.kind)) return bodySite(path, offset, text);
  const stage = path.findLast((node) => node.kind === 'stage');
  const statement = path.findLast((node) => node.kind === 'loss' || node.kind === 'metric');
  const flows = stage !== undefined && (stage.target === last || ('callee' in stage.target && stage.target === last));
  return { kind: 'value', flows, ...(statement && !flows && { role: statement.kind }) };
}

function isAt({ span }: Name, offset: number): boolean {
  return span.start <= offset && offset <= span.end;
}

function inTrain(path: readonly SyntaxNode[], offset: number): Site | undefined {
  const setting = path.find((node): node is Setting => node.kind === 'setting');
  if (!setting) return undefined;
  if (isAt(setting.name, offset)) {
    const train = path.find((node) => node.kind === 'train')!;
    return settingSite(train.settings);
  }
  const call = path.findLast((node) => node.kind === 'call');
  const argument = path.findLast((node) => node.kind === 'argument');
  if (call && !isAt(call.callee, offset))
    return {
      kind: 'setting argument',
      setting: setting.name.text,
      call,
      ...(argument?.name && { name: argument.name }),
    };
  return { kind: 'setting word', setting: setting.name.text };
}

function settingSite(settings: readonly Setting[]): Site {
  return { kind: 'setting', given: settings.map(({ name }) => name.text).filter((text) => text !== PROBE) };
}

/** In the parentheses of a call, where a name is a value or the name of an argument. */
function argumentSite(path: readonly SyntaxNode[], offset: number): Site | undefined {
  const last = path.at(-1)!;
  const argument = path.at(-2);
  const call = path.at(-3);
  if (last.kind === 'argument' && path.at(-2)?.kind === 'call')
    return {
      kind: 'argument',
      call: path.at(-2) as CallExpression,
      ...(last.name && !isAt(last.name, offset) && { name: last.name }),
    };
  if (argument?.kind !== 'argument' || call?.kind !== 'call' || last.kind !== 'identifier') return undefined;
  return { kind: 'argument', call, ...(argument.name && { name: argument.name }) };
}

function statementSite({ kind }: SyntaxNode): Site {
  return kind === 'for' || kind === 'block' || kind === 'network'
    ? { kind: 'statement', body: kind }
    : { kind: 'item' };
}

/** In a statement that is not in the tree: what stands before the cursor must do. */
function bodySite(path: readonly SyntaxNode[], offset: number, text: string): Site {
  const before = text.slice(0, offset);
  if (/->\s*$/.test(before)) return { kind: 'value', flows: true };
  const line = before.slice(before.lastIndexOf('\n') + 1);
  if (/^\s*$|[{}]\s*$/.test(line)) return statementSite(path.at(-1)!);
  const role = /^\s*(loss|metric)\b/.exec(line)?.[1] as 'loss' | 'metric' | undefined;
  return { kind: 'value', flows: false, ...(role && { role }) };
}
