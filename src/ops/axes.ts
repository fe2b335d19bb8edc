/** @file Dimensions by name, for operators that work along one of them. */
import type { Shape } from '../ir/graph.ts';
import { choice } from '../specs/attributes.ts';
import type { OperatorContext } from './operator.ts';

const AXIS_NAMES = ['channels', 'height', 'width', 'length'] as const;
type AxisName = (typeof AXIS_NAMES)[number];

/** The dimension that a name stands for: the length is that of a signal `[channels, length]`. */
const NUMBERS: Readonly<Record<AxisName, number>> = { channels: 0, height: 1, width: 2, length: 1 };

/** Names of axes in formulas, one per dimension. */
const LETTERS = ['c', 'i', 'j', 'l'] as const;

export const AXIS = choice(AXIS_NAMES, {
  default: 'channels',
  doc: 'the dimension: `channels`, `height` or `width`, of a signal `channels` or `length`',
});

/** Number of the dimension that the attribute `axis` names, or a diagnostic. */
export function axisOf(context: OperatorContext<{ axis: AxisName }>, operator: string, { length }: Shape): number {
  const name = context.attributes.axis;
  const axis = NUMBERS[name];
  if (axis < length && (name !== 'length' || length === 2)) return axis;
  if (name === 'length' && length > 2)
    return context.fail({
      code: 'CNN3101',
      message: `a map has no \`length\`, found \`${operator}\` along it`,
      attribute: 'axis',
      help: 'write `height` or `width`; signals [channels, length] have a length',
    });
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
