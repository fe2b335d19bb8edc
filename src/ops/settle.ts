/**
 * @file Attributes for the map that flows in. `conv(16, 3)` is written before it is known whether it meets a map, where the 3
 * stands for both axes, or a signal, which has one. Here one number becomes one for each axis, and what is written for another
 * number of axes is reported.
 */
import type { AttributeSpec, AttributeValue, AttributeValues } from '../specs/attributes.ts';
import { mapAxisCount, mapKind } from './map-axes.ts';
import type { Failure } from './operator.ts';

/** `shape`: of the first input. `fail` reports CNN3033. */
export function settleAttributes(
  { attributes, name }: { readonly attributes: readonly AttributeSpec[]; readonly name: string },
  written: AttributeValues,
  shape: readonly number[],
  fail: (failure: Failure) => never,
): AttributeValues {
  const isMap = shape.length === 2 || shape.length === 3;
  const axes = mapAxisCount(shape);
  const settled: Record<string, AttributeValue> = {};
  for (const spec of attributes) {
    const value = written[spec.name];
    const numbers = numbersFor(spec, axes);
    if (isMap && numbers && value !== undefined && !isFor(value, axes, numbers))
      return fail(misfit(spec, value, shape, name));
    settled[spec.name] = numbers && isNumbers(value) && value.length === 1 ? repeated(value[0]!, numbers) : value;
  }
  return settled;
}

/** How many numbers the attribute has on a map of so many axes; undefined where that is no matter of axes. */
function numbersFor({ type }: AttributeSpec, axes: number): number | undefined {
  if (type === 'sizes') return axes;
  return type === 'sides' || type === 'padding' ? 2 * axes : undefined;
}

function isNumbers(value: AttributeValue): value is readonly number[] {
  return Array.isArray(value);
}

function isFor(value: AttributeValue, axes: number, numbers: number): boolean {
  if (!isNumbers(value)) return value !== 'causal' || axes === 1;
  return value.length === 1 || value.length === numbers;
}

function repeated(number: number, count: number): readonly number[] {
  return Array.from({ length: count }, () => number);
}

function misfit(
  { name, type }: AttributeSpec,
  value: AttributeValue,
  shape: readonly number[],
  operator: string,
): Failure {
  const { name: kind, sides } = mapKind(mapAxisCount(shape));
  const found = `a ${kind} [${shape.join(', ')}]`;
  const failure = { code: 'CNN3033', attribute: name };
  if (!isNumbers(value))
    return {
      ...failure,
      message: `\`${name}: causal\` is for signals [channels, length], found ${found}`,
      help: `rows and columns have no before and after: write \`${name}: same\`, or \`[${sides.join(', ')}]\``,
    };
  if (type === 'sizes') {
    const one = oneOf(value);
    return {
      ...failure,
      message: `\`${name}\` is ${value.join('x')}, a number for each of two axes, and \`${operator}\` found ${found}`,
      help: one === undefined ? 'a signal has one axis: give one number' : `a signal has one axis: write \`${one}\``,
    };
  }
  return {
    ...failure,
    message: `\`${name}\` has ${value.length} sides, found ${found} with ${sides.length}`,
    help: `write one number, or \`[${sides.join(', ')}]\``,
  };
}

/** The number that a pair most likely means: `5` of `5x5` and of `1x5`. */
function oneOf([first, second]: readonly number[]): number | undefined {
  if (first === second || second === 1) return first;
  return first === 1 ? second : undefined;
}
