/** @file Numbers and arguments as the language writes them. */
import type { Argument, ArgumentValue, Step } from './values.ts';

/** The shortest that is the same number in 32 bits. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'infinity' : '-infinity';
  const wanted = Math.fround(value);
  for (let digits = 1; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === wanted) return text;
  }
  return String(wanted);
}

const pair = (sizes: readonly number[]): string => (sizes.length === 1 ? `${sizes[0]}` : sizes.join('x'));

/** The two sizes of a window: `3x3`. */
export const kernelText = (sizes: readonly number[]): string => pair(sizes);

/** One number where all are equal. */
export const sizesText = (sizes: readonly number[]): string =>
  sizes.every((size) => size === sizes[0]) ? `${sizes[0]}` : pair(sizes);

export function sidesText(sides: readonly number[]): string {
  const half = sides.length / 2;
  const symmetric = sides.every((side, k) => side === sides[(k + half) % sides.length]);
  return symmetric ? sizesText(sides.slice(0, half)) : `[${sides.join(', ')}]`;
}

/** `usual` is what holds anyway. */
export const named = (name: string, value: ArgumentValue, usual?: ArgumentValue): Argument => ({
  name,
  value,
  ...(usual !== undefined && { usual }),
});

export function valueText(value: ArgumentValue): string {
  return typeof value === 'object' ? `[${value.join(', ')}]` : `${value}`;
}

/** `name: value`, or nothing where it says what holds anyway. */
export function argumentText({ name, value, usual }: Argument): string | undefined {
  const text = valueText(value);
  if (usual !== undefined && text === valueText(usual)) return undefined;
  return name === undefined ? text : `${name}: ${text}`;
}

/** What a step says of it: the value that is given, or that holds where none is. */
export const argumentOf = (step: Step, name: string): ArgumentValue | undefined =>
  step.arguments.find((argument) => argument.name === name)?.value;

/** The arguments with another value for one of them. */
export function replacing(step: Step, name: string, value: ArgumentValue): readonly Argument[] {
  return step.arguments.map((argument) => (argument.name === name ? { ...argument, value } : argument));
}
