/** @file Names and what they stand for. A body has a scope; the scope of a file encloses those of its networks. */
import type { Span } from '../../diagnostics/diagnostic.ts';
import type { Name } from '../../syntax/ast.ts';
import { fail, help } from '../problems.ts';

export type EntryKind =
  | 'constant'
  | 'block'
  | 'function'
  | 'operator'
  | 'parameter'
  | 'input'
  | 'target'
  | 'value'
  | 'layer'
  | 'output'
  | 'variable';

export interface Entry<Value> {
  readonly name: string;
  readonly kind: EntryKind;
  readonly span: Span;
  /** Absent when its definition failed: whoever uses it fails quietly. */
  value?: Value;
  /** It has been reported as defined twice. */
  isTwice?: boolean;
}

/** `Value` is what names stand for. */
export class Scope<Value> {
  readonly #entries = new Map<string, Entry<Value>>();
  /** Names that the body will define, for `used before its definition`. */
  readonly later = new Map<string, Span>();

  constructor(
    readonly parent?: Scope<Value>,
    /** The body of a `for` may give names of the enclosing body new values. */
    readonly rebinds = false,
  ) {}

  define(name: Name, kind: EntryKind, value: Value | undefined): void {
    const known = this.#entries.get(name.text);
    if (known?.kind === 'value' && kind === 'value') this.#again(name, known, value);
    else if (known)
      fail('CNN2002', `\`${name.text}\` is defined twice`, name.span, {
        notes: [{ message: `it is ${article(known.kind)} already`, span: known.span }],
        ...help('give one of them another name'),
      });
    else this.#entries.set(name.text, { name: name.text, kind, span: name.span, ...(value && { value }) });
  }

  /** `x = x -> relu`: said once for each name; what follows was written for the new value. */
  #again(name: Name, known: Entry<Value>, value: Value | undefined): void {
    known.value = value;
    if (known.isTwice) return;
    known.isTwice = true;
    fail('CNN2002', `\`${name.text}\` is defined twice`, name.span, {
      notes: [{ message: `it is ${article(known.kind)} already`, span: known.span }],
      ...help('only a `for` gives a name another value; write one pipeline, or give this one another name'),
    });
  }

  /** Defines a name, or gives it a new value if a `for` is allowed to. */
  assign(name: Name, value: Value | undefined): void {
    for (let scope: Scope<Value> = this; scope.rebinds && scope.parent; scope = scope.parent) {
      const entry = scope.#entries.get(name.text) ?? scope.parent.#entries.get(name.text);
      if (entry?.kind !== 'value' && entry?.kind !== 'input') continue;
      entry.value = value;
      return;
    }
    this.define(name, 'value', value);
  }

  /** What a name of this body stands for can no longer be told: whoever uses it fails quietly. */
  lose(name: Name): void {
    const entry = this.#ownOrRebound(name.text);
    if (entry) entry.value = undefined;
    else this.define(name, 'value', undefined);
  }

  /** As `lose`, of all names of this body for which `isLost`. */
  loseAll(isLost: (name: string) => boolean = () => true): void {
    for (const [name, entry] of this.#entries) if (isLost(name)) entry.value = undefined;
    if (this.rebinds) this.parent?.loseAll(isLost);
  }

  #ownOrRebound(name: string): Entry<Value> | undefined {
    const own = this.#entries.get(name);
    return own || !this.rebinds || !this.parent ? own : this.parent.#ownOrRebound(name);
  }

  find(name: string): Entry<Value> | undefined {
    return this.#entries.get(name) ?? this.parent?.find(name);
  }

  /** Where a name that is not there yet will be defined. */
  findLater(name: string): Span | undefined {
    return this.later.get(name) ?? this.parent?.findLater(name);
  }

  names(): string[] {
    return [...this.#entries.keys(), ...(this.parent?.names() ?? [])];
  }
}

function article(kind: EntryKind): string {
  return /^[aeio]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}
