/**
 * @file What every layer with parameters may be told about them: `conv(16, 3x3, init: xavier, lr_factor: 0.1,
 * bias_init: constant(-1), weight_decay: 0)`. These are arguments of the layer and not attributes of its operator, whose formulas do not know them.
 */

import type { OperatorDefinition } from '../../ops/operator.ts';
import { LAYER_ARGUMENTS } from '../../training/layer-arguments.ts';
import type { EvaluatedArgument, LayerTraining } from '../evaluate/values.ts';
import { fail, help } from '../problems.ts';
import { initializationOf } from './initializers.ts';
import { checkedNumber, type NumberSpec } from './number-spec.ts';

const { lr_factor, weight_decay } = LAYER_ARGUMENTS;
const factor = { name: 'lr_factor', ...lr_factor } as NumberSpec;
const decay = { name: 'weight_decay', ...weight_decay } as NumberSpec;

const biases = 'bias_init';

/** Whether an argument is about the parameters of any layer. */
function isTrainingArgument({ attributes, kind }: OperatorDefinition, name: string | undefined): boolean {
  const known = name !== undefined && Object.hasOwn(LAYER_ARGUMENTS, name);
  return known && kind === 'layer' && !attributes.some((spec) => spec.name === name);
}

/** Whether an argument says how parameters start. */
export function isInitializerArgument(operator: OperatorDefinition, name: string | undefined): boolean {
  return (name === 'init' || name === biases) && isTrainingArgument(operator, name);
}

/** Takes these arguments out of those of a call. Reports CNN2025 and what is wrong with their values. */
export function takeTraining(operator: OperatorDefinition, given: readonly EvaluatedArgument[]) {
  const isOwn = ({ name }: EvaluatedArgument) => isTrainingArgument(operator, name?.text);
  const own = given.filter(isOwn);
  const training: { -readonly [Key in keyof LayerTraining]: LayerTraining[Key] } = {};
  own.forEach(({ name, value, span }, k) => {
    const { text } = name!;
    if (own.slice(0, k).some((other) => other.name!.text === text))
      fail('CNN2025', `\`${text}\` is given twice`, name!.span, help('remove one of them'));
    if (text === 'init') training.init = initializationOf(value, span);
    else if (text === biases) {
      training.biasInit = initializationOf(value, span, biases);
      training.biasSpan = name!.span;
    } else if (text === factor.name) training.rateFactor = checkedNumber(factor, value, span);
    else training.weightDecay = checkedNumber(decay, value, span);
  });
  const rest = given.filter((argument) => !isOwn(argument));
  return { rest, ...(own.length > 0 && { training: { ...training, span: own[0]!.name!.span } }) };
}
