/** @file What is defined and never used. A name in a branch that is not taken counts as used. */
import type { Span } from '../diagnostics/diagnostic.ts';
import type { Definition, DefinitionKind } from '../resolve/definition.ts';
import type { Resolution } from '../resolve/resolution.ts';
import type { Item, Program } from '../syntax/ast.ts';

export const CALLABLE: readonly DefinitionKind[] = ['block', 'function', 'operator'];

export function unused({ definitions }: Resolution, kinds: readonly DefinitionKind[]): readonly Definition[] {
  return definitions.filter((definition) => kinds.includes(definition.kind) && isUnused(definition));
}

/** What only applies itself is not used. */
function isUnused({ uses, node, kind }: Definition): boolean {
  if (!CALLABLE.includes(kind)) return uses.length === 0;
  return uses.every(({ name: { span } }) => span.start >= node.span.start && span.end <= node.span.end);
}

export function itemOf({ items }: Program, { start }: Span): Item | undefined {
  return items.find(({ span }) => span.start <= start && start < span.end);
}

/** A file of definitions for others. */
export function isLibrary({ items }: Program): boolean {
  return !items.some(({ kind }) => kind === 'network' || kind === 'train');
}
