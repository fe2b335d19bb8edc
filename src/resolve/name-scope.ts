/** @file The names of one body, found without running it. Bodies run by the same rules: `semantics/names/scope.ts`. */
import type { Span } from '../diagnostics/diagnostic.ts';
import type { Name, SyntaxNode } from '../syntax/ast.ts';
import type { Definition, DefinitionKind, Use } from './definition.ts';

export type OpenDefinition = Definition & { readonly writes: Name[]; readonly uses: Use[] };

export class NameScope {
  readonly inner: NameScope[] = [];
  /** Names that the body defines further below. */
  readonly later = new Map<string, Span>();
  readonly #known = new Map<string, OpenDefinition>();
  /** What the first branches of the `if`s around define, which their second branches do not see. */
  readonly #hidden: Map<string, OpenDefinition>[] = [];

  constructor(
    /** The file, network, block, function, operator or `for` whose names these are. */
    readonly node: SyntaxNode,
    readonly parent?: NameScope,
  ) {
    parent?.inner.push(this);
  }

  /** The body of a `for` may give names of the enclosing body new values. */
  get rebinds(): boolean {
    return this.node.kind === 'for';
  }

  get all(): readonly Definition[] {
    return [...this.#known.values()];
  }

  own(text: string): OpenDefinition | undefined {
    return this.#known.get(text);
  }

  find(text: string): OpenDefinition | undefined {
    return this.#known.get(text) ?? this.parent?.find(text);
  }

  findLater(text: string): Span | undefined {
    return this.later.get(text) ?? this.parent?.findLater(text);
  }

  /** Everything in sight, the nearest first. */
  get visible(): Definition[] {
    return [...this.#known.values(), ...(this.parent?.visible ?? [])];
  }

  /** What the body of a `for` gives another value where it assigns to `text`. */
  rebound(text: string): OpenDefinition | undefined {
    for (let scope: NameScope = this; scope.rebinds && scope.parent; scope = scope.parent) {
      const found = scope.own(text) ?? scope.parent.own(text);
      if (found && rebindable.includes(found.kind)) return found;
    }
    return undefined;
  }

  /** One that is known already, even in the other branch of an `if`, is written once more. */
  add(definition: OpenDefinition): OpenDefinition {
    const { text } = definition.name;
    const level = this.#hidden.findLast((hidden) => hidden.has(text));
    const known = this.#known.get(text) ?? level?.get(text);
    level?.delete(text);
    this.#known.set(text, known ?? definition);
    known?.writes.push(definition.name);
    return known ?? definition;
  }

  /** Runs the branches of an `if`: neither sees what the other defines, and both are seen behind it. */
  branch(first: () => void, second: () => void): void {
    const before = new Set(this.#known.keys());
    first();
    const hidden = new Map([...this.#known].filter(([text]) => !before.has(text)));
    for (const text of hidden.keys()) this.#known.delete(text);
    this.#hidden.push(hidden);
    second();
    this.#hidden.pop();
    for (const [text, definition] of hidden) this.#known.set(text, definition);
  }

  /** In a body, names are known below their definitions; what a file defines, but for its constants, everywhere. */
  isKnownAt({ kind, name, node }: Definition, offset: number): boolean {
    const isOrdered = this.node.kind !== 'program' || kind === 'constant';
    return !isOrdered || (early.includes(kind) ? name : node).span.end <= offset;
  }
}

const rebindable: readonly DefinitionKind[] = ['value', 'input'];
/** Known as soon as they have been named, within what defines them. */
const early: readonly DefinitionKind[] = ['parameter', 'flow', 'variable', 'operand', 'axis'];
