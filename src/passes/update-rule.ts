/**
 * @file Optimisers as formulas: the new value of a parameter w from its gradient g, the learning rate and the
 * optimiser's own state. Update equations are PyTorch's (torch.optim, version 1.13).
 */
import type { HostExpression, State } from '../ir/graph.ts';
import type { OptimizerSettings } from '../semantics/model.ts';

/** One statement of an update: `name[k] = formula`. Names of `states` persist from step to step. */
export interface UpdateRule {
  readonly name: string;
  /** State per parameter, all of the parameter's shape and starting at 0. */
  readonly states: readonly string[];
  /** Scalars computed by the host in f64 before the step. */
  readonly scalars: Readonly<Record<string, HostExpression>>;
  readonly constants: Readonly<Record<string, number>>;
  /** In order; a name on the left may be used afterwards. The last one is `w`. */
  readonly statements: readonly { readonly name: string; readonly formula: string }[];
  /** The rule for a parameter with a learning rate or weight decay of its own. */
  readonly variant?: (parameter: State) => UpdateRule;
}

const number = (value: number): HostExpression => ({ kind: 'constant', value });
const LR: HostExpression = { kind: 'lr' };
const STEP: HostExpression = { kind: 'step' };
const binary = (operator: '-' | '/' | '*' | '**', left: HostExpression, right: HostExpression): HostExpression => ({
  kind: 'binary',
  operator,
  left,
  right,
});

export interface SgdOptions {
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
}

/** Sutskever et al. 2013. PyTorch's form: the velocity does not contain the learning rate. */
export function sgd({ momentum, nesterov, weightDecay }: SgdOptions, lr: HostExpression = LR): UpdateRule {
  const gradient = weightDecay > 0 ? '(g[k] + decay * w[k])' : 'g[k]';
  const constants = { decay: weightDecay, momentum };
  if (momentum === 0)
    return {
      name: 'sgd',
      states: [],
      scalars: { lr },
      constants,
      statements: [{ name: 'w', formula: `w[k] - lr * ${gradient}` }],
    };
  const step = nesterov ? `(${gradient} + momentum * velocity[k])` : 'velocity[k]';
  return {
    name: 'sgd',
    states: ['velocity'],
    scalars: { lr },
    constants,
    statements: [
      { name: 'velocity', formula: `momentum * velocity[k] + ${gradient}` },
      { name: 'w', formula: `w[k] - lr * ${step}` },
    ],
  };
}

export interface AdamOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  readonly decoupled: boolean;
}

/** Kingma and Ba 2015; decoupled weight decay: Loshchilov and Hutter 2019. */
export function adam({ beta1, beta2, eps, weightDecay, decoupled }: AdamOptions, lr: HostExpression = LR): UpdateRule {
  const coupled = weightDecay > 0 && !decoupled;
  const gradient = coupled ? '(g[k] + decay * w[k])' : 'g[k]';
  const decayed = weightDecay > 0 && decoupled ? 'w[k] * keep' : 'w[k]';
  const correction = (beta: number) => binary('-', number(1), binary('**', number(beta), STEP));
  return {
    name: decoupled ? 'adamw' : 'adam',
    states: ['mean', 'square'],
    scalars: {
      rate: binary('/', lr, correction(beta1)),
      root: { kind: 'sqrt', operand: correction(beta2) },
      keep: binary('-', number(1), binary('*', lr, number(weightDecay))),
    },
    constants: { decay: weightDecay, beta1, beta2, eps },
    statements: [
      { name: 'mean', formula: `beta1 * mean[k] + (1 - beta1) * ${gradient}` },
      { name: 'square', formula: `beta2 * square[k] + (1 - beta2) * (${gradient} * ${gradient})` },
      { name: 'w', formula: `${decayed} - rate * (mean[k] / (sqrt(square[k]) / root + eps))` },
    ],
  };
}

export interface RmspropOptions {
  readonly alpha: number;
  readonly eps: number;
  readonly weightDecay: number;
}

/** Tieleman and Hinton 2012. */
export function rmsprop({ alpha, eps, weightDecay }: RmspropOptions, lr: HostExpression = LR): UpdateRule {
  const gradient = weightDecay > 0 ? '(g[k] + decay * w[k])' : 'g[k]';
  return {
    name: 'rmsprop',
    states: ['square'],
    scalars: { lr },
    constants: { decay: weightDecay, alpha, eps },
    statements: [
      { name: 'square', formula: `alpha * square[k] + (1 - alpha) * (${gradient} * ${gradient})` },
      { name: 'w', formula: `w[k] - lr * ${gradient} / (sqrt(square[k]) + eps)` },
    ],
  };
}

/** The rule for the optimiser that a `train` block names. */
export function updateRuleOf(settings: OptimizerSettings): UpdateRule {
  const variant = ({ rateFactor, weightDecay = settings.weightDecay }: State) =>
    ruleOf({ ...settings, weightDecay }, rateFactor === undefined ? LR : binary('*', number(rateFactor), LR));
  return { ...ruleOf(settings, LR), variant };
}

function ruleOf(settings: OptimizerSettings, lr: HostExpression): UpdateRule {
  switch (settings.kind) {
    case 'sgd':
      return sgd(settings, lr);
    case 'adam':
      return adam(settings, lr);
    case 'rmsprop':
      return rmsprop(settings, lr);
  }
}
