/** @file Optimisers and learning rate schedules. Defaults are PyTorch's. */
import type { Setting } from '../syntax/ast.ts';
import type { OptimizerSettings, TrainSettings } from './model.ts';
import { checkedNumber, type NumberSpec } from './number-spec.ts';
import { fail, help } from './problems.ts';
import { argumentsOf, numbersOf, onlyArgument, type Term, termOf } from './train-terms.ts';
import { describe } from './values.ts';
import type { Place } from './walk.ts';

export const OPTIMIZER_NAMES = ['sgd', 'adam', 'adamw', 'rmsprop'];
export const SCHEDULE_NAMES = ['constant', 'cosine', 'step'];

const lr = (standard: number) => ({ name: 'lr', default: standard, minimum: 0, exclusive: true }) as const;
const decay = (standard: number) => ({ name: 'weight_decay', default: standard, minimum: 0 }) as const;
const eps = { name: 'eps', default: 1e-8, minimum: 0, exclusive: true } as const;
const belowOne = 1 - 1e-9;

const momentum = { name: 'momentum', default: 0, minimum: 0, maximum: belowOne } as const;
const adam = (weightDecay: number) =>
  [
    lr(1e-3),
    { name: 'beta1', default: 0.9, minimum: 0, maximum: belowOne },
    { name: 'beta2', default: 0.999, minimum: 0, maximum: belowOne },
    eps,
    decay(weightDecay),
  ] as const;
const rmsprop = [lr(1e-2), { name: 'alpha', default: 0.99, minimum: 0, maximum: belowOne }, eps, decay(0)] as const;

export function optimizer(file: Place, setting: Setting): OptimizerSettings {
  const term = termOf(setting, onlyArgument(setting), OPTIMIZER_NAMES);
  if (term.name.text === 'sgd') return stochasticDescent(file, term);
  if (term.name.text === 'rmsprop') {
    const { weight_decay: weightDecay, ...numbers } = numbersOf(file, term, rmsprop);
    return { kind: 'rmsprop', ...numbers, weightDecay };
  }
  const decoupled = term.name.text === 'adamw';
  const { weight_decay: weightDecay, ...numbers } = numbersOf(file, term, adam(decoupled ? 1e-2 : 0));
  return { kind: 'adam', ...numbers, weightDecay, decoupled };
}

/** The only optimiser with a setting that is no number: `nesterov`. */
function stochasticDescent(file: Place, term: Term): OptimizerSettings {
  const given = argumentsOf(file, term, ['lr', 'momentum', 'nesterov', 'weight_decay']);
  const number = (spec: NumberSpec & { default: number }) => {
    const found = given.get(spec.name);
    return found ? checkedNumber(spec, found.value, found.span) : spec.default;
  };
  const numbers = { lr: number(lr(1e-3)), momentum: number(momentum), weightDecay: number(decay(0)) };
  const flag = given.get('nesterov');
  if (flag && flag.value.kind !== 'boolean')
    fail('CNN2054', `\`nesterov\` is \`true\` or \`false\`, found ${describe(flag.value)}`, flag.span, {
      ...help('write `nesterov: true`'),
    });
  const nesterov = flag?.value.kind === 'boolean' && flag.value.value;
  if (nesterov && numbers.momentum === 0)
    fail('CNN2054', '`nesterov` needs a momentum', flag?.span, help('write `momentum: 0.9, nesterov: true`'));
  return { kind: 'sgd', ...numbers, nesterov };
}

export function schedule(file: Place, setting: Setting): TrainSettings['schedule'] {
  const term = termOf(setting, onlyArgument(setting), SCHEDULE_NAMES);
  switch (term.name.text) {
    case 'cosine': {
      const { warmup } = numbersOf(file, term, [{ name: 'warmup', default: 0, minimum: 0, epochs: true }]);
      return { kind: 'cosine', warmupEpochs: warmup };
    }
    case 'step': {
      const numbers = numbersOf(file, term, [
        { name: 'every', minimum: 1, whole: true, epochs: true },
        { name: 'factor', default: 0.1, minimum: 0, exclusive: true },
      ]);
      return { kind: 'step', ...numbers };
    }
    default:
      numbersOf(file, term, []);
      return { kind: 'constant' };
  }
}
