/** @file The record that grows while the names of a file are resolved. */
import type { ImportItem, Item, Name, Program, SyntaxNode } from '../syntax/ast.ts';
import type { Definition, DefinitionKind, Use } from './definition.ts';
import { NameScope, type OpenDefinition } from './name-scope.ts';
import type { ArgumentSite, Resolution, Unresolved } from './resolution.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface ResolveOptions {
  readonly vocabulary: Vocabulary;
  /** The files that imports name; what they lack is taken for known. */
  readonly imports?: ReadonlyMap<ImportItem, Resolution>;
}

/** Where a name stands. */
export interface Site {
  readonly scope: NameScope;
  /** The item around it. */
  readonly item: Item;
  /** The condition of an `assert`, which may speak of figures. */
  readonly isClaim?: true;
  /** Before `(`, or behind `->`. */
  readonly isApplied?: true;
  /** Nearest around it, where it is known what that takes. */
  readonly argument?: ArgumentSite | undefined;
}

export class Resolver implements Resolution {
  readonly scope: NameScope;
  readonly definitions: Definition[] = [];
  readonly uses: Use[] = [];
  readonly unresolved: Unresolved[] = [];

  constructor(
    readonly program: Program,
    readonly options: ResolveOptions,
  ) {
    this.scope = new NameScope(program);
  }

  get vocabulary(): Vocabulary {
    return this.options.vocabulary;
  }

  define(scope: NameScope, name: Name, kind: DefinitionKind, node: SyntaxNode, target?: Definition): void {
    const shadows = scope.parent?.find(name.text) ?? this.vocabulary.builtin(name.text);
    const details = { ...(shadows && { shadows }), ...(target && { target }) };
    const wanted: OpenDefinition = { name, kind, node, writes: [], uses: [], ...details };
    if (scope.add(wanted) === wanted) this.definitions.push(wanted);
  }

  /** `name = …`, which in a `for` may give another name's definition a new value. */
  assign(scope: NameScope, name: Name, node: SyntaxNode): void {
    const known = scope.rebound(name.text);
    if (known) known.writes.push(name);
    else this.define(scope, name, 'value', node);
  }

  /** Reads a name that must stand for something. */
  read(site: Site, name: Name): void {
    const { scope, isClaim } = site;
    const { text } = name;
    const isFigure = isClaim && !scope.find(text) && this.vocabulary.isFigure(text);
    if (isFigure) this.uses.push({ name, builtin: 'figure' });
    else if (!this.mayRead(scope, name)) this.miss(site, name);
  }

  miss({ scope, item, isApplied, argument }: Site, name: Name): void {
    const later = scope.findLater(name.text);
    const visible = scope.visible.map(textOf);
    this.unresolved.push({
      name,
      ...(later && { later }),
      visible,
      item,
      ...(isApplied ? { isApplied } : argument && { argument }),
    });
  }

  /** In a formula, where only what `isWanted` says would do. */
  missInFormula(
    { scope, item }: Site,
    name: Name,
    formula: NonNullable<Unresolved['formula']>,
    isWanted: (definition: Definition) => boolean,
  ): void {
    this.unresolved.push({ name, formula, visible: scope.visible.filter(isWanted).map(textOf), item });
  }

  /** Whether the name stands for something, which is then noted. */
  mayRead(scope: NameScope, name: Name): boolean {
    const definition = scope.find(name.text);
    if (definition) return this.readAs(name, definition);
    const builtin = this.vocabulary.builtin(name.text);
    if (builtin) this.uses.push({ name, builtin });
    return builtin !== undefined;
  }

  readAs(name: Name, definition: OpenDefinition): true {
    const use = { name, definition };
    definition.uses.push(use);
    this.uses.push(use);
    return true;
  }

  /** A word, or a name of the program if it has one: nothing is wrong if it has not. */
  readSoftly(scope: NameScope, name: Name): void {
    const definition = scope.find(name.text);
    if (definition) this.readAs(name, definition);
  }

  word(name: Name): void {
    this.uses.push({ name, builtin: 'word' });
  }
}

function textOf({ name }: Definition): string {
  return name.text;
}
