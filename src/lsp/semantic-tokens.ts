/** @file What each name of a text is, for colours that a grammar alone cannot give: a layer, a block, a number, a word. */
import type { Definition, Use } from '../resolve/definition.ts';
import type { Name } from '../syntax/ast.ts';
import { nodesOf } from '../syntax/visit.ts';
import { originOf, type Workspace } from './workspace.ts';

/** Names of the protocol, in the order of their numbers. */
export const TOKEN_TYPES = [
  'function',
  'class',
  'variable',
  'parameter',
  'property',
  'enumMember',
  'namespace',
  'keyword',
] as const;
export const TOKEN_MODIFIERS = ['declaration', 'readonly', 'defaultLibrary'] as const;

export interface SemanticToken {
  readonly start: number;
  readonly end: number;
  readonly type: (typeof TOKEN_TYPES)[number];
  readonly modifiers: readonly (typeof TOKEN_MODIFIERS)[number][];
}

/** In the order of the text; no two overlap. */
export function semanticTokens(workspace: Workspace, file: string): SemanticToken[] {
  const analysis = workspace.analysis(file);
  if (!analysis) return [];
  const { names, program, text } = analysis;
  const found = [
    ...names.definitions.flatMap((definition) =>
      [definition.name, ...definition.writes].map((name) => declared(name, definition)),
    ),
    ...names.uses.flatMap((use) => used(use)),
    ...nodesOf(program, 'argument', 'member').flatMap((node) => {
      const name = node.kind === 'argument' ? node.name : node.member;
      return name ? [token(name, 'property')] : [];
    }),
  ];
  const tokens = found.filter(({ start, end }) => end > start && isName(text.slice(start, end)));
  const ordered = tokens.toSorted((left, right) => left.start - right.start);
  return ordered.filter((one, k) => k === 0 || one.start >= ordered[k - 1]!.end);
}

function isName(text: string): boolean {
  return /^\w+$/.test(text) && text !== 'in';
}

function token(name: Name, type: SemanticToken['type'], ...modifiers: SemanticToken['modifiers']): SemanticToken {
  return { start: name.span.start, end: name.span.end, type, modifiers };
}

function declared(name: Name, definition: Definition): SemanticToken {
  return token(name, typeOf(definition), 'declaration');
}

function used({ name, definition, builtin }: Use): SemanticToken[] {
  if (definition) {
    const isFixed = ['constant', 'parameter', 'variable'].includes(originOf(definition).kind);
    return [token(name, typeOf(definition), ...(isFixed ? (['readonly'] as const) : []))];
  }
  switch (builtin) {
    case 'operator':
    case 'function':
    case 'initializer':
      return [token(name, 'function', 'defaultLibrary')];
    case 'setting':
      return [token(name, 'keyword')];
    case undefined:
      return [];
    default:
      return [token(name, 'enumMember', 'defaultLibrary')];
  }
}

function typeOf(definition: Definition): SemanticToken['type'] {
  switch (originOf(definition).kind) {
    case 'block':
    case 'network':
      return 'class';
    case 'function':
    case 'operator':
      return 'function';
    case 'parameter':
    case 'variable':
    case 'axis':
      return 'parameter';
    case 'layer':
      return 'property';
    default:
      return 'variable';
  }
}
