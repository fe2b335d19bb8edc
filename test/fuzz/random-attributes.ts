/**
 * @file Attributes of an operator, drawn from its specifications alone: small values of their types within their bounds.
 * Whether they fit a shape, the operator itself says when it is built.
 */
import type { Shape } from '../../src/ir/graph.ts';
import type { OperatorDefinition } from '../../src/ops/operator.ts';
import { type AttributeSpec, isRequired, placed } from '../../src/specs/attributes.ts';
import type { Choices } from './choices.ts';

export interface RandomAttributes {
  /** As `NetworkBuilder` takes them. */
  readonly values: Readonly<Record<string, unknown>>;
  /** As arguments of the language. */
  readonly texts: readonly string[];
}

/** What the attributes are to fit. */
export interface Setting {
  readonly shape: Shape;
  readonly classes: number;
}

export function randomAttributes(operator: OperatorDefinition, choices: Choices, setting: Setting): RandomAttributes {
  const values: Record<string, unknown> = {};
  const texts: string[] = [];
  // The first arguments may be given by their places.
  let positional = choices.rarely(2);
  const byPlace = placed(operator.attributes);
  for (const spec of operator.attributes) {
    const isGiven = isRequired(spec) || choices.rarely(spec.default === undefined ? 2 : 3);
    positional &&= isGiven && byPlace.includes(spec);
    if (!isGiven) continue;
    const value = randomValue(spec, choices, setting);
    values[spec.name] = value;
    texts.push(`${positional ? '' : `${spec.name}: `}${written(spec, value, choices, isSignal(setting))}`);
  }
  return { values, texts };
}

const NUMBERS = [0.5, 1, 2, 0.1, 3, 1.5];

function randomValue(spec: AttributeSpec, choices: Choices, setting: Setting): unknown {
  const { minimum = 0, maximum = 4 } = spec;
  switch (spec.type) {
    case 'boolean':
      return !spec.default;
    case 'choice':
      return choices.pick(spec.choices!);
    case 'integer':
      return minimum + choices.next(4);
    case 'number':
      return choices.pick(NUMBERS.filter((number) => number >= minimum && number <= maximum));
    case 'list':
      if (spec.item?.type === 'number') return Array.from({ length: setting.classes }, () => choices.pick(NUMBERS));
      return spec.item?.minimum === 0 ? choices.permutation(setting.shape.length) : choices.factors(setting.shape);
    case 'sizes':
      if (isSignal(setting)) return randomSize(minimum, choices);
      return [randomSize(minimum, choices), randomSize(minimum, choices)];
    case 'padding':
    case 'sides':
      return randomPadding(spec, choices, isSignal(setting));
    case 'text':
      return 'text';
  }
}

/** Small as a rule; a stride of five and more makes a loop of what else is written out. */
function randomSize(minimum: number, choices: Choices): number {
  return minimum + (choices.rarely(10) ? 3 + choices.next(4) : choices.next(3));
}

const isSignal = ({ shape }: Setting) => shape.length === 2;

function randomPadding({ type, choices: words }: AttributeSpec, choices: Choices, signal: boolean): unknown {
  const form = choices.next(type === 'sides' ? 3 : 5);
  if (form >= 3) return choices.pick(words!.filter((word) => signal || word !== 'causal'));
  const sides = Array.from({ length: [1, 2, 4][form]! }, () => choices.next(3));
  if (form === 0) return sides[0];
  return signal ? sides.slice(0, 2) : sides;
}

function written({ type }: AttributeSpec, value: unknown, choices: Choices, signal: boolean): string {
  const isPadding = type === 'padding' || type === 'sides';
  if (!Array.isArray(value)) return `${value}`;
  if (signal) return `[${value.join(', ')}]`;
  if (type === 'sizes' && value[0] === value[1] && choices.rarely(2)) return `${value[0]}`;
  // A pair such as 0x1 is none of the kernel sizes that the language has a literal for.
  if (value.length === 2 && (type === 'sizes' || isPadding) && !value.includes(0)) return value.join('x');
  if (isPadding && value.length === 2) return `[${[...value, ...value].join(', ')}]`;
  return `[${value.join(', ')}]`;
}
