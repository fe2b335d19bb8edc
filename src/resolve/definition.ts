/** @file What names stand for, and where they are read. */
import type { Name, SyntaxNode } from '../syntax/ast.ts';
import type { BuiltinKind } from './vocabulary.ts';

export type DefinitionKind =
  | 'import'
  | 'network'
  | 'block'
  | 'function'
  | 'operator'
  | 'constant'
  | 'parameter'
  /** `in`: what flows into a block. */
  | 'flow'
  | 'input'
  | 'target'
  | 'value'
  /** An in-place name. */
  | 'layer'
  | 'output'
  /** Of a `for`. */
  | 'variable'
  /** Of an `op`, as are axes. */
  | 'operand'
  | 'axis';

export interface Definition {
  /** Where it is defined first. */
  readonly name: Name;
  readonly kind: DefinitionKind;
  /** What defines it: an item, a parameter, a statement, a stage … */
  readonly node: SyntaxNode;
  /** Further places that define it, or give it another value as the body of a `for` may. */
  readonly writes: readonly Name[];
  readonly uses: readonly Use[];
  /** The definition further out that it hides, or what the name would mean without it. */
  readonly shadows?: Definition | BuiltinKind;
  /** Of an import: the definition in the other file, if there is one. */
  readonly target?: Definition;
}

/** One place where a name is read: it stands for a definition of the program or for something built in. */
export interface Use {
  readonly name: Name;
  readonly definition?: Definition;
  readonly builtin?: BuiltinKind;
}
