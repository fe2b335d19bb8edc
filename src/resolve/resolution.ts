/** @file What is known of the names of a file without running anything: what each one stands for, and where. */
import type { Span } from '../diagnostics/diagnostic.ts';
import type { Expression, Item, Name } from '../syntax/ast.ts';
import type { Definition, Use } from './definition.ts';
import type { NameScope } from './name-scope.ts';
import type { Expected } from './vocabulary.ts';

/** The argument that a name is, or is part of, and what is taken there. */
export interface ArgumentSite {
  readonly value: Expression;
  readonly expected: Expected;
}

/** A name that stands for nothing. */
export interface Unresolved {
  readonly name: Name;
  /** Where the file defines it further below. */
  readonly later?: Span;
  /** In the formula of an `fn` or `op`: what was looked for. */
  readonly formula?: 'argument' | 'axis' | 'function';
  /** What was in sight, the nearest first. */
  readonly visible: readonly string[];
  /** In which it stands. */
  readonly item: Item;
  /** It stands where only what can be applied does: before `(`, or behind `->`. */
  readonly isApplied?: true;
  readonly argument?: ArgumentSite;
}

export interface Resolution {
  /** Of the file; those of its bodies are in it. */
  readonly scope: NameScope;
  /** In the order of the walk, as are uses. */
  readonly definitions: readonly Definition[];
  readonly uses: readonly Use[];
  readonly unresolved: readonly Unresolved[];
}

/** The use or definition of which a name stands at an offset; a cursor behind it is at it. */
export function nameAt({ uses, definitions }: Resolution, offset: number): Use | Definition | undefined {
  const isAt = ({ span }: Name) => span.start <= offset && offset <= span.end;
  const used = uses.find(({ name }) => isAt(name));
  return used ?? definitions.find(({ name, writes }) => isAt(name) || writes.some(isAt));
}

/** What a name at an offset may stand for, the nearest definition of each. */
export function visibleAt({ scope }: Resolution, offset: number): Definition[] {
  const found = new Map<string, Definition>();
  for (let at: NameScope | undefined = innermost(scope, offset); at; at = at.parent)
    for (const definition of at.all)
      if (!found.has(definition.name.text) && at.isKnownAt(definition, offset))
        found.set(definition.name.text, definition);
  return [...found.values()];
}

function innermost(scope: NameScope, offset: number): NameScope {
  const inner = scope.inner.find(({ node }) => node.span.start <= offset && offset <= node.span.end);
  return inner ? innermost(inner, offset) : scope;
}
