/**
 * @file From an optimiser's equations to the rule of an update: its numbers, the weight decay, and the learning rate of a
 * parameter put into its formulas.
 */
import type { HostExpression, State } from '../ir/graph.ts';
import { type OptimizerSettings, optimizerNamed } from '../training/words.ts';
import type { UpdateRule } from './append-update.ts';
import { afterAll, type BeforeUpdate, updateNumber } from './before-update.ts';
import { constantOf, hostExpression } from './host-expression.ts';

export type { UpdateRule };

const LR: HostExpression = { kind: 'lr' };

/** The rule for the optimiser that a `train` block names, and for what comes before it. */
export function updateRuleOf(settings: OptimizerSettings, before: BeforeUpdate = {}): UpdateRule {
  const step = updateNumber(before.accumulate ?? 1);
  const lowest = before.schedule?.momentum as number | undefined;
  const variant = (parameter: State) => {
    const { rateFactor, weightDecay = usualDecay(settings, parameter) } = parameter;
    const lr = { kind: 'binary', operator: '*', left: constantOf(rateFactor ?? 1), right: LR } as const;
    const rule = ruleOf({ ...settings, weight_decay: weightDecay }, rateFactor === undefined ? LR : lr, step, lowest);
    return afterAll(rule, before);
  };
  return { ...afterAll(ruleOf(settings, LR, step, lowest), before), variant };
}

/** Biases, scales and slopes are lists of numbers; the scales of a norm may have any shape. */
export function usualDecay(settings: OptimizerSettings, { shape, owner }: State): number {
  const stays = shape.length < 2 || owner?.part === 'bias' || owner?.scales === true;
  return settings.decay_norms === false && stays ? 0 : settings.weight_decay;
}

/** The momentum on the way from the optimiser's own to the lowest of the schedule. */
function movedMomentum(own: number, lowest: number): HostExpression {
  const names: Record<string, HostExpression> = {
    own: constantOf(own),
    lowest: constantOf(lowest),
    dip: { kind: 'dip' },
  };
  return hostExpression('own + (lowest - own) * dip', (name) => names[name]);
}

/** `lowest`: to which the schedule brings the momentum, if it does. */
function ruleOf(
  settings: OptimizerSettings,
  lr: HostExpression,
  step: HostExpression,
  lowest: number | undefined,
): UpdateRule {
  const { decays, update, momentum } = optimizerNamed(settings.kind);
  const moved =
    momentum && lowest !== undefined ? { [momentum]: movedMomentum(settings[momentum] as number, lowest) } : {};
  const { states, scalars = {}, next } = update(settings);
  const numbers = Object.entries(settings).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  const constants = Object.fromEntries(numbers.filter(([name]) => name !== 'lr' && !Object.hasOwn(moved, name)));
  const named = (name: string): HostExpression | undefined => {
    if (name === 'lr') return lr;
    if (name === 'step') return step;
    return moved[name] ?? (Object.hasOwn(constants, name) ? constantOf(constants[name]!) : undefined);
  };
  const texts = { lr: 'lr', ...scalars, keep: '1 - lr * weight_decay' };
  return {
    name: settings.kind,
    states,
    scalars: {
      ...Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, hostExpression(text, named)])),
      ...moved,
    },
    constants,
    statements: Object.entries(next).map(([name, formula]) => ({
      name,
      formula: settings.weight_decay > 0 ? decayed(name, formula, decays) : formula,
    })),
  };
}

function decayed(name: string, formula: string, decays: 'gradient' | 'weight'): string {
  if (decays === 'gradient') return formula.replaceAll(/\bg\[k\]/g, '(g[k] + weight_decay * w[k])');
  return name === 'w' ? formula.replaceAll(/\bw\[k\]/g, 'w[k] * keep') : formula;
}
