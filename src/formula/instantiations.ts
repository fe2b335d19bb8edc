/** @file Formulas of built-in operators, by what they were instantiated for. */
import { obtain } from '../ir/memoize.ts';
import type { OperatorItem } from '../syntax/ast.ts';
import { type FormulaArguments, type InstantiatedFormula, instantiateBuiltin } from './from-syntax.ts';

/** Layers of equal shape share the formula itself, and so what is found out about it. */
export class Instantiations {
  readonly #known = new Map<OperatorItem, Map<string, InstantiatedFormula>>();

  builtin(item: OperatorItem, { shapes, constants = {}, extents = {} }: BuiltinArguments): InstantiatedFormula {
    const same = obtain(this.#known, item, () => new Map<string, InstantiatedFormula>());
    const text = (numbers: Readonly<Record<string, number>>) => Object.entries(numbers).flat().join();
    const key = `${shapes.join(';')}|${text(constants)}|${text(extents)}`;
    return obtain(same, key, () => instantiateBuiltin(item, { shapes, constants, extents }));
  }
}

export type BuiltinArguments = Omit<FormulaArguments, 'names'>;
