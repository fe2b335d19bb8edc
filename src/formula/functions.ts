/**
 * @file The pointwise functions that bodies may call, by name. What is defined by others has no `evaluate` of its own and
 * no code in any target: `expand-functions` writes it out after differentiation.
 */
import { InternalError } from '../diagnostics/diagnostic.ts';
import { constant, type Scalar } from '../ir/scalar.ts';
import { ACTIVATION_FUNCTIONS } from './activation-functions.ts';
import { ELEMENTARY_FUNCTIONS } from './elementary-functions.ts';
import { evaluateClosed } from './evaluate-scalar.ts';
import type { PointwiseFunction } from './pointwise.ts';

const BY_NAME: ReadonlyMap<string, PointwiseFunction> = new Map(
  [...ELEMENTARY_FUNCTIONS, ...ACTIVATION_FUNCTIONS].map((entry) => [entry.name, entry]),
);

export function findFunction(name: string): PointwiseFunction | undefined {
  return BY_NAME.get(name);
}

export function functionNamed(name: string): PointwiseFunction {
  const found = BY_NAME.get(name);
  if (!found) throw new InternalError('functions', `no pointwise function is called ${name}`);
  return found;
}

export function functionNames(): string[] {
  return [...BY_NAME.keys()];
}

/** The value of a function at numbers, in f64. */
export function evaluateFunction(name: string, args: readonly number[]): number {
  const found = functionNamed(name);
  if ('evaluate' in found) return found.evaluate(...args);
  return evaluateClosed(found.expand(...args.map(constant)), evaluateFunction);
}

/** A call in simpler functions; undefined for what stays a call. */
export function expansionOf(name: string, args: readonly Scalar[]): Scalar | undefined {
  const found = functionNamed(name);
  return 'expand' in found ? found.expand(...args) : found.shorten?.(...args);
}
