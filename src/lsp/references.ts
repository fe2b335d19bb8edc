/** @file Where a name is defined, where it is used, and the edits that give it another name, in all files. */
import type { Edit, Span } from '../diagnostics/diagnostic.ts';
import type { Definition, Use } from '../resolve/definition.ts';
import type { NameScope } from '../resolve/name-scope.ts';
import { nameAt } from '../resolve/resolution.ts';
import type { BlockItem, FunctionItem, Name, NetworkItem, OperatorItem } from '../syntax/ast.ts';
import { reservedWords } from '../syntax/tokens.ts';
import { nodesOf } from '../syntax/visit.ts';
import { type FileNames, originOf, type Workspace } from './workspace.ts';

/** A name at a place, and what it stands for. */
export interface Named {
  readonly name: Name;
  /** In the file where it is defined first; absent for what is built in. */
  readonly origin?: Definition;
  readonly use?: Use;
}

export function namedAt({ names, program }: Pick<FileNames, 'names' | 'program'>, offset: number): Named | undefined {
  const argument = argumentAt({ names, program }, offset);
  if (argument) return argument;
  const found = nameAt(names, offset);
  if (!found) return undefined;
  if ('kind' in found) {
    const name = [found.name, ...found.writes].find(({ span }) => span.start <= offset && offset <= span.end)!;
    return { name, origin: originOf(found) };
  }
  return { name: found.name, use: found, ...(found.definition && { origin: originOf(found.definition) }) };
}

type Parametric = NetworkItem | BlockItem | FunctionItem | OperatorItem;

/** `width` in `Basic(width: 16)` is the parameter of `Basic`. */
function argumentAt(file: Pick<FileNames, 'names' | 'program'>, offset: number): Named | undefined {
  for (const { name, parameter } of namedArguments(file))
    if (name.span.start <= offset && offset <= name.span.end) return { name, origin: parameter };
  return undefined;
}

function* namedArguments({ names, program }: Pick<FileNames, 'names' | 'program'>) {
  const uses = new Map(names.uses.map((use) => [use.name.span.start, use]));
  for (const call of nodesOf(program, 'call')) {
    const callee = uses.get(call.callee.span.start)?.definition;
    const item = callee && (originOf(callee).node as Parametric);
    if (!item || !('parameters' in item)) continue;
    for (const { name } of call.arguments) {
      const parameter = name && item.parameters.find((one) => one.name.text === name.text);
      if (name && parameter) yield { name, parameter: parameterDefinition(parameter.name, item) };
    }
  }
}

/** As `resolve` defines it, for comparison with `isSame` only. */
function parameterDefinition(name: Name, node: Parametric): Definition {
  return { name, kind: 'parameter', node, writes: [], uses: [] };
}

function isSame(one: Definition | undefined, other: Definition): boolean {
  if (!one) return false;
  const [left, right] = [one.name.span, other.name.span];
  return left.file === right.file && left.start === right.start && one.name.text === other.name.text;
}

export function definitionOf(workspace: Workspace, file: string, offset: number): Span | undefined {
  const analysis = workspace.analysis(file);
  return analysis && namedAt(analysis, offset)?.origin?.name.span;
}

/** Every place of what stands at an offset: definitions first, then uses, file by file. */
export function referencesTo(workspace: Workspace, file: string, offset: number, declares = true): Span[] {
  const analysis = workspace.analysis(file);
  const origin = analysis && namedAt(analysis, offset)?.origin;
  if (!origin) return [];
  const places = workspace.names().flatMap((names) => placesIn(names, origin, declares));
  return distinct(places);
}

function placesIn(file: FileNames, origin: Definition, declares: boolean): Span[] {
  const found: Span[] = [];
  for (const definition of file.names.definitions) {
    if (!isSame(originOf(definition), origin)) continue;
    if (declares) found.push(definition.name.span, ...definition.writes.map(({ span }) => span));
    found.push(...definition.uses.map(({ name }) => name.span));
  }
  for (const { name, parameter } of namedArguments(file)) if (isSame(parameter, origin)) found.push(name.span);
  // What flows into a block has its place at the name of the block.
  return found.filter(({ start, end }) => file.text.slice(start, end) === origin.name.text);
}

function distinct(spans: readonly Span[]): Span[] {
  const found = new Map(spans.map((span) => [`${span.file} ${span.start}`, span]));
  return [...found.values()].toSorted((left, right) =>
    left.file === right.file ? left.start - right.start : left.file < right.file ? -1 : 1,
  );
}

export type Renaming = { readonly edits: readonly Edit[] } | { readonly problem: string };

/** The name that can be changed at an offset; a problem says why none can. */
export function renamableAt(workspace: Workspace, file: string, offset: number): Name | { readonly problem: string } {
  const analysis = workspace.analysis(file);
  const named = analysis && namedAt(analysis, offset);
  if (!named) return { problem: 'there is no name here' };
  const { origin, name } = named;
  if (!origin || origin.kind === 'flow') return { problem: `\`${name.text}\` is a word of the language` };
  const places = referencesTo(workspace, file, offset);
  const isOurs = places.some(({ file: of, start }) => of === origin.name.span.file && start === origin.name.span.start);
  if (!isOurs)
    return { problem: `\`${name.text}\` is defined in \`${origin.name.span.file}\`, which is not of this project` };
  return name;
}

export function rename(workspace: Workspace, file: string, offset: number, text: string): Renaming {
  const found = renamableAt(workspace, file, offset);
  if ('problem' in found) return found;
  if (text === found.text) return { edits: [] };
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(text))
    return { problem: `\`${text}\` is no name: it takes letters, digits and \`_\`` };
  if (reservedWords.some(({ PATTERN }) => PATTERN === text))
    return { problem: `\`${text}\` is a word of the language` };
  const places = referencesTo(workspace, file, offset);
  const files = new Map(workspace.names().map((names) => [names.file, names]));
  const taken = places.find((place) => isTaken(files.get(place.file)!, place.start, text));
  if (taken) return { problem: `\`${text}\` stands for something else in \`${taken.file}\`` };
  return { edits: places.map((span) => ({ span, replacement: text })) };
}

/** Whether a name at a place has a meaning there, or is read further in, where the new one would be seen. */
function isTaken({ names }: FileNames, offset: number, text: string): boolean {
  const scopes = scopesAt(names.scope, offset);
  if (scopes.some((scope) => scope.own(text))) return true;
  const { span } = scopes.at(-1)!.node;
  return names.uses.some(
    ({ name, builtin }) =>
      name.text === text && builtin !== 'word' && span.start <= name.span.start && name.span.end <= span.end,
  );
}

/** From the file to the innermost. */
function scopesAt(scope: NameScope, offset: number): NameScope[] {
  const inner = scope.inner.find(({ node }) => node.span.start <= offset && offset <= node.span.end);
  return [scope, ...(inner ? scopesAt(inner, offset) : [])];
}
