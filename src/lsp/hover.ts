/** @file What is told of the place under the pointer, as Markdown. */
import type { Span } from '../diagnostics/diagnostic.ts';
import { findOperator } from '../ops/registry.ts';
import type { Definition } from '../resolve/definition.ts';
import { named } from '../specs/attributes.ts';
import type { Argument, CallExpression, Expression, Setting, Stage, SyntaxNode } from '../syntax/ast.ts';
import { nodesAt } from '../syntax/visit.ts';
import type { Analysis } from './analysis.ts';
import { figuresText, layersWithin, shapesText } from './layer-figures.ts';
import { namedAt } from './references.ts';
import { differentTexts } from './values-text.ts';
import { attributeText, builtinPage, code, settingNamed, settingPage, settingWordPage } from './words.ts';
import { originOf, type Workspace } from './workspace.ts';

export interface Hover {
  readonly span: Span;
  readonly markdown: string;
}

export function hoverAt(workspace: Workspace, file: string, offset: number): Hover | undefined {
  const analysis = workspace.analysis(file);
  if (!analysis) return undefined;
  const path = nodesAt(analysis.program, offset);
  const setting = path.find((node) => node.kind === 'setting');
  return (
    (setting ? ofSetting(setting, path, offset) : ofArgument(path, offset)) ??
    ofStageName(analysis, path, offset) ??
    ofName(workspace, analysis, path, offset)
  );
}

function isAt({ span }: { readonly span: Span }, offset: number): boolean {
  return span.start <= offset && offset <= span.end;
}

function ofSetting(setting: Setting, path: readonly SyntaxNode[], offset: number): Hover | undefined {
  const known = settingNamed(setting.name.text);
  if (isAt(setting.name, offset)) return known && { span: setting.name.span, markdown: settingPage(known) };
  const call = path.findLast((node) => node.kind === 'call');
  const argument = path.findLast((node) => node.kind === 'argument');
  if (call && argument?.name && isAt(argument.name, offset)) {
    const word = known?.words?.find(({ name }) => name === call.callee.text);
    const spec = word && named(word.attributes).find(({ name }) => name === argument.name!.text);
    if (spec)
      return {
        span: argument.name.span,
        markdown: `**${spec.name}** of \`${call.callee.text}\`: ${attributeText(spec)}`,
      };
  }
  const word = call && isAt(call.callee, offset) ? call.callee : path.findLast((node) => node.kind === 'identifier');
  const page = word && settingWordPage(setting.name.text, word.text);
  return page === undefined ? undefined : { span: word!.span, markdown: page };
}

/** `stride` in `conv(16, 3x3, stride: 2)`. */
function ofArgument(path: readonly SyntaxNode[], offset: number): Hover | undefined {
  const argument = path.findLast((node): node is Argument => node.kind === 'argument');
  const call = path.findLast((node): node is CallExpression => node.kind === 'call');
  if (!call || !argument?.name || !isAt(argument.name, offset)) return undefined;
  const spec = findOperator(call.callee.text)?.attributes.find(({ name }) => name === argument.name!.text);
  return (
    spec && {
      span: argument.name.span,
      markdown: `**${spec.name}** of \`${call.callee.text}\`: ${attributeText(spec)}`,
    }
  );
}

/** The name in place, and the layer that bears it. */
function ofStageName(analysis: Analysis, path: readonly SyntaxNode[], offset: number): Hover | undefined {
  const stage = path.findLast((node) => node.kind === 'stage');
  if (!stage?.name || !isAt(stage.name, offset)) return undefined;
  return { span: stage.name.span, markdown: stageText(analysis, stage) };
}

function stageText(analysis: Analysis, stage: Stage): string {
  const { start, end } = stage.span;
  const layers = layersWithin(analysis, stage.span);
  const values = analysis.valuesOf(stage);
  const shapes = layers.length > 0 && isOneLayer(layers) ? shapesText(layers) : [`gives ${differentTexts(values)}`];
  const times = values.length > 1 ? [`run ${values.length} times`] : [];
  return [
    code(analysis.text.slice(start, end)),
    [...(values.length > 0 ? shapes : []), ...figuresText(layers), ...times].join('  \n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** Whether they are applications of what is written once. */
function isOneLayer(layers: ReturnType<typeof layersWithin>): boolean {
  return (
    new Set(layers.map(({ layer }) => layer.written.start)).size === 1 &&
    layers.every(({ layer }) => !layer.instance || layers.length === 1 || layer.written.file === layer.span.file)
  );
}

function ofName(
  workspace: Workspace,
  analysis: Analysis,
  path: readonly SyntaxNode[],
  offset: number,
): Hover | undefined {
  const found = namedAt(analysis, offset);
  if (!found) return undefined;
  const { name, origin, use } = found;
  const stage = calledIn(path, offset);
  const parts = [
    ...(stage ? [stageText(analysis, stage)] : []),
    ...(origin ? [definitionText(workspace, analysis, origin, path)] : []),
    ...(use?.builtin ? [builtinPage(name.text) ?? ''] : []),
  ].filter((part) => part !== '');
  return parts.length === 0 ? undefined : { span: name.span, markdown: parts.join('\n\n---\n\n') };
}

/** The stage whose layer or block the place names. */
function calledIn(path: readonly SyntaxNode[], offset: number): Stage | undefined {
  const stage = path.findLast((node) => node.kind === 'stage');
  const last = path.at(-1)!;
  if (!stage || path.slice(path.indexOf(stage)).some(({ kind }) => kind === 'argument')) return undefined;
  const isCallee = last.kind === 'identifier' || (last.kind === 'call' && isAt(last.callee, offset));
  return isCallee ? stage : undefined;
}

function definitionText(
  workspace: Workspace,
  analysis: Analysis,
  origin: Definition,
  path: readonly SyntaxNode[],
): string {
  const definition = originOf(origin);
  const { node, kind, name } = definition;
  const file = name.span.file;
  const text =
    file === analysis.file
      ? analysis.text
      : (analysis.imported.find((one) => one.file === file)?.text ?? workspace.textOf(file));
  const from = file === analysis.file ? '' : `\n\nfrom \`${file}\``;
  const head = text === undefined ? name.text : headOf(text, node);
  const values = valuesOf(analysis, definition, path);
  const value = values.length > 0 ? `\n\n${differentTexts(values)}` : '';
  const doc = text === undefined ? '' : commentBefore(text, node.span.start);
  return `${code(head)}\n\n${kindText(kind)}${value}${doc && `\n\n${doc}`}${from}`;
}

function kindText(kind: Definition['kind']): string {
  if (kind === 'flow') return 'what flows into the block';
  return kind === 'operand' || kind === 'axis' ? `${kind} of an \`op\`` : `a ${kind}`;
}

function valuesOf(analysis: Analysis, { node, name }: Definition, path: readonly SyntaxNode[]) {
  const last = path.at(-1);
  if (last?.kind === 'identifier' && last.text === name.text) {
    const read = analysis.valuesOf(last);
    if (read.length > 0) return read;
  }
  if (node.kind === 'stage') return analysis.valuesOf(node);
  const value: Expression | undefined = 'value' in node && typeof node.value === 'object' ? node.value : undefined;
  return value ? analysis.valuesOf(value) : [];
}

/** The first line of what defines a name; of a body only its head. */
function headOf(text: string, { span, ...node }: SyntaxNode): string {
  const whole = text.slice(span.start, span.end);
  const end = 'body' in node && Array.isArray(node.body) ? whole.indexOf('{') : whole.length;
  return whole.slice(0, end).trim();
}

/** The comment that stands directly above. */
function commentBefore(text: string, start: number): string {
  const lines = text.slice(0, start).trimEnd() === '' ? [] : text.slice(0, start).split('\n').slice(0, -1);
  const found: string[] = [];
  for (let line = lines.pop(); line?.trim().startsWith('//'); line = lines.pop())
    found.unshift(line.trim().slice(2).trim());
  return found.join(' ');
}
