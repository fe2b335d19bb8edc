/** @file What names mean that no program defines. The semantics knows it; `resolve` asks. */
import type { AttributeType } from '../specs/attributes.ts';
import type { Name } from '../syntax/ast.ts';

export type BuiltinKind = 'operator' | 'function' | 'initializer' | 'word' | 'figure' | 'setting';

/** What an argument takes: of a word, as its description has it; a value of any kind; or the file or folder of data. */
export type Expected = AttributeType | 'value' | 'place';

export interface Vocabulary {
  /** What can be named anywhere. */
  builtin(name: string): BuiltinKind | undefined;
  /** Whether formulas have a function of this name. */
  isFormulaFunction(name: string): boolean;
  /** What assertions may speak of: `macs`. */
  isFigure(name: string): boolean;
  /**
   * Whether a bare name is a word where it stands as an argument of what is built in, and no name: `pad: same`.
   * `isDefined`: the program has given it a meaning.
   */
  isWord(callee: string, argument: Name | undefined, text: string, isDefined: boolean): boolean;
  /**
   * Whether a bare name is a word in the `train` block: directly behind a setting, as in `optimizer sgd`, or in the
   * parentheses of a term, as in `stop early(watch: test)`; `position`: of the argument in them.
   */
  isSettingWord(setting: string, term: string | undefined, argument: Name | undefined, position: number): boolean;
  /**
   * What an argument of something built in takes; undefined where nobody can tell. `position`: of one without a name, in a
   * call that something flows into.
   */
  expected(callee: string, argument: Name | undefined, position: number | undefined): Expected | undefined;
  /** The same of a setting or of one of its terms. */
  expectedBySetting(
    setting: string,
    term: string | undefined,
    argument: Name | undefined,
    position: number,
  ): Expected | undefined;
}
