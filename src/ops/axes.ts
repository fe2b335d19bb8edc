/** @file Dimensions by name, for operators that work along one of them. */
import type { Shape } from '../ir/graph.ts';
import { choice } from '../specs/attributes.ts';
import type { OperatorContext } from './operator.ts';

const AXIS_NAMES = ['channels', 'height', 'width'] as const;

/** Names of axes in formulas, one per dimension. */
const LETTERS = ['c', 'i', 'j', 'l'] as const;

export const AXIS = choice(AXIS_NAMES, { default: 'channels', doc: 'the dimension: `channels`, `height` or `width`' });

/** Number of the dimension that the attribute `axis` names, or a diagnostic. */
export function axisOf(
  context: OperatorContext<{ axis: (typeof AXIS_NAMES)[number] }>,
  operator: string,
  { length }: Shape,
): number {
  const name = context.attributes.axis;
  const axis = AXIS_NAMES.indexOf(name);
  if (axis < length) return axis;
  return context.fail({
    code: 'CNN3101',
    message: `\`${operator}\` along the ${name} needs ${axis + 1} dimensions, found ${length}`,
    attribute: 'axis',
    help: length === 1 ? 'a vector has nothing but channels' : `use one of the ${length} dimensions`,
  });
}

/** `c, i, j`: names of as many axes as there are dimensions, one of them replaced. */
export function lettersOf(shape: Shape, replaced = -1, by = ''): string {
  return shape.map((_, k) => (k === replaced ? by : (LETTERS[k] ?? `${LETTERS.at(-1)}${k}`))).join(', ');
}

export function printShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}
