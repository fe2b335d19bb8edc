/** @file Activations of Keras by their names. */
import { infix, stage } from '../layer-steps.ts';
import { named, numberText } from '../texts.ts';
import { refuse, type Step } from '../values.ts';
import { isObject, type KerasPlace } from './values.ts';

type Make = (x: Step, place: KerasPlace) => Step;

const plain =
  (word: string): Make =>
  (x) =>
    stage(word, x);

/** A line of its own before Keras 3. */
const hardSigmoid: Make = (x, { isVersion3 }) =>
  isVersion3
    ? stage('hardsigmoid', x)
    : stage('hardtanh', infix(infix(x, '*', 0.2), '+', 0.5), x.shape, {
        arguments: [named('min', '0', '-1'), named('max', '1', '1')],
      });

export const ACTIVATIONS: Readonly<Record<string, Make>> = {
  linear: (x) => x,
  swish: plain('silu'),
  exponential: plain('exp'),
  hard_swish: plain('hardswish'),
  hard_silu: plain('hardswish'),
  hard_sigmoid: hardSigmoid,
  log_softmax: plain('logsoftmax'),
  leaky_relu: (x) => stage('leakyrelu', x, x.shape, { arguments: [named('slope', numberText(0.2), '0.01')] }),
  ...Object.fromEntries(
    ['relu', 'relu6', 'sigmoid', 'tanh', 'softmax', 'elu', 'selu', 'softplus', 'softsign', 'silu', 'gelu', 'mish'].map(
      (word) => [word, plain(word)],
    ),
  ),
};

/** What a layer does with its results; nothing if it does not say. */
export function activated(x: Step, place: KerasPlace): Step {
  const given = place.settings.values.activation;
  if (given === undefined || given === null) return x;
  const name = typeof given === 'string' ? given : isObject(given) ? String(given.config ?? given.class_name) : '';
  if (!Object.hasOwn(ACTIVATIONS, name)) refuse(`its activation is \`${name}\``);
  return ACTIVATIONS[name]!(x, place);
}
